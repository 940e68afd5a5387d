"""Finds where names are said: after "my name is", in the answer to "who am I speaking with", after a spelling."""

import dataclasses
import itertools
import re
from collections.abc import Iterator

from scoring.extraction.provider import Evidence
from scoring.extraction.providers.rules import spelling
from scoring.extraction.providers.rules.dialogue import Dialogue, Turn
from scoring.extraction.providers.rules.namewords import NEVER, PARTICLES, TITLES
from scoring.extraction.providers.rules.words import Word, ends_sentence, gap, listed, split

_STRONG = re.compile(
    r"\b(?P<whose>his |her |their |(?:husband|wife|mom|mother|dad|father|son|daughter|boss|owner"
    r"|tenant|manager|agent|brother|sister|partner|name)'?s )?"
    r"(?:(?P<part>first|last|full) name(?: is|'s)?|name(?: is|'s)|me llamo|mi nombre es"
    r"|speaking with|talking to|put(?: it| me| this| that)?(?: under| down as| as)?|ask for|call me"
    r"|go by|calls me|my name)"
    r"[,:]?\s+(?:is\s+|it's\s+|just\s+|uh\s+|um\s+)*",
    re.IGNORECASE,
)
INTRODUCES = _STRONG
_WEAK = re.compile(r"\b(?:this is|it's|it is|i'm|i am|is is|yeah this is)\s+(?:just\s+|uh\s+|um\s+)*", re.IGNORECASE)
_LEAD_IN = listed(
    "yes yeah yep sure okay ok um uh oh so well hi hello it's its that's is my name "
    "i'm the hey and ah certainly absolutely mhm no sorry yea course of"
)
_NICKNAME = re.compile(
    r"\b(?:call me|i go by|(?:every|most )?(?:body|one|people) calls? me"
    r"|goes by)\s+(?P<after>[^\W\d_]{2,})|\b(?P<before>[^\W\d_]{2,})(?:'s| is) (?:fine|good|okay|ok)\b",
    re.IGNORECASE,
)
_FOLLOWS_WEAK = listed("from with calling over and here at i i'm we in on the my again speaking over'")
_GREETINGS = listed("hi hello hey good yes yeah")
_AGENTS_NAME = re.compile(r"\b(?:this is|my name is|my name's|i'm) ([^\W\d_]+)|([^\W\d_]+) speaking\b", re.IGNORECASE)
_OTHERS_NAME = re.compile(
    r"\b(?:her|his|their|the (?:home)?owner's|(?:mom|mother|dad|father)'s) (?:full |first |last )?names?\b(?! your)",
    re.IGNORECASE,
)
_LONGEST = 4
_EARLY_TURNS = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """Words that name somebody: which part they are ("", first, last), how sure, where they stand."""

    words: tuple[str, ...]
    part: str
    sure: float
    turn: int
    evidence: Evidence
    place: int
    """Where in the turn it stands, in letters."""
    other_person: bool = False
    replaces: bool = False


def find(dialogue: Dialogue) -> list[Named]:
    """Return every name that the customer's side says of itself or, marked, of somebody else."""
    named: list[Named] = []
    for count, turn in enumerate(dialogue.customer()):
        early = count < _EARLY_TURNS
        spoken = [
            *_after_triggers(dialogue, turn, early=early),
            *_answers(dialogue, turn),
            *_after_spelling(dialogue, turn),
            *_nicknames(dialogue, turn),
        ]
        named += sorted(spoken, key=lambda one: one.place)
    return named


def of_agents(dialogue: Dialogue) -> set[str]:
    """Return the names by which the business's side introduces itself, in small letters."""
    return {name.lower() for pair in _AGENTS_NAME.findall(dialogue.heard()) for name in pair if name}


def _after_triggers(dialogue: Dialogue, turn: Turn, *, early: bool) -> Iterator[Named]:
    for match in _STRONG.finditer(turn.text):
        replaces = match.group().lower().startswith(("put", "call me"))
        if match.group().lower().startswith(("call me", "go by", "calls me")):
            continue
        yield from _named(
            dialogue,
            turn,
            match.end(),
            (match.group("part") or "").lower().replace("full", ""),
            0.9,
            other=bool(match.group("whose")),
            replaces=replaces,
        )
    asked = turn.answers("name")
    for match in _WEAK.finditer(turn.text):
        low = match.group().lower()
        if not (early or asked or (dialogue.has_capitals and low.startswith("i'm"))):
            continue
        if low.startswith(("it's", "it is")) and not (asked or _after_greeting(dialogue, turn.text[: match.start()])):
            continue
        for one in _named(dialogue, turn, match.end(), "", 0.85):
            if dialogue.has_capitals or asked or _ends_well(turn, one):
                yield one


def _after_greeting(dialogue: Dialogue, before: str) -> bool:
    """Return whether only a greeting or the agent's name stands before: "Hi Denise, it's …", "jan it's …"."""
    greeting = r"\W*(?:(?:yes|yeah|hi|hello|hey|good|morning|afternoon|evening|um|uh|so)\W+)*(?:[^\W\d_]+\W+){0,2}"
    if not re.fullmatch(greeting, before, re.IGNORECASE):
        return False
    words = {word.low for word in split(before)}
    return bool(words & (of_agents(dialogue) | _GREETINGS))


def _ends_well(turn: Turn, one: Named) -> bool:
    """Return whether what follows "i'm rosa" fits a name: nothing, "from", "calling", a spelling."""
    end = turn.text.find(one.evidence.quote) + len(one.evidence.quote)
    after = [word.low for word in turn.words if word.start >= end]
    return not after or after[0] in _FOLLOWS_WEAK or len(after[0]) == 1 or len(one.words) > 1


