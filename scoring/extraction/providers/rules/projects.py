"""What is to be done: one of the allowed kinds of project, and the caller's own words for it."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from scoring.extraction.provider import Evidence, Fact
from scoring.extraction.providers.rules import lexicon, namehunt, openings
from scoring.extraction.providers.rules.dialogue import Dialogue, Turn
from scoring.extraction.providers.rules.lexicon import BEATS, Hit

_LEAST = 2.0
"""Points below which the project is "other"."""
_AGENT_SHARE, _GREETING_SHARE, _LATER_SHARE, _AGAIN_SHARE = 0.3, 0.45, 0.6, 0.35
_TOLD_SHARES = (1.6, 1.3, 1.1)
_PAST = re.compile(
    r"\b(?:(?:been|got|was) (?:fixed|repaired|patched)|already (?:had|did|done|have)|(?:had"
    r"|got) (?:it|them|that|the \w+) (?:done|replaced"
    r"|redone|waterproofed|installed)|(?:was|were) (?:replaced|redone|done|installed) (?:in|last|two"
    r"|a)|years? ago|last year|not (?:the|my|our)|don't (?:need|want)|instead of|no,? (?:it's|not))\b",
    re.IGNORECASE,
)
_STOREY = re.compile(
    r"\b(?:first|second|third|fourth|\d+(?:st|nd|rd|th)|main|ground|top|upper|lower"
    r"|bottom) (?:floors?|story|storey|level)\b|\bfloor plan\b",
    re.IGNORECASE,
)
_UPGRADES = {"hvac repair": "hvac installation", "roof repair": "roof replacement"}
_RENEWS = re.compile(
    r"\b(?:price|quote|estimate|bid)s? (?:on|for) (?:a |the )?new (?:one|unit|system|roof)\b"
    r"|\b(?:ain't|not|isn't) worth (?:fixing|repairing)\b"
    r"|\bwant (?:a |it )?(?:new one|replaced)\b|\bput in a new (?:one|unit|system)\b",
    re.IGNORECASE,
)
"""What was broken is not to be repaired but replaced."""
_DETAIL_LIMIT = 240
_SHORTEST = 10
"""Letters that must be left behind an opening; else it was all that was said."""


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """A turn, how much its words count for the kind of project, and the patterns of the lexicon found in it."""

    turn: Turn
    share: float
    hits: tuple[Hit, ...]

    @property
    def weight(self) -> float:
        """Return how strongly it names any project."""
        return sum(hit.weight for hit in self.hits)


def hear(dialogue: Dialogue) -> list[Heard]:
    """Return every turn with its words for projects; the other functions read from it."""
    return [Heard(turn, share, lexicon.hits(turn.text)) for turn, share in _shares(dialogue)]


def find(dialogue: Dialogue, heard: Sequence[Heard]) -> dict[str, Fact]:
    """Return project_type and project_details; "other" when work is wanted that no kind fits."""
    points, words = _points(heard)
    kind = _winner(points)
    if kind in _UPGRADES and _RENEWS.search(dialogue.said()):
        kind, repaired = _UPGRADES[kind], words.get(kind)
        words = {kind: repaired, **words} if repaired else words
    rest = sorted((value for name, value in points.items() if name != kind), reverse=True)
    facts: dict[str, Fact] = {}
    details = _details(dialogue, heard, words.get(kind))
    if details:
        facts["project_details"] = Fact(details.quote, 0.7, (details,))
    shown = words.get(kind) or details or _opening(dialogue)
    if shown:
        margin = points.get(kind, 0.0) - (rest[0] if rest else 0.0)
        sure = 0.5 if kind == "other" else min(0.95, 0.65 + 0.05 * margin)
        facts["project_type"] = Fact(kind, max(0.5, sure), (shown,))
    return facts


def strength(heard: Sequence[Heard]) -> float:
    """Return how strongly the customer's own words name a project: the points of the strongest kind."""
    points: dict[str, float] = {}
    for one in heard:
        for hit in one.hits if not one.turn.is_agent else ():
            points[hit.kind] = points.get(hit.kind, 0.0) + hit.weight
    return max(points.values(), default=0.0)


