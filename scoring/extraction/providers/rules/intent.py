"""Whether the caller wants work done: not when the wish was taken back, or the job is done or running."""

import re

from scoring.extraction.providers.rules.dialogue import Dialogue

_WITHDRAWN = re.compile(
    r"\b(?:(?:have to|need to|want to|gonna|going to|gotta|i'll|just|calling to"
    r"|wanted to) cancel(?! (?:the|my) (?:other|old|last))|cancel (?:it|that|the (?:estimate"
    r"|appointment|visit|quote|project))"
    r"|(?:i'm|we're|we are|i am) not (?:doing|going to do|gonna do|moving forward|going (?:forward"
    r"|ahead|through))\b|changed (?:my|our) minds?|(?:went|going|gone|decided to go) with (?:someone"
    r"|somebody|another (?:company|contractor)|a different (?:company|contractor)|the other (?:guy"
    r"|company))"
    r"|no longer (?:need|interested|want|looking)|don't need (?:you|an estimate|a quote"
    r"|the estimate) ?(?:any ?more|now)?|decided (?:not to|against)|already (?:got|had|found"
    r"|hired) (?:somebody|someone|another (?:company|guy))|never ?mind"
    r"|fixed it (?:myself|ourselves)|(?:putting|put) (?:it|this|that|everything) on hold|sold the house)\b",
    re.IGNORECASE,
)
_NEW_WORK = re.compile(
    r"\b(?:another (?:project|room|bathroom|job|estimate|quote|house|property|roof|unit|one)"
    r"|new project|next project|different project|(?:estimate|quote|price|bid) (?:for|on|to)"
    r"|(?:now|also|and|so) (?:now )?(?:i|we)(?:'re| are|'d| would)? (?:want|like|thinking|looking"
    r"|ready)\w*|want(?:ed)? to (?:add|get|do|have|see about|go)|(?:i|we)(?:'d| would) like (?:to|a"
    r"|an|some)|price on|interested in (?:getting|having"
    r"|doing|adding)"
    r"|ready (?:to do|for) the|looking to (?:do|get|add|have|replace)|add (?:on|to)|while (?:you're"
    r"|they're|he's)|thinking (?:about|of) (?:doing|having|getting|the|a))\b",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"\b(?:re ?schedul\w*|move (?:it|my|the|our)|confirm\w*|invoice|balance|payment|receipt|warranty"
    r"|when (?:are|is) (?:you|they|he|the)|running late|where (?:are|is) (?:you|they|he|the)"
    r"|status|punch list|complain\w*|refund|same (?:problem|issue|leak|thing)|still (?:leaking|not"
    r"|doing|hasn't|isn't)|came back|come back|didn't (?:finish|fix|clean)|left (?:a|the|their)|list"
    r"|supposed to)\b",
    re.IGNORECASE,
)
_LEAST_POINTS = 2.0


def find(dialogue: Dialogue, *, kind: str, project: float) -> bool:
    """Return whether there is work to be won; `project` is how strongly the words name a project."""
    if kind not in {"lead", "voicemail", "existing_customer"} or withdrawn(dialogue):
        return False
    if kind == "existing_customer":
        said = dialogue.said()
        new, service = (len(pattern.findall(said)) for pattern in (_NEW_WORK, _SERVICE))
        return new > service and project >= _LEAST_POINTS
    return True


def withdrawn(dialogue: Dialogue) -> bool:
    """Return whether the customer takes the wish back."""
    return any(_WITHDRAWN.search(turn.text) for turn in dialogue.customer())
