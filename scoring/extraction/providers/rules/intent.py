"""Whether the caller wants work done: not when the wish was taken back, or the job is done or running."""

import re

from scoring.extraction.providers.rules.dialogue import Dialogue

_WITHDRAWN = re.compile(
    r"\b(?:(?:have to|need to|want to|gonna|going to|gotta|i'll|just|calling to|wanted to) cancel(?! (?:the|my) (?:other|old|last))|cancel (?:it|that|the (?:estimate|appointment|visit|quote|project))|(?:not|aren't|isn't|won't be) (?:doing|going to do|gonna do|moving forward|going (?:forward|ahead|through))\b.{0,30}|changed (?:my|our) minds?|went with (?:someone|somebody|another|a different|the other)|going with (?:someone|somebody|another|a different|the other)|no longer (?:need|interested|want|looking)|don't need (?:it|you|an estimate|a quote|the estimate|anything)(?: any ?more| now| done)?|decided (?:not to|against)|already (?:got|had|found|hired) (?:it|somebody|someone|another)|not interested|never ?mind|fixed it (?:myself|ourselves)|hold(?:ing)? off (?:on|for now|indefinitely)|put (?:it|this|that|everything) on hold|sold the house)\b",
    re.IGNORECASE,
)
_NEW_WORK = re.compile(
    r"\b(?:another (?:project|room|bathroom|job|estimate|quote|house|property|roof|unit|one)|new project|(?:also|now) (?:want|need|like|thinking|looking)\w*|next project|different project|(?:estimate|quote|price|bid) (?:for|on|to)|want(?:ed)? to (?:add|get|do|have|see about)|interested in (?:getting|having|doing|adding)|ready (?:to do|for) the|looking to (?:do|get|add|have|replace)|this time|add (?:on|to)|while (?:you're|they're|he's))\b",
    re.IGNORECASE,
)
_SERVICE_ONLY = re.compile(
    r"\b(?:re ?schedul\w*|move (?:it|my|the|our)|confirm\w*|invoice|bill(?:ed|ing)?|balance|payment|receipt|warranty|when (?:are|is) (?:you|they|he|the)|running late|where (?:are|is)|status|punch list|complain\w*|refund|same (?:problem|issue|leak|thing)|again|still (?:leaking|not|doing|hasn't)|came back|come back|didn't (?:finish|fix|clean)|crew|left (?:a|the|their))\b",
    re.IGNORECASE,
)
_LEAST_POINTS = 2.0


def find(dialogue: Dialogue, *, kind: str, project: float) -> bool:
    """Return whether there is work to be won; `project` is how strongly the words name a project."""
    if kind not in {"lead", "voicemail", "existing_customer"}:
        return False
    said = dialogue.said()
    if withdrawn(dialogue):
        return False
    if kind == "existing_customer":
        return bool(_NEW_WORK.search(said)) and not _SERVICE_ONLY.search(said) and project >= _LEAST_POINTS
    return True


def withdrawn(dialogue: Dialogue) -> bool:
    """Return whether the customer takes the wish back."""
    return any(
        _WITHDRAWN.search(turn.text)
        and not re.search(r"\bnot interested in (?:the|a|any|that)\b", turn.text, re.IGNORECASE)
        for turn in dialogue.customer()
    )
