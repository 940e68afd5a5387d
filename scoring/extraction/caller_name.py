"""The name that the phone network shows for a number (CNAM): weak, often a city or a carrier. Plain Python."""

import re

from scoring.extraction import clean

_STATES = frozenset(
    (  # noqa: SIM905  (a list of words reads best as words)
        "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc "
        "nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc pr on qc bc ab mb sk ns nb nl"
    ).split()
)
_NO_PERSON = re.compile(
    r"\b(?:wireless|caller|unknown|unavailable|anonymous|private|restricted|blocked|toll|free|cell"
    r"|phone|mobile|landline"
    r"|verizon|t-?mobile|sprint|at&t|comcast|xfinity|spectrum|google|name|not|no|spam|scam|likely"
    r"|risk|telemarketer|call"
    r"|llc|inc|corp|co|company|ltd|group|services?|properties|realty|construction|church|school|bank"
    r"|office|restaurant"
    r"|dept|department|county|city|state|usa|hotel|medical|dental|clinic|hospital|insurance|auto|salon|store|shop"
    r"|security|solutions|systems|management|apartments?|association|university|center|centre)\b",
    re.IGNORECASE,
)
_PLACE_FIRST = frozenset(
    (  # noqa: SIM905  (a list of words reads best as words)
        "san santa st saint fort ft new mount mt lake port los las el palm north south east west grand cedar "
        "baton des salt little long virginia colorado kansas oklahoma jersey corpus"
    ).split()
)
_PLACE_LAST = frozenset(
    (  # noqa: SIM905  (a list of words reads best as words)
        "city springs beach falls heights park valley hills rapids rock creek grove harbor haven island "
        "village junction shores bay rouge moines christi angeles vegas paso worth antonio diego jose york "
        "orleans"
    ).split()
)


def person(text: str) -> tuple[str, str]:
    """Return (first, last) if the network's text names a person, else two empty texts.

    "OKAFOR, ROSALIND" is turned round; one word in capitals, a place, a carrier or a company is nobody's name.
    """
    words = re.findall(r"[^\W\d_][\w'\u2019.&-]*", text)
    if not words or re.search(r"\d", text) or _NO_PERSON.search(text):
        return "", ""
    low = [word.lower().strip(".") for word in words]
    in_state = len(words) > 1 and low[-1] in _STATES and words[-1].isupper()
    in_capitals = len(words) == 1 and text == text.upper()
    of_place = low[0] in _PLACE_FIRST and low[1:2] and low[1] in _PLACE_LAST
    return ("", "") if in_state or in_capitals or of_place else clean.full_name(text)