def _answers(dialogue: Dialogue, turn: Turn) -> Iterator[Named]:
    """Read names at the beginning of the answer to a question for the name, sentence by sentence."""
    if not turn.answers("name") or not turn.words:
        return
    part, other = _part_asked(turn.asked), bool(_OTHERS_NAME.search(turn.asked))
    starts = [
        at
        for at in range(len(turn.words))
        if at == 0
        or (turn.words[at - 1].low not in TITLES and ends_sentence(gap(turn.text, turn.words[at - 1], turn.words[at])))
    ]
    for start in starts[:4]:
        at = start
        while at < len(turn.words) and turn.words[at].low in _LEAD_IN:
            at += 1
        if at < len(turn.words):
            yield from _named(dialogue, turn, turn.words[at].start, "" if start else part, 0.8, other=other)


def _part_asked(asked: str) -> str:
    match = re.findall(r"\b(first|last)(?: and (?:last|first))? name|\blast\?", asked, re.IGNORECASE)
    both = re.search(r"first and (?:your )?last|full name|first, last", asked, re.IGNORECASE)
    return "" if both or not match else (match[-1] or "last").lower()


def _after_spelling(dialogue: Dialogue, turn: Turn) -> Iterator[Named]:
    """Read "w r e n wren castellanos": a name said again after it was spelled."""
    if not turn.answers("name") and not _STRONG.search(turn.text):
        return
    for spelled in spelling.find(turn):
        before = [word for word in turn.words if word.end <= spelled.first.start]
        after = [word for word in turn.words if word.start > spelled.last.end]
        if not after:
            continue
        if spelling.likeness(after[0].low, spelled.letters) > 0.6:
            yield from _named(dialogue, turn, after[0].start, "", 0.85)
        elif before and spelling.likeness(before[-1].low, spelled.letters) > 0.6 and after[0] == spelled.tail_word:
            for one in _named(dialogue, turn, after[0].start, "last", 0.85):
                yield dataclasses.replace(one, words=one.words[:1])


def _nicknames(dialogue: Dialogue, turn: Turn) -> Iterator[Named]:
    for match in _NICKNAME.finditer(turn.text):
        group = "after" if match.group("after") else "before"
        low = match.group(group).lower()
        if low in NEVER or (dialogue.has_capitals and not match.group(group)[0].isupper()):
            continue
        if group == "before" and not turn.answers("name"):
            continue
        yield Named(
            (match.group(group),),
            "first",
            0.9,
            turn.index,
            turn.cut(match.start(group), match.end(group)),
            match.start(group),
            replaces=True,
        )


def _named(
    dialogue: Dialogue, turn: Turn, start: int, part: str, sure: float, *, other: bool = False, replaces: bool = False
) -> Iterator[Named]:
    """Yield the name that begins at this letter of the text, if one does."""
    row = [word for word in turn.words if word.start >= start]
    titled = False
    while row and row[0].low in TITLES:
        row, titled = row[1:], True
    taken = _taken(dialogue, turn, row)
    if not taken:
        return
    groups = _joined(turn, taken)
    if titled and len(groups) == 1 and not part:
        part = "last"
    yield Named(tuple(groups), part, sure, turn.index, turn.quote(taken[0], taken[-1]), taken[0].start, other, replaces)


def _taken(dialogue: Dialogue, turn: Turn, row: list[Word]) -> list[Word]:
    """Return the words from the beginning of the row that make a name."""
    taken: list[Word] = []
    for word in row:
        if taken and not re.fullmatch(
            r"[ -]|\. ?" if len(taken[-1].low) == 1 else r"[ -]", gap(turn.text, taken[-1], word)
        ):
            break
        hyphened = bool(taken) and gap(turn.text, taken[-1], word) == "-"
        if not (hyphened or _fits(dialogue, word, first=not taken)) or len(taken) >= _LONGEST:
            break
        taken.append(word)
    while taken and (taken[-1].low in PARTICLES - {"san", "saint", "o", "el"} or len(taken[-1].low) == 1):
        taken.pop()
    if len(taken) > 1 and taken[0].low == taken[1].low:  # "rob rob mccutcheon"
        taken = taken[1:]
    if not dialogue.has_capitals and len(taken) > 2 and not {word.low for word in taken} & PARTICLES:
        again = [at for at in range(1, len(taken)) if taken[at].low == taken[0].low]
        taken = taken[again[-1] :] if again else taken[:3]
    return taken


def _fits(dialogue: Dialogue, word: Word, *, first: bool) -> bool:
    if not re.fullmatch(r"[^\W\d_]+(?:['’][^\W\d_]+)?", word.text):
        return False
    bare = word.low.removesuffix("'s")
    if len(word.low) == 1:
        return dialogue.has_capitals and word.text.isupper() and not first and word.low != "i"
    if dialogue.has_capitals:
        particle = word.low in PARTICLES and not first
        return particle or (word.text[0].isupper() and bare not in NEVER)
    return bare not in NEVER and word.low not in TITLES


def _joined(turn: Turn, taken: list[Word]) -> list[str]:
    """Return the name's words, those with a hyphen between them as one."""
    groups = [taken[0].text]
    for before, word in itertools.pairwise(taken):
        if gap(turn.text, before, word) == "-":
            groups[-1] += f"-{word.text}"
        else:
            groups.append(word.text)
    return groups
