"""Splits an utterance into words that remember where they stood."""

import dataclasses
import re
from collections.abc import Sequence

_WORD = re.compile(
    r"\$?\d[\d,]*(?:\.\d{1,2}(?!\d|\.\d))?(?:st|nd|rd|th|[kKmM](?![a-zA-Z]))?|[^\W\d_]+(?:['’][^\W\d_]+)*|[@_&+%]"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """One word: as written, in lower case with straight apostrophes, and its place in the text."""

    text: str
    low: str
    start: int
    end: int


def listed(text: str) -> frozenset[str]:
    """Return the words of a list that are parted by blanks."""
    return frozenset(text.split())


def split(text: str) -> list[Word]:
    """Return the words of a text; a hyphen parts words, so that F-I-T-C-H is five and 614-555-0107 is three."""
    return [
        Word(found.group(), found.group().lower().replace("’", "'").rstrip(","), found.start(), found.end())
        for found in _WORD.finditer(text)
    ]


def gap(text: str, left: Word, right: Word) -> str:
    """Return what stands between two words: blanks and punctuation."""
    return text[left.end : right.start]


def span(text: str, words: Sequence[Word]) -> str:
    """Return the text from the first of the words to the last."""
    return text[words[0].start : words[-1].end] if words else ""


def ends_sentence(between: str) -> bool:
    """Return whether a full stop, question mark, exclamation mark or semicolon stands there."""
    return bool(re.search(r"[.?!;](?:\s|$|[\"”])", between))
