"""The contact's name: who is to be called back. The last correction wins, spelling beats sound."""

import dataclasses
import re

from scoring.extraction import clean
from scoring.extraction.provider import Evidence, Fact
from scoring.extraction.providers.rules import namehunt, spelling
from scoring.extraction.providers.rules.dialogue import Dialogue, Turn
from scoring.extraction.providers.rules.namehunt import Named
from scoring.extraction.providers.rules.namewords import PARTICLES, SECOND_NAMES
from scoring.extraction.providers.rules.spelling import Spelled

_CORRECTS = re.compile(
    r"\b(?:actually|no|sorry|i mean|i said|rather|not|but just|just put|correction)\b", re.IGNORECASE
)
_FOR_OTHER = re.compile(
    r"\b(?:(?:calling|call|this is) (?:for|on behalf of) (?:my|our|the) (?:mom|mother|dad|father"
    r"|parents|grandm\w+|grandf\w+|aunt|uncle|boss|client|neighbor|son|daughter|husband|wife|sister"
    r"|brother|in-?laws?|mother in law|father in law|homeowner|owner)"
    r"|on behalf of|i'm (?:her|his|their|the|just the) (?:daughter|son|assistant|secretary|caregiver"
    r"|realtor|neighbor|granddaughter|grandson))\b",
    re.IGNORECASE,
)
_CALL_OTHER = re.compile(
    r"\b(?:call|reach|contact|talk to|speak (?:to|with)|text) (?:her|him|them|my (?:mom|mother|dad"
    r"|father|boss))\b|\b(?:her|his|their) (?:cell|number|phone|e-?mail)\b|\b(?:he|she)(?:'s"
    r"| is) the (?:owner|one|homeowner)\b",
    re.IGNORECASE,
)
_LETTER_NAMES = {"see": "c", "kay": "k", "are": "r", "why": "y"}
_WITH = re.compile(
    r"\b(?P<how>with|without|no|minus)(?: an?)? (?P<count>two |one |double )?(?P<letter>[a-z])(?:'?s)?\b(?! [a-z]\b)",
    re.IGNORECASE,
)
_ALIKE = 0.6
"""From here on two words may be one, heard and spelled."""
_SURE, _SPELLED = 0.85, 0.97


@dataclasses.dataclass(slots=True)
class _Name:
    first: str = ""
    last: str = ""
    first_words: tuple[Evidence, ...] = ()
    last_words: tuple[Evidence, ...] = ()
    first_sure: float = 0.0
    last_sure: float = 0.0

    def set_first(self, value: str, sure: float, *words: Evidence) -> None:
        self.first, self.first_sure, self.first_words = value, sure, words

    def set_last(self, value: str, sure: float, *words: Evidence) -> None:
        self.last, self.last_sure, self.last_words = value, sure, words


def find(dialogue: Dialogue) -> dict[str, Fact]:
    """Return first_name and last_name of the contact, those that were said."""
    named = namehunt.find(dialogue)
    others = [one for one in named if one.other_person]
    own = [one for one in named if not one.other_person]
    said = dialogue.said()
    if others and _FOR_OTHER.search(said) and _CALL_OTHER.search(said):
        own = others
    name = _Name()
    for one in own:
        _take(dialogue, name, one)
    _spell(dialogue, name)
    return _facts(name)


def _take(dialogue: Dialogue, name: _Name, one: Named) -> None:
    """Put one naming into the name so far."""
    words = list(one.words)
    if one.part == "last":
        if not name.last or _corrects(dialogue, one):
            name.set_last(" ".join(words), one.sure, one.evidence)
        return
    if len(words) == 1 or one.part == "first":
        _take_one(dialogue, name, one)
        return
    first, last = _halves(words)
    if not name.first:
        name.set_first(first, one.sure, one.evidence)
        name.set_last(last, one.sure, one.evidence)
        return
    same = name.first.lower() == first.lower()
    if (same and (not name.last or len(words) > 1)) or one.replaces or not name.last or _corrects(dialogue, one):
        if same or one.replaces or _corrects(dialogue, one) or one.sure >= _SURE:
            name.set_first(first, max(one.sure, name.first_sure), one.evidence)
        name.set_last(last, one.sure, one.evidence)


