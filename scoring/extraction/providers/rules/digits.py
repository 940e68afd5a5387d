"""Digits as they are spoken: "five one two", "oh one eighty eight", "double two", 614-555-0107."""

import dataclasses
import re
from collections.abc import Sequence

from scoring.extraction.providers.rules.numbers import TEENS, TENS, UNITS
from scoring.extraction.providers.rules.words import Word, listed

_ZERO = {"oh": "0", "o": "0", "zero": "0", "owe": "0", "nought": "0", "aught": "0"}
DIGIT = {**_ZERO, **{word: str(value) for word, value in UNITS.items()}}
_SOUNDS_LIKE = {
    "for": "4",
    "to": "2",
    "too": "2",
    "ate": "8",
    "won": "1",
    "fife": "5",
    "niner": "9",
    "tree": "3",
    "sex": "6",
}
_ROUND = {"hundred": "00", "thousand": "000"}
_REPEATS = {"double": 2, "triple": 3}
_BRIDGE = listed(
    "um uh er hmm and dash hyphen comma area code is it's that's then so the let's "
    "see space period dot point like okay ok yeah +"
)
_CORRECTION = re.compile(
    r"\b(?:no|nope|wait|sorry|i mean|actually|scratch that|correction|oops|make that|rather"
    r"|excuse me|hold on|hang on|not|let me (?:start|try)|my bad)\b"
)
_AGAIN = re.compile(r"\b(?:again|repeat|once more|one more time|i'll say|that's|so that is)\b")
_WHOLE = 10
_FARTHEST = 9
"""Words that may stand between two parts of one number."""


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """Digits said in one go, the words [first, last], and what led to them: "", correction, again."""

    digits: str
    first: int
    last: int
    led_by: str


def find(row: Sequence[Word], text: str = "") -> list[Piece]:
    """Return the pieces of digits in a row of words; a correction begins a new piece."""
    pieces: list[Piece] = []
    for digits, first, last in _atoms(row):
        before = pieces[-1] if pieces else None
        between = [word.low for word in row[(before.last + 1 if before else max(0, first - 6)) : first]]
        led_by = _lead(between, starts=before is None)
        if before and led_by == "" and _is_over(before, text[row[before.last].end : row[first].start] if text else ""):
            led_by = "again"
        if led_by and len(digits) == 1 and _is_pronoun(row, first, last):
            continue
        if before and led_by == "":
            pieces[-1] = Piece(before.digits + digits, before.first, last, before.led_by)
        else:
            pieces.append(Piece(digits, first, last, "" if led_by in {"", "apart"} else led_by))
    return pieces


def _is_over(before: Piece, between: str) -> bool:
    """Return whether a number is whole before this place: ten digits, or a correction that ends its sentence."""
    national = before.digits.removeprefix("1") if len(before.digits) == _WHOLE + 1 else before.digits
    return len(national) == _WHOLE or (before.led_by == "correction" and bool(re.search(r"[.?!]", between)))


def _is_pronoun(row: Sequence[Word], first: int, last: int) -> bool:
    """Return whether a lone "one" stands for a thing: "the one i'm calling from"."""
    before = row[first - 1].low if first else ""
    after = row[last + 1].low if last + 1 < len(row) else ""
    return before in {"the", "this", "that", "which", "no", "any"} or after in {"i'm", "of", "that", "is", "you", "i"}


def _lead(between: Sequence[str], *, starts: bool) -> str:
    """Return how digits hang together with those before: "" joined, correction, again, apart."""
    text = " ".join(between)
    if all(word in _BRIDGE for word in between) and not _AGAIN.search(text):
        return "apart" if starts else ""
    if len(between) > _FARTHEST and not starts:
        return "apart"
    if _CORRECTION.search(text):
        return "correction"
    if _AGAIN.search(text) and not starts:
        return "again"
    return "apart"


def _atoms(row: Sequence[Word]) -> list[tuple[str, int, int]]:
    """Return (digits, first word, last word) of everything that reads as digits."""
    found: list[tuple[str, int, int]] = []
    at = 0
    while at < len(row):
        digits, length = atom(row, at, follows=bool(found) and found[-1][2] == at - 1)
        if digits:
            found.append((digits, at, at + length - 1))
        at += length
    return found


def atom(row: Sequence[Word], at: int, *, follows: bool = False) -> tuple[str, int]:
    """Return the digits that begin at this word, and how many words that takes; `follows`: digits stand before it."""
    word = row[at].low
    ahead = row[at + 1].low if at + 1 < len(row) else ""
    if re.fullmatch(r"\d+", word):
        return word, 1
    if word in _REPEATS and ahead in DIGIT:
        return DIGIT[ahead] * _REPEATS[word], 2
    if word in TENS:
        return (str(TENS[word] + UNITS[ahead]), 2) if UNITS.get(ahead) else (str(TENS[word]), 1)
    single = DIGIT.get(word) or (str(TEENS[word]) if word in TEENS else "")
    return single or (_after_digits(word, ahead) if follows else ""), 1


def _after_digits(word: str, ahead: str) -> str:
    """Read what is a digit only among digits: "one hundred", "four for" heard for four four."""
    if word in _ROUND:
        return _ROUND[word]
    among = ahead in DIGIT or ahead in TENS or ahead in TEENS
    return _SOUNDS_LIKE.get(word, "") if among else ""
