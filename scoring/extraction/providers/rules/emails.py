"""E-mail addresses, written or spoken: "rosalind dot okafor seven two at g mail dot com"."""

import dataclasses
import re
from collections.abc import Sequence

from scoring.extraction import clean
from scoring.extraction.provider import Fact
from scoring.extraction.providers.rules import digits, found, spelling
from scoring.extraction.providers.rules.dialogue import Dialogue, Turn
from scoring.extraction.providers.rules.found import Candidate
from scoring.extraction.providers.rules.words import Word, ends_sentence, gap, listed

_WRITTEN = re.compile(r"[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_HALF_WRITTEN = re.compile(r"[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?![\w.-]*\.[A-Za-z])")
_PROVIDERS = {
    **{
        name: f"{name}.com"
        for name in listed("gmail yahoo hotmail outlook icloud aol msn protonmail mac live ymail fastmail")
    },
    **{
        name: f"{name}.net" for name in listed("comcast att verizon sbcglobal cox bellsouth earthlink charter spectrum")
    },
    "proton": "proton.me",
}
_TLDS = listed(
    "com net org edu gov us co io biz info example me tv mil ca uk test app dev house homes design studio pro"
)
_DOT = frozenset({"dot", "period", "point"})
_SIGNS = {
    "dot": ".",
    "period": ".",
    "point": ".",
    "underscore": "_",
    "dash": "-",
    "hyphen": "-",
    "plus": "+",
    "_": "_",
    "+": "+",
    "minus": "-",
}
_ANCHORS = listed(
    "it's its is to that's email e-mail mail address at me be use try under okay ok "
    "yeah yes yep sure so well send as actually sorry wait mean no just have got show "
    "showing see still has"
)
_FILLER = listed("um uh er hmm like all lower lowercase case capital letter number word spelled the")
_STOPS = listed(
    "and my i you we he she they can will would or if but then here here's this it with for of in on your our an was"
)
_ENDS_DOMAIN = listed(
    "and but so okay ok then my i it's is that's yeah yes all with you or the lower um uh no thanks thank if please"
)
_LONGEST_LOCAL, _LONGEST_DOMAIN = 14, 8
_OUR_OWN = re.compile(
    r"\b(?:our|us|you can (?:e-?mail|send)|send (?:it|that|your|them|those|a|the|pictures"
    r"|photos)(?: \w+){0,4} to|e-?mail (?:it|that|your|me|us|them|a|the)(?: \w+){0,4} (?:to|at)"
    r"|my e-?mail)\b",
    re.IGNORECASE,
)
_SECOND = re.compile(
    r"\b(?:don't use|not the|old (?:one|e-?mail|address)|(?:husband|wife)'s|work (?:one|e-?mail)"
    r"|instead of|copy|cc|his|hers?|theirs?|(?:husband|wife|partner) is)\b[^.]{0,20}$",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True, slots=True)
class _Address:
    local: tuple[str, ...]
    domain: str
    first: int
    last: int

    @property
    def text(self) -> str:
        return "".join(self.local) + "@" + self.domain


def find(dialogue: Dialogue, *, names: Sequence[str]) -> Fact | None:
    """Return the customer's address, None if none was said whole; `names` are the contact's, as spelled."""
    ours = _agents_own(dialogue)
    candidates: list[Candidate] = []
    for turn in dialogue.turns:
        if turn.is_agent:
            candidates += _confirmed(dialogue, turn)
        else:
            candidates += _said(dialogue, turn, names, ours)
    chosen = found.best(candidates)
    return chosen.fact() if chosen else None


def _agents_own(dialogue: Dialogue) -> set[str]:
    """Return the addresses that the agent gave out as the company's."""
    own: set[str] = set()
    for turn in dialogue.agent():
        for text, start, _ in _addresses(turn):
            if _OUR_OWN.search(turn.text[max(0, start - 60) : start]):
                own.add(text)
    return own


def _addresses(turn: Turn) -> list[tuple[str, int, int]]:
    """Return (address, start, end) of every whole address in a turn."""
    whole = [(match.group().lower(), match.start(), match.end()) for match in _WRITTEN.finditer(turn.text)]
    for match in _HALF_WRITTEN.finditer(turn.text):
        local, _, host = match.group().lower().partition("@")
        if host in _PROVIDERS:
            whole.append((f"{local}@{_PROVIDERS[host]}", match.start(), match.end()))
    if whole:
        return whole
    spoken = [spoken_at(turn.text, turn.words, at) for at, word in enumerate(turn.words) if word.low in {"at", "@"}]
    return [(one.text, turn.words[one.first].start, turn.words[one.last].end) for one in spoken if one]


def _said(dialogue: Dialogue, turn: Turn, names: Sequence[str], ours: set[str]) -> list[Candidate]:
    made = []
    for text, start, end in _addresses(turn):
        address = clean.email(_respelled(dialogue, turn, text, end, names))
        if address is None or address in ours or text in ours:
            continue
        preferred = -1 if _SECOND.search(turn.text[max(0, start - 50) : start]) else 0
        made.append(Candidate(address, 0.9, (turn.cut(start, end),), turn.index, preferred))
    return made or _in_two_turns(dialogue, turn)


def _confirmed(dialogue: Dialogue, turn: Turn) -> list[Candidate]:
    """Take an address that the agent reads out of a record and the customer confirms."""
    answer = dialogue.after(turn)
    if answer is None or answer.is_agent or not answer.agrees() or answer.denies():
        return []
    made = []
    for text, start, end in _addresses(turn):
        address = clean.email(text)
        if address and not _OUR_OWN.search(turn.text[max(0, start - 60) : start]):
            quote = answer.quote(answer.words[0], answer.words[min(2, len(answer.words) - 1)])
            made.append(Candidate(address, 0.9, (turn.cut(start, end), quote), turn.index - 1))
    return made


def _in_two_turns(dialogue: Dialogue, turn: Turn) -> list[Candidate]:
    """Join "rosalind dot okafor" with "at g mail dot com" of the customer's next turn."""
    if not turn.words or turn.words[0].low not in {"at", "@"}:
        return []
    earlier = [one for one in dialogue.customer() if turn.index - 3 < one.index < turn.index]
    if not earlier or not earlier[-1].words:
        return []
    before = earlier[-1]
    offset = len(before.text) + 1
    moved = [Word(word.text, word.low, word.start + offset, word.end + offset) for word in turn.words]
    address = spoken_at(f"{before.text} {turn.text}", [*before.words, *moved], len(before.words))
    text = clean.email(address.text) if address else None
    if address is None or text is None or address.first >= len(before.words):
        return []
    quotes = (before.quote(before.words[address.first], before.words[-1]), turn.quote(turn.words[0], turn.words[-1]))
    return [Candidate(text, 0.8, quotes, turn.index)]


def spoken_at(text: str, row: Sequence[Word], at: int) -> _Address | None:
    """Read the address whose "at" is the word at this place; None if there is none."""
    domain, last = _domain(text, row, at + 1)
    if not domain:
        return None
    local, first = _local(text, row, at)
    return _Address(tuple(local), domain, first, last) if local else None


def _domain(text: str, row: Sequence[Word], start: int) -> tuple[str, int]:
    """Read "lotus lane yoga dot example", "g mail dot com", "icloud"; returns the domain and its last word."""
    labels: list[str] = [""]
    provider, provider_at = "", start
    for at in range(start, min(len(row), start + _LONGEST_DOMAIN)):
        word, between = row[at].low, gap(text, row[at - 1], row[at]) if at > start else ""
        if word in _DOT:
            labels.append("")
            continue
        if between == ".":
            labels.append("")
        elif word in _ENDS_DOMAIN or ends_sentence(between):
            break
        labels[-1] += _of_label(word)
        if len(labels) > 1 and labels[-1] in _TLDS and not _more_labels(text, row, at):
            return ".".join(labels), at
        if len(labels) == 1 and labels[0] in _PROVIDERS:
            provider, provider_at = _PROVIDERS[labels[0]], at
    return provider, provider_at


def _of_label(word: str) -> str:
    """Return what a word adds to a label of a domain."""
    if word in {"dash", "hyphen"}:
        return "-"
    return _digits_of(word) if word.isalnum() else ""


def _more_labels(text: str, row: Sequence[Word], at: int) -> bool:
    """Return whether "dot" and another label follow, as in "co dot uk"."""
    if at + 1 >= len(row):
        return False
    return row[at + 1].low in _DOT or gap(text, row[at], row[at + 1]) == "."


def _digits_of(word: str) -> str:
    return digits.DIGIT.get(word, word) if word != "o" else word


def _local(text: str, row: Sequence[Word], at: int) -> tuple[list[str], int]:
    """Read the part before "at", backwards to the word that leads it in; returns its pieces and its first word."""
    first = at
    while first > 0 and at - first < _LONGEST_LOCAL:
        word = row[first - 1]
        if word.low in _ANCHORS or word.low in _STOPS or (first < at and ends_sentence(gap(text, word, row[first]))):
            break
        if first < at and "," in gap(text, word, row[first]):
            break
        first -= 1
    while first < at and row[first].low in _FILLER:
        first += 1
    if first == at:
        return [], at
    return _pieces(row[first:at]), first


def _pieces(row: Sequence[Word]) -> list[str]:
    """Return the pieces of a local part: words, signs, digits; "as in frank" and fillers are dropped."""
    pieces: list[str] = []
    at = 0
    while at < len(row):
        word = row[at].low
        ahead = row[at + 1].low if at + 1 < len(row) else ""
        taken, length = digits.atom(row, at)
        if word in {"as", "like"} and ahead:
            at += 3 if ahead in {"in", "the"} else 2
            continue
        if word == "double" and len(ahead) == 1:
            pieces.append(ahead * 2)
            at += 2
            continue
        if word in _SIGNS:
            pieces.append(_SIGNS[word])
        elif taken and word != "o":
            pieces.append(taken)
            at += length - 1
        elif word not in _FILLER:
            pieces.append(word.replace("'", ""))
        at += 1
    return pieces


def _respelled(dialogue: Dialogue, turn: Turn, address: str, end: int, names: Sequence[str]) -> str:
    """Return the address with words put right by what was spelled: right after it, in the next turn, or the name."""
    spelled = [one.letters for one in spelling.find(turn) if one.first.start >= end - 1]
    for later in dialogue.turns[turn.index + 1 : turn.index + 3]:
        if not later.is_agent and (later.answers("name") or "spell" in later.asked or later.answers("email")):
            spelled += [one.letters for one in spelling.find(later)]
    local, _, domain = address.partition("@")
    for letters in [*spelled, *(re.sub(r"[^a-z]", "", clean_name.lower()) for clean_name in names)]:
        local = _replaced(local, letters)
        head, dot, tail = domain.rpartition(".")
        if len(letters) > 5:
            domain = _replaced(head, letters) + dot + tail
    return f"{local}@{domain}"


def _replaced(text: str, letters: str) -> str:
    """Return the text with the run of letters most like the spelled word replaced by it."""
    if not letters or letters in text:
        return text
    runs = re.findall(r"[a-z]+", text)
    options = [
        (spelling.likeness(run[start:stop], letters), run[start:stop])
        for run in runs
        for start in {0, max(0, len(run) - len(letters)), *range(min(3, len(run)))}
        for stop in {len(run), min(len(run), start + len(letters)), min(len(run), start + len(letters) + 1)}
        if stop - start >= 3
    ]
    likeness, old = max(options, default=(0.0, ""))
    return text.replace(old, letters, 1) if likeness >= 0.75 else text
