"""Where the customer's matter begins: behind the greeting, the fillers, and the name of who answered."""

import re
from collections.abc import Set as AbstractSet

from scoring.extraction.providers.rules import lexicon
from scoring.extraction.providers.rules.namewords import NEVER

_BETWEEN = re.compile(r"[\s,.!?\u2026-]*")
_GREETING = re.compile(
    r"(?:hi|hello|hey|hiya|howdy|good (?:morning|afternoon|evening|day)|thank(?:s| you)(?! (?:so much )?for\b))"
    r"(?: (?:there|again|so much|ma'am|sir))?(?![\w'-])",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"(?:yes|yeah|yep|um|uh|so(?! (?:much|many)\b)|okay|ok|oh|how are you(?: doing)?(?: today)?)(?![\w'-])|well(?=,)",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?P<gap>[ ,]*)(?P<title>(?:mr|mrs|ms|miss|dr)\b\.? )?(?P<name>[^\W\d_]+)(?![\w'-])(?P<end>[,.!?\u2026])?",
    re.IGNORECASE,
)


def end(text: str, agents: AbstractSet[str]) -> int:
    """Return where a text goes on behind its opening; `agents` are the names of who answers, in small letters."""
    at = 0
    while True:
        greeting = _GREETING.match(text, at)
        opener = greeting or _FILLER.match(text, at)
        begin = opener.end() if opener else at
        behind = _called(text, begin, agents, is_greeted=bool(greeting)) or begin
        between = _BETWEEN.match(text, behind)
        behind = between.end() if between else behind
        if behind == at:
            return at
        at = behind


def _called(text: str, at: int, agents: AbstractSet[str], *, is_greeted: bool) -> int | None:
    """Return where the name ends by which the agent is spoken to, None: nobody is.

    A name that the agent gave has a comma behind it, or a greeting right before it. Behind a greeting any word will
    do that is written as a name and has a title or a comma, unless it names a kind of work.
    """
    called = _CALLED.match(text, at)
    if called is None or called["name"].lower() in NEVER or lexicon.hits(called["name"]):
        return None
    is_right_behind = is_greeted and "," not in called["gap"]
    if called["name"].lower() in agents and (called["end"] or is_right_behind):
        return called.end()
    is_name = is_greeted and called["name"][0].isupper() and (called["end"] or called["title"])
    return called.end() if is_name else None