def _take_one(dialogue: Dialogue, name: _Name, one: Named) -> None:
    word = " ".join(one.words)
    if not name.first or one.replaces or (_corrects(dialogue, one) and one.part == "first"):
        name.set_first(word, one.sure, one.evidence)
    elif not name.last and word.lower() != name.first.lower() and "last" in dialogue.turns[one.turn].asked.lower():
        name.set_last(word, one.sure, one.evidence)


def _halves(words: list[str]) -> tuple[str, str]:
    """Return (first, last): a particle begins the last name or stands in it, a middle name goes, Beth Ann stays."""
    first = 2 if len(words) > 2 and words[1].lower() in SECOND_NAMES else 1
    rest = words[first:]
    if {word.lower() for word in rest} & PARTICLES:
        return " ".join(words[:first]), " ".join(rest)
    return " ".join(words[:first]), rest[-1]


def _corrects(dialogue: Dialogue, one: Named) -> bool:
    text = dialogue.turns[one.turn].text
    return bool(_CORRECTS.search(text[: max(0, text.find(one.evidence.quote))]))


def _spell(dialogue: Dialogue, name: _Name) -> None:
    """Let what was spelled overrule what was heard."""
    for turn in dialogue.turns:
        answer = dialogue.after(turn)
        if turn.is_agent and not (answer and not answer.is_agent and answer.agrees()):
            continue
        for spelled in spelling.find(turn):
            _apply(name, turn, spelled, in_address=_is_in_address(turn, spelled))
        if not turn.is_agent:
            _letters_named(name, turn)


def _is_in_address(turn: Turn, spelled: Spelled) -> bool:
    """Return whether the letters belong to an e-mail address: asked for, named before them, or going on after."""
    before, after = turn.text[: spelled.first.start], turn.text[spelled.last.end :][:24]
    asked = turn.answers("email") and not turn.answers("name")
    return asked or bool(
        re.search(r"@|\be-?mail", before, re.IGNORECASE)
        or re.match(r"\W*(?:\w+\W+){0,2}(?:underscore|at|dot|@)\b", after, re.IGNORECASE)
    )


def _is_about_names(turn: Turn, spelled: Spelled) -> bool:
    """Return whether names are the talk where these letters were spelled."""
    before = [word.low for word in turn.words if word.end <= spelled.first.start]
    if before and spelling.likeness(before[-1], spelled.letters) >= 0.75:
        return True
    return turn.answers("name") or bool(namehunt.INTRODUCES.search(turn.text[: spelled.first.start]))


def _apply(name: _Name, turn: Turn, spelled: Spelled, *, in_address: bool) -> None:
    """Put spelled letters into the part of the name that they spell, if any."""
    letters, last_word = spelled.letters, spelled.last
    if spelled.tail_word and spelling.likeness(name.last, letters + spelled.tail) >= 0.85:
        letters, last_word = letters + spelled.tail, spelled.tail_word
    quote = turn.quote(spelled.first, last_word)
    match _spells(name, turn, spelled, letters, in_address=in_address):
        case "whole":
            cut = _best_cut(name, letters)
            name.set_first(_cased(name.first, letters[:cut]), _SPELLED, *name.first_words, quote)
            name.set_last(_cased(name.last, letters[cut:]), _SPELLED, *name.last_words, quote)
        case "first":
            name.set_first(_cased(name.first, letters), _SPELLED, *name.first_words, quote)
        case "last":
            name.set_last(_cased(name.last, letters), _SPELLED, *name.last_words, quote)
        case "part":
            part = _likest_part(name.last, letters)
            name.set_last(name.last.replace(part, _cased(part, letters)), _SPELLED, *name.last_words, quote)


