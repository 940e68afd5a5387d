"""The number to call back, as it was said: never the caller id, never a part of a number, never the agent's own."""

import dataclasses
import re

from scoring.extraction import clean
from scoring.extraction.provider import Evidence, Fact
from scoring.extraction.providers.rules import digits, found
from scoring.extraction.providers.rules.dialogue import Dialogue, Turn
from scoring.extraction.providers.rules.digits import Piece
from scoring.extraction.providers.rules.found import Candidate

WHOLE, LOCAL, LINE = 10, 7, 4
_PREFERRED = re.compile(
    r"\b(?:best|better|cell|mobile|call me|reach me|text me|use|prefer|direct|mine|instead|call my"
    r"|call (?:him|her|them)|call back|callback|main)\b",
    re.IGNORECASE,
)
_SECOND = re.compile(
    r"\b(?:work|office|land ?line|desk|home (?:phone|number|line)|old|husband's|wife's|his|her|their"
    r"|if i don't|backup|alternate|other|second|don't (?:use|call)|not|fax"
    r"|landlord'?s?|tenant'?s?|neighbor'?s?|daughter's|son's|mom's|mother's|or (?:you can )?(?:try|call))\b",
    re.IGNORECASE,
)
_OTHER_OWNER = re.compile(
    r"\b(?:that's|that is|it's) (?:my |the )?(?:work|office|wife|husband|old|home|desk|land)|\bnot\b|\bwrong\b",
    re.IGNORECASE,
)
_SECOND_AFTER = re.compile(
    r"^\W*(?:(?:but )?(?:that's|that is|is|which is) (?:my |the |his |her |our )?(?:work|office"
    r"|land ?line|desk|home|old|husband|wife|other)|but (?:don't|that)|no (?:longer|good))",
    re.IGNORECASE,
)
_OUR_OWN = re.compile(
    r"\b(?:our (?:number|office|direct|main|cell)|call us|reach us|text us|call me|my (?:cell|direct"
    r"|number|line)|(?:text|call|reminder|message|it'll come)\b.{0,30}\bfrom|you can (?:call|reach"
    r"|text)|give us|we're at|office (?:is|number))\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(r"\b(?:actually|no|wait|sorry|i mean|correction|instead|change)\b", re.IGNORECASE)
_GOOD_NUMBER = re.compile(
    r"\bis\b.{0,60}\b(?:good|best|right|correct|the number|a number|still|okay)\b|\bstill\b", re.IGNORECASE
)
_NEAR = 45
"""Letters before a number in which a word about it counts."""


@dataclasses.dataclass(slots=True)
class _Listening:
    """What was said so far: numbers, and the beginning of one that isn't whole yet."""

    candidates: list[Candidate] = dataclasses.field(default_factory=list)
    begun: str = ""
    begun_at: int = -9
    begun_words: tuple[Evidence, ...] = ()

    def last_number(self, turn: Turn) -> str:
        """Return the digits that a correction in this turn would change."""
        if self.begun and turn.index - self.begun_at <= 3:
            return self.begun
        if self.candidates and turn.index - self.candidates[-1].turn <= 4:
            return self.candidates[-1].value.removeprefix("+1")
        return ""


def find(dialogue: Dialogue) -> Fact | None:
    """Return the stated number that the caller wants used, None if no whole number was said."""
    heard = _Listening()
    for turn in dialogue.turns:
        if turn.is_agent:
            _read_back(dialogue, turn, heard)
        else:
            _said(turn, heard)
    chosen = found.best(heard.candidates)
    return chosen.fact() if chosen else None


def _said(turn: Turn, heard: _Listening) -> None:
    """Take the numbers of a customer's turn."""
    current, first = "", None
    for piece in digits.find(turn.words, turn.text):
        words = turn.quote(turn.words[piece.first], turn.words[piece.last])
        current = _joined(turn, piece, current, heard)
        whole = len(_national(piece.digits)) >= WHOLE
        first = piece.first if first is None or piece.led_by == "" or whole else first
        number = clean.phone(current) if len(_national(current)) == WHOLE else None
        if number:
            quote = turn.quote(turn.words[first], turn.words[piece.last])
            earlier = heard.begun_words if heard.begun and number.endswith(_national(current)) else ()
            evidence = (quote,) if len(_national(piece.digits)) == WHOLE else (*earlier, quote)
            heard.candidates.append(
                Candidate(number, 0.9, evidence, turn.index, _preference(turn, first, piece, heard, number))
            )
            heard.begun = ""
        elif len(current) >= 3:
            heard.begun, heard.begun_at, heard.begun_words = current, turn.index, (words,)


def _joined(turn: Turn, piece: Piece, current: str, heard: _Listening) -> str:
    """Return the digits so far with this piece put in its place."""
    said = piece.digits
    correcting = piece.led_by == "correction" or (not current and turn.denies())
    if len(_national(said)) >= WHOLE:
        return _last_whole(said)
    if correcting or piece.led_by == "again":
        base = current or heard.last_number(turn)
        return corrected(base, said) if base else said
    if not current and heard.begun and turn.index - heard.begun_at <= 2:
        whole = heard.begun + said
        if len(_national(whole)) == WHOLE:
            return whole
    return said


def corrected(base: str, said: str) -> str:
    """Return a number with its end, or its last seven or four digits, replaced by what was said."""
    if len(base) + len(said) == WHOLE:
        return base + said
    if len(said) == LOCAL:
        return base[:3] + said
    if len(said) == LINE:
        return base[:6] + said
    if len(base) >= WHOLE and len(said) == LINE - 1:
        return base[: WHOLE - len(said)] + said
    return said if len(said) > len(base) else base


def _national(said: str) -> str:
    return said[1:] if len(said) == WHOLE + 1 and said.startswith("1") else said


def _last_whole(said: str) -> str:
    """Return ten digits of a longer row: the repetition if it is one, else the first ten."""
    said = _national(said)
    if len(said) == 2 * WHOLE:
        return said[WHOLE:]
    return said[:WHOLE]


def _preference(turn: Turn, first: int, piece: Piece, heard: _Listening, number: str) -> int:
    """Return 1 for the number that the caller wants used, -1 for another one, else 0.

    A second number that nobody asked for, given without a word of correction, is another one.
    """
    start, end = turn.words[first].start, turn.words[piece.last].end
    before = turn.text[max(0, start - _NEAR) : start]
    before = re.split(r"[.?!]", before)[-1] or before
    after = turn.text[end:][:_NEAR]
    if _SECOND_AFTER.search(after):
        return -1
    wanted = [match.end() for match in _PREFERRED.finditer(before)]
    second = [match.end() for match in _SECOND.finditer(before)]
    if wanted and max(wanted) > max(second, default=-1):
        return 1
    known = [one.value for one in heard.candidates]
    unasked = bool(known) and number not in known and not piece.led_by and not turn.answers("phone") and not wanted
    return -1 if (second and not wanted) or (unasked and not _CORRECTS.search(turn.text[:start])) else 0


def _read_back(dialogue: Dialogue, turn: Turn, heard: _Listening) -> None:
    """Take a number that the agent reads out and the customer confirms: it is then the customer's own word."""
    answer = dialogue.after(turn)
    if answer is None or answer.is_agent or answer.denies():
        return
    asks = _GOOD_NUMBER.search(turn.text) and not any(
        len(piece.digits) >= LINE for piece in digits.find(answer.words, answer.text)
    )
    if not (answer.agrees() or (asks and answer.words and not _OTHER_OWNER.search(answer.text))):
        return
    for piece in digits.find(turn.words, turn.text):
        number = clean.phone(_national(piece.digits)) if len(_national(piece.digits)) == WHOLE else None
        start = turn.words[piece.first].start
        if number is None or _OUR_OWN.search(turn.text[max(0, start - 80) : start]):
            continue
        evidence = (
            turn.quote(turn.words[piece.first], turn.words[piece.last]),
            answer.quote(answer.words[0], answer.words[min(2, len(answer.words) - 1)]),
        )
        same = [one for one in heard.candidates if one.value == number]
        preferred = max((one.preferred for one in same), default=0)
        heard.candidates.append(Candidate(number, 0.95, evidence, turn.index, preferred))
