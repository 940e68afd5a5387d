"""Words spelled letter by letter: "o k a f as in frank o r", "F-I-T-C-H", "m c double t"."""

import dataclasses
import difflib
import re

from scoring.extraction.providers.rules.dialogue import Turn
from scoring.extraction.providers.rules.words import Word, ends_sentence, gap, listed

_MISHEARD = dict(
    pair.split(":")
    for pair in (
        "are:r you:u see:c sea:c tea:t tee:t why:y jay:j kay:k el:l em:m en:n oh:o pea:p pee:p queue:q cue:q "
        "ess:s ex:x zee:z gee:g eye:i be:b bee:b dee:d ay:a eh:a ef:f eff:f aitch:h ar:r vee:v"
    ).split()
)
"""What an engine writes for a letter; taken only between letters."""
_SIGNS = {"dash": "-", "hyphen": "-", "apostrophe": "'"}
_PHONETIC = {"like", "for", "as", "is"}
_FILLER = {"um", "uh", "capital", "and", "then"}
_ACRONYMS = listed(
    "hoa lvp lvt hvac led pvc usa ada adu gfci fha aol ups diy atm irs seo cpa llc asap epdm tpo pex abs rsvp mdf"
    " usps ach evs led gps suv atv crm faq pdf cad"
)
SHORTEST = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Spelled:
    """A spelled word: its letters, and the words [first, last] it was spelled with; `tail` may be its last syllable."""

    letters: str
    first: Word
    last: Word
    tail: str = ""
    tail_word: Word | None = None


def find(turn: Turn) -> list[Spelled]:
    """Return the words of at least three letters that were spelled in a turn."""
    found: list[Spelled] = []
    row = turn.words
    at = 0
    while at < len(row):
        if not _is_letter(row[at]) or (at and row[at - 1].low in {"the", "with", "an", "letter"}):
            at += 1
            continue
        spelled, after = _run(turn, at)
        plain = re.sub(r"[^a-z]", "", spelled.letters)
        if len(plain) >= SHORTEST and plain not in _ACRONYMS:
            found.append(spelled)
        at = max(after, at + 1)
    return found


def _is_letter(word: Word) -> bool:
    return len(word.low) == 1 and word.low.isalpha()


def _run(turn: Turn, start: int) -> tuple[Spelled, int]:
    """Read letters from `start` on; returns what was spelled and the place after it."""
    row, text = turn.words, turn.text
    letters, at, last, hyphened = row[start].low, start + 1, start, False
    while at < len(row):
        between = gap(text, row[at - 1], row[at])
        if ends_sentence(between) and at - 1 == last:
            break
        if "," in between and hyphened and row[at].low not in _SIGNS and row[at - 1].low not in _SIGNS:
            break
        hyphened = hyphened or between == "-"
        taken, length = _next(turn, at, letters)
        if not length:
            break
        letters += taken
        at += length
        if taken or length > 1:
            last = at - 1
    tail = row[last + 1] if last + 1 < len(row) and len(row[last + 1].low) > 1 else None
    if tail and (gap(text, row[last], tail) not in {" ", "-"} or not tail.low.isalpha()):
        tail = None
    return Spelled(letters.strip("-'"), row[start], row[last], tail.low if tail else "", tail), last + 1


def _next(turn: Turn, at: int, letters: str) -> tuple[str, int]:
    """Return the letters that the words from `at` on give, and how many words that takes; 0: the run ends."""
    row = turn.words
    word, ahead = row[at].low, row[at + 1].low if at + 1 < len(row) else ""
    beyond = row[at + 2].low if at + 2 < len(row) else ""
    letter_ahead = len(ahead) == 1 and ahead.isalpha()
    if word in _PHONETIC and (length := _phonetic(word, ahead, beyond, letters)):
        return "", length
    if _is_letter(row[at]):
        return word, 1
    if word == "double" and letter_ahead:
        return ("w", 2) if ahead == "u" else (ahead * 2, 2)
    return _joining(word, ahead, letters, letter_ahead=letter_ahead)


def _joining(word: str, ahead: str, letters: str, *, letter_ahead: bool) -> tuple[str, int]:
    """Read what stands between letters: a sign, a filler, a letter that was heard as a word."""
    if word in _SIGNS and (letter_ahead or ahead in _MISHEARD):
        return _SIGNS[word], 1
    if word in _FILLER and letter_ahead and ahead not in "ai":
        return "", 1
    if word in _MISHEARD and letter_ahead and len(letters) > 1:
        return _MISHEARD[word], 1
    return "", 0


def _phonetic(word: str, ahead: str, beyond: str, letters: str) -> int:
    """Return how many words "as in frank", "like nancy", "for boy" take after their letter."""
    if word in {"as", "is"} and ahead in {"in", "an"} and len(beyond) > 1:
        return 3
    if word in {"like", "for", "as"} and len(ahead) > 1 and ahead[0] == letters[-1:]:
        return 2
    if word == "like" and ahead in {"in", "the", "a"} and len(beyond) > 1 and beyond[0] == letters[-1:]:
        return 3
    return 0


def likeness(left: str, right: str) -> float:
    """Return how alike two words are, 0 to 1, letters only."""
    one, other = (re.sub(r"[^a-z]", "", text.lower()) for text in (left, right))
    if not one or not other:
        return 0.0
    return float(difflib.SequenceMatcher(None, one, other, autojunk=False).ratio())