def _points(heard: Sequence[Heard]) -> tuple[dict[str, float], dict[str, Evidence]]:
    """Return points by kind, and the words that gave most.

    A pattern counts where it weighs most; said again it adds a part. Early words of the customer count most, the
    name that the company answers with is a hint, what the agent says later a weaker one.
    """
    given: dict[tuple[str, int], list[float]] = {}
    words: dict[str, tuple[float, Evidence]] = {}
    for one in heard:
        for hit in one.hits:
            value = hit.weight * one.share * (0.3 if _is_past(one.turn, hit.match) else 1.0)
            given.setdefault((hit.kind, hit.row), []).append(value)
            if not one.turn.is_agent and value > words.get(hit.kind, (0.0,))[0]:
                words[hit.kind] = (value, one.turn.found(hit.match))
    points: dict[str, float] = {}
    for (kind, _), values in given.items():
        points[kind] = points.get(kind, 0.0) + max(values) + _AGAIN_SHARE * (sum(values) - max(values))
    return points, {kind: best[1] for kind, best in words.items()}


def _shares(dialogue: Dialogue) -> Iterator[tuple[Turn, float]]:
    """Yield each turn and how much its words count for the kind of project."""
    told, greeted = 0, False
    for turn in map(_without_floors, dialogue.turns):
        if turn.is_agent:
            yield turn, _AGENT_SHARE if greeted else _GREETING_SHARE
            greeted = True
            continue
        yield turn, _TOLD_SHARES[told] if told < len(_TOLD_SHARES) else _LATER_SHARE
        told += len(turn.words) >= 4


def _without_floors(turn: Turn) -> Turn:
    """Blank "second floor": it says where, not what."""
    return dataclasses.replace(turn, text=_STOREY.sub(lambda match: " " * len(match.group()), turn.text))


def _is_past(turn: Turn, match: re.Match[str]) -> bool:
    around = turn.text[max(0, match.start() - 25) : match.end() + 30]
    return bool(_PAST.search(around))


def _winner(points: Mapping[str, float]) -> str:
    """Return the kind with most points, or what beats it where two were named."""
    kind = max(points, key=lambda name: points[name], default="other")
    if points.get(kind, 0.0) < _LEAST:
        return "other"
    for kept, beaten, share in BEATS:
        if beaten == kind and points.get(kept, 0.0) >= max(share * points[beaten], 3.0):
            return kept
    return kind


def _details(dialogue: Dialogue, heard: Sequence[Heard], shown: Evidence | None) -> Evidence | None:
    """Return the stretch of the customer's words that describes the job best."""
    best: tuple[float, Turn] | None = None
    for count, one in enumerate(one for one in heard if not one.turn.is_agent):
        if len(one.turn.words) < 5 or not one.hits:
            continue
        value = one.weight + min(len(one.turn.words), 30) / 15 - count * 0.25
        value += 2 if shown and shown.utterance == one.turn.position else 0
        if best is None or value > best[0]:
            best = (value, dialogue.turns[one.turn.index])
    return _trimmed(best[1], namehunt.of_agents(dialogue)) if best else None


def _opening(dialogue: Dialogue) -> Evidence | None:
    """Return the first words of the customer that are more than a greeting."""
    turns = [turn for turn in dialogue.customer() if turn.words]
    turn = next((turn for turn in turns if len(turn.words) > 4), turns[0] if turns else None)
    return _trimmed(turn, namehunt.of_agents(dialogue)) if turn else None


def _trimmed(turn: Turn, agents: AbstractSet[str]) -> Evidence:
    """Return the turn without its opening, at most so long, cut at a word."""
    begin = openings.end(turn.text, agents)
    if begin > len(turn.text) - _SHORTEST:
        begin = 0
    end = len(turn.text)
    if end - begin > _DETAIL_LIMIT:
        end = turn.text.rfind(" ", begin, begin + _DETAIL_LIMIT)
    return turn.cut(begin, max(end, begin + 1))
