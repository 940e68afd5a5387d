"""Numbers as people say them: "forty five hundred", "twelve five", "sixteen thousand", "$40,000", "60k"."""

import dataclasses
import re
from collections.abc import Sequence

from text_to_num import text2num

from scoring.extraction.providers.rules.words import Word

UNITS = {w: n for n, w in enumerate("zero one two three four five six seven eight nine".split())}
TEENS = {
    w: n
    for n, w in enumerate("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 10)
}
TENS = {
    w: n
    for n, w in zip(range(20, 100, 10), "twenty thirty forty fifty sixty seventy eighty ninety".split(), strict=True)
}
TENS["fourty"] = 40
SCALES = {"hundred": 100, "thousand": 1000, "grand": 1000, "million": 1_000_000, "k": 1000}
TEN = 10
_VALUES = {**UNITS, **TEENS, **TENS}
_FIGURE = re.compile(r"^\$?(\d[\d,]*(?:\.\d+)?)([km])?$")
_LONGEST = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    """A number in a row of words: its value, the words [first, last], and whether a scale was said with it."""

    value: float
    first: int
    last: int
    scaled: bool
    dollars: bool


def is_number(word: str) -> bool:
    """Return whether a word can be part of a number."""
    return word in _VALUES or word in SCALES or bool(_FIGURE.match(word))


def find(row: Sequence[Word]) -> list[Number]:
    """Return the numbers in a row of words, left to right, each as long as it can be."""
    found: list[Number] = []
    at = 0
    while at < len(row):
        number = _figure(row, at) or _spoken(row, at)
        if number is None:
            at += 1
            continue
        found.append(number)
        at = number.last + 1
    return found


def _figure(row: Sequence[Word], at: int) -> Number | None:
    """Read digits: 40,000 · $40 · 60k · 1.5 million · 25 grand."""
    match = _FIGURE.match(row[at].low)
    if not match:
        return None
    value = float(match.group(1).replace(",", ""))
    scaled, last = bool(match.group(2)), at
    if match.group(2):
        value *= 1000 if match.group(2) == "k" else 1_000_000
    elif at + 1 < len(row) and row[at + 1].low in SCALES:
        value, scaled, last = value * SCALES[row[at + 1].low], True, at + 1
    return Number(value, at, last, scaled or value >= 1000, row[at].text.startswith("$"))


def _spoken(row: Sequence[Word], at: int) -> Number | None:
    """Read number words from `at` on: the longest run that is one number."""
    words = [word.low for word in row[at : at + _LONGEST]]
    article = int(words[0] == "a" and len(words) > 1 and words[1] in {"hundred", "thousand", "couple"})
    words = words[article:]
    if words[0] == "couple":
        return _couple(words, at, article)
    if words[0] not in _VALUES and words[0] not in SCALES:
        return None
    length, value = _longest(words)
    if not length:
        return None
    rest = words[length:]
    half = rest[:3] == ["and", "a", "half"]
    if half:
        length, rest = length + 3, rest[3:]
    scale = SCALES.get(rest[0]) if rest else None
    value += 0.5 * half
    if scale and (half or value < scale):
        value, length = value * scale, length + 1
    scaled = any(word in SCALES for word in words[:length])
    return Number(value, at, at + article + length - 1, scaled, dollars=False)


def _couple(words: Sequence[str], at: int, article: int) -> Number | None:
    """Read "a couple thousand", "couple of hundred"."""
    skip = 2 if words[1:2] == ["of"] else 1
    scale = SCALES.get(words[skip]) if len(words) > skip else None
    return Number(2 * scale, at, at + article + skip, scaled=True, dollars=False) if scale else None


def _longest(words: Sequence[str]) -> tuple[int, float]:
    """Return how many words make one number, and that number; "two fifty" is 250, "twelve five" 12,500."""
    run = 0
    while run < len(words) and (words[run] in _VALUES or words[run] in SCALES or _is_joining_and(words, run)):
        run += 1
    for length in range(run, 0, -1):
        part = ["thousand" if word in {"grand", "k"} else word.replace("fourty", "forty") for word in words[:length]]
        if part[-1] == "and":
            continue
        if part[0] in SCALES and words[0] in {"grand", "k"}:
            return 0, 0
        if part[0] in SCALES:
            part = ["one", *part]
        value = _value(part)
        if value is not None:
            return length, value
    return 0, 0


def _is_joining_and(words: Sequence[str], at: int) -> bool:
    """Return whether this is the "and" of "two hundred and fifty"."""
    return (
        words[at] == "and"
        and at > 0
        and words[at - 1] in {"hundred", "thousand"}
        and at + 1 < len(words)
        and words[at + 1] in _VALUES
    )


def _value(part: Sequence[str]) -> float | None:
    values = [_VALUES[word] for word in part if word in _VALUES]
    if len(values) == len(part):
        shortened = _shortened(values)
        if shortened is not None:
            return shortened
    try:
        return float(text2num(" ".join(part), "en"))
    except ValueError:
        return None


def _shortened(values: Sequence[int]) -> float | None:
    """Return what people leave out of: two fifty is 250, twelve five 12,500, one sixty five 165; None: nothing."""
    first, *rest = values
    if len(rest) == 2 and rest[0] in TENS.values() and 0 < rest[1] < TEN:
        return first * 100 + sum(rest)
    if len(rest) != 1 or first == 0:
        return None
    if rest[0] >= TEN and first < 100:
        return first * 100 + rest[0]
    return first * 1000 + rest[0] * 100 if first in TEENS.values() and rest[0] else None