def _spells(name: _Name, turn: Turn, spelled: Spelled, letters: str, *, in_address: bool) -> str:
    """Return what the letters spell: first, last, part (of a last name with a hyphen), whole, or "" for nothing."""
    as_first, as_last = spelling.likeness(name.first, letters), spelling.likeness(name.last, letters)
    if in_address or (turn.is_agent and max(as_first, as_last) < _ALIKE):
        return "last" if in_address and as_last >= 0.8 and name.last[:1].lower() == letters[:1] else ""
    if "-" in name.last and as_last < 0.9 and spelling.likeness(_likest_part(name.last, letters), letters) >= 0.7:
        return "part"
    if _whole(name, letters):
        return "whole"
    about_last = bool(
        re.search(r"\blast\b", turn.asked, re.IGNORECASE) or re.search(r"\blast name\b", turn.text, re.IGNORECASE)
    )
    if as_first >= _ALIKE and as_first >= as_last and (name.last or not about_last):
        return "first"
    if as_last >= 0.45 or (_is_about_names(turn, spelled) and ((name.first and not name.last) or about_last)):
        return "last"
    return "first" if not name.first and turn.answers("name") else ""


def _likest_part(last: str, letters: str) -> str:
    return max(last.split("-"), key=lambda part: spelling.likeness(part, letters))


def _whole(name: _Name, letters: str) -> bool:
    """Return whether first and last name were spelled in one go."""
    both = name.first + name.last
    if not (name.first and name.last) or len(letters) < max(len(name.first), len(name.last)) + 2:
        return False
    return len(letters) >= len(both) - 2 and spelling.likeness(both, letters) > 0.75


def _best_cut(name: _Name, letters: str) -> int:
    return max(
        range(1, len(letters)),
        key=lambda cut: spelling.likeness(name.first, letters[:cut]) + spelling.likeness(name.last, letters[cut:]),
    )


def _cased(heard: str, letters: str) -> str:
    """Return the spelled letters, in the capitals, hyphens and blanks of what was heard if the letters are the same."""
    return heard if re.sub(r"[^a-z]", "", heard.lower()) == re.sub(r"[^a-z]", "", letters) else letters


def _letters_named(name: _Name, turn: Turn) -> None:
    """Follow "Catherine with a K", "Jon without an h", "Kelley with two e's"."""
    if not (turn.answers("name") or name.first.lower() in turn.text.lower()) or not name.first:
        return
    for match in _WITH.finditer(turn.text):
        letter, how, count = (
            match.group("letter").lower(),
            match.group("how").lower(),
            (match.group("count") or "").strip().lower(),
        )
        before = turn.text[: match.start()].lower()
        at_last = bool(name.last) and before.rfind(name.last.lower()) > before.rfind(name.first.lower())
        heard = name.last if at_last else name.first
        put = _changed(heard, how, count, letter)
        if put == heard:
            continue
        (name.set_last if at_last else name.set_first)(
            put, _SPELLED, *(name.last_words if at_last else name.first_words), turn.found(match)
        )


def _changed(heard: str, how: str, count: str, letter: str) -> str:
    """Return the name with the letter taken away, doubled, single, in another's place, or at the end."""
    low = heard.lower()
    if how in {"without", "no", "minus"}:
        return low.replace(letter, "", 1) if letter in low[1:] else heard
    if count:
        once, twice = (letter * 2, letter) if count == "one" else (letter, letter * 2)
        return low if twice in low and count != "one" else low.replace(once, twice, 1)
    return heard if letter in low else _swapped(heard, letter)


def _swapped(heard: str, letter: str) -> str:
    low = heard.lower()
    for one, other in (("c", "k"), ("g", "j"), ("i", "y"), ("s", "z"), ("f", "ph")):
        if letter == one and other in low:
            return low.replace(other, one, 1)
        if letter == other and one in low:
            return low.replace(one, other, 1)
    return low + letter if letter in "eh" else heard


def _facts(name: _Name) -> dict[str, Fact]:
    facts = {}
    for field, value, sure, words in (
        ("first_name", name.first, name.first_sure, name.first_words),
        ("last_name", name.last, name.last_sure, name.last_words),
    ):
        text = clean.name(re.sub(r"['’]s$", "", value)) if value else None
        if text:
            facts[field] = Fact(text, sure, words)
    return facts
