"""Says who speaks where no audio channel does: from what only one side of a business call says. Plain Python."""

import dataclasses
import re
from collections.abc import Sequence

from scoring.extraction.provider import Line

_GREETING = re.compile(
    r"\b(?:thank(?:s| you) for calling|how (?:can|may) i (?:help|direct)|this call (?:may|is"
    r"|will) be(?:ing)? (?:monitored|recorded)"
    r"|this call is recorded|(?:you(?:'ve| have)? )?reached|what can (?:i|we) (?:do|help)"
    r"|leave (?:us )?a message|after the (?:tone|beep)"
    r"|(?:this is|my name is) \w+,? how (?:can|may))",
    re.IGNORECASE,
)
_AGENT = re.compile(
    r"\b(?:can|could|may) i (?:get|have|grab) (?:your|a|the)|what(?:'s| is) (?:your|the best|a good"
    r"|the address|an? e-?mail|going on)"
    r"|who am i (?:speaking|talking)|(?:do|did|have|are|were) (?:you|y'all) (?:own|have|want|looking"
    r"|thought|hoping|thinking)"
    r"|we(?:'ll| will| can| could|'d) (?:send|come|have|get|call|be|need)|i can (?:send|come|have|get|be)"
    r"|our (?:designer|estimator|technician|tech|crew|guys|schedule)|you(?:'re| are) all set|(?:can|could) you spell"
    r"|what(?:'s| is) your|budget in mind|(?:free|in-home) estimate",
    re.IGNORECASE,
)
_CALLER = re.compile(
    r"\b(?:my (?:name|number|e-?mail|house|home|kitchen|roof|basement|husband|wife|yard|bathroom"
    r"|cell|phone|address|budget)\b"
    r"|i(?:'m| am| was) (?:calling|looking|wondering|interested|trying|hoping)|i need|we need|i(?:'d"
    r"| would) like|we(?:'d| would) like"
    r"|how much (?:do|would|is|does)|do you (?:guys )?(?:do|install|repair|fix|offer|have)|i saw"
    r"|we(?:'re| are) (?:looking|hoping|thinking))",
    re.IGNORECASE,
)
_ANSWERED = re.compile(r"\b(?i:this is|my name is|you've got) (\w+)(?: \w+)?,? (?i:with|from|at|here at|over at) [A-Z]")
"""Who answers the phone names person and company; somebody who sells does so too, but never first."""
_ANSWERED_WITHIN = 2
_ADDRESSED = re.compile(r"^\W*(?:hi|hello|hey|yes|good (?:morning|afternoon|evening)),? (\w+)\b", re.IGNORECASE)
_QUESTION = re.compile(r"\?\s*$")
KNOWN = frozenset({"agent", "caller"})


def told(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with agent or caller where the words tell it; the rest stays as it was.

    Lines of known speakers are never changed: channels know better than words.
    """
    if any(line.speaker in KNOWN for line in lines):
        return list(lines)
    named: list[Line] = []
    for line in lines:
        named.append(dataclasses.replace(line, speaker=_speaker(line.text, named)))
    return named


def _agents(before: Sequence[Line]) -> set[str]:
    """Return the names under which the agent has answered, in small letters."""
    found = (_ANSWERED.search(line.text) for line in before if line.speaker == "agent")
    return {match[1].lower() for match in found if match}


def _speaker(text: str, before: Sequence[Line]) -> str:
    answered = len(before) < _ANSWERED_WITHIN and _ANSWERED.search(text)
    if answered or _GREETING.search(text):
        return "agent"
    if (addressed := _ADDRESSED.match(text)) and addressed[1].lower() in _agents(before):
        return "caller"
    agent, caller = len(_AGENT.findall(text)), len(_CALLER.findall(text))
    if agent != caller:
        return "agent" if agent > caller else "caller"
    if (
        before
        and before[-1].speaker == "agent"
        and (_QUESTION.search(before[-1].text) or _AGENT.search(before[-1].text))
    ):
        return "caller"
    return "unknown"
