"""Damage or danger at this moment: what makes a call an emergency without the word."""

import re

from scoring.extraction.provider import Evidence
from scoring.extraction.providers.rules.dialogue import Dialogue

_HARM = re.compile(
    r"\b(?:(?:water|sewage|poop|it)(?:'s| is)? (?:\w+ )?(?:everywhere|pouring|gushing|flooding"
    r"|all over|spraying|shooting|coming (?:in|through|up|down|out)|dripping (?:through|down|from"
    r"|on)|running down)"
    r"|flood(?:ed|ing)\b|burst\b|back(?:ing|ed)? up (?:into|in|out|all|every|right)|(?:is|are"
    r"|keeps?) backing up|no (?:heat|hot water|water|power|a ?c|air)\b|without (?:heat|power|water"
    r"|a ?c)\b"
    r"|(?:heat|furnace|heater|a ?c|air|power|boiler)(?: just)?(?:'s| is| went| has been)? (?:out|off"
    r"|dead|quit|stopped|not working)|smell(?:s|ing|ed)? (?:\w+ )?(?:of )?(?:gas|burning|smoke"
    r"|like (?:burning|gas|smoke|rotten))"
    r"|gas (?:leak|smell)|burning smell|spark(?:s|ed|ing)|smok(?:e|ing) (?:coming|from|out)"
    r"|caught fire|(?:had|was|been) a (?:\w+ )?fire|(?:tree|limb|branch|oak|pine"
    r"|maple)\b.{0,50}\b(?:fell|came down|through|on (?:the|my|our) (?:house|roof|car|garage|power"
    r"|fence))"
    r"|ceiling (?:is |just |has )?(?:collaps\w*|came down|fell|bulging|sagging|caving|caved)"
    r"|(?:can't|won't) (?:get it to )?(?:turn|shut) (?:it |the water )?off|got shocked"
    r"|(?:carbon monoxide|c o) (?:alarm|detector)"
    r"|standing water|inch(?:es)? of water|leaking (?:really |pretty )?(?:bad|badly|everywhere"
    r"|right now|all over|through|onto|into|like crazy)|hole in (?:the|my|our) (?:roof|ceiling)"
    r"|tarp(?:ed)?|exposed wires?|hanging (?:by|off|over))\b",
    re.IGNORECASE,
)
_AT_ONCE = re.compile(
    r"\b(?:emergency|right now|right away|immediately|hurry|tonight|as soon as humanly|(?:come|out"
    r"|here|somebody|someone|anybody|fixed|look) (?:\w+ ){0,2}today|today (?:if|please|or)"
    r"|within the hour"
    r"|how (?:soon|fast|quick\w*) can (?:you|someone|somebody)|can (?:you|somebody"
    r"|someone) come (?:now|today|tonight|out now|right)|asap|a s a p)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|isn't|no|wasn't|non|don't care)\b(?:\W+\w+){0,5}\W*$", re.IGNORECASE)
_OVER = re.compile(
    r"\b(?:last (?:week|month|year|spring|summer|fall|winter)|(?:years?|months?|weeks?) (?:ago|back)"
    r"|it's (?:dry|stopped|fine|off) now|already (?:dried|fixed|tarped|cleaned)|used to"
    r"|when(?:ever)? it rains|every time|once in a while|sometimes|a few times)\b",
    re.IGNORECASE,
)
_KINDS = frozenset(
    {
        "plumbing repair",
        "drain and sewer",
        "water damage restoration",
        "hvac repair",
        "electrical repair",
        "roof repair",
        "tree service",
        "fire damage restoration",
        "storm damage",
        "water heater",
        "basement waterproofing",
        "mold remediation",
        "other",
    }
)


def find(dialogue: Dialogue, *, project_type: str, can_wait: bool) -> Evidence | None:
    """Return the words that show harm at this moment or ask for somebody at once, None if it can wait."""
    if can_wait or project_type not in _KINDS:
        return None
    for pattern in (_AT_ONCE, _HARM):
        for turn in dialogue.customer():
            match = pattern.search(turn.text)
            if match and not _OVER.search(turn.text) and not _DENIED.search(turn.text[: match.start()]):
                return turn.found(match)
    return None
