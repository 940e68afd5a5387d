"""The transcript as the call page shows it: lines cut at their evidence, and who speaks when."""

import dataclasses
from collections.abc import Mapping, Sequence

from scoring.extraction.provider import Fact, Line

SPEAKERS = {"agent": "Agent", "caller": "Caller", "other": "Other"}
_LABELS = {
    "first_name": "Name",
    "last_name": "Name",
    "stated_phone": "Phone",
    "email": "E-mail",
    "project_type": "Project",
    "project_details": "Details",
    "timeline": "Timeline",
    "urgency": "Urgency",
    "budget_min": "Budget",
    "budget_max": "Budget",
}
WIDE = 1000
"""The waveform's width in its own units."""
TICK = 8
PITCH = 6


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line; `label` names the facts that it is the evidence of, empty: none."""

    text: str
    label: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Spoken:
    """One line of the transcript."""

    start: float
    end: float
    speaker: str
    is_caller: bool
    pieces: tuple[Piece, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """A stroke of the waveform: somebody speaks here."""

    x: float
    is_caller: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Wave:
    """Who speaks when, and where the evidence lies."""

    bars: tuple[Bar, ...]
    ticks: tuple[float, ...]


def spoken(lines: Sequence[Line], facts: Mapping[str, Fact]) -> list[Spoken]:
    """Return the lines with their evidence marked."""
    quotes: dict[int, list[tuple[str, str]]] = {}
    for name, fact in facts.items():
        for piece in fact.evidence:
            quotes.setdefault(piece.utterance, []).append((piece.quote, _LABELS.get(name, name)))
    return [
        Spoken(
            line.start,
            line.end,
            SPEAKERS.get(line.speaker, "Speaker"),
            line.speaker == "caller",
            cut(line.text, quotes.get(line.position, [])),
        )
        for line in lines
    ]


def cut(text: str, quotes: Sequence[tuple[str, str]]) -> tuple[Piece, ...]:
    """Cut a text at its quotes (quote, label); joined again the pieces are the text. Overlapping quotes become one."""
    spans: list[tuple[int, int, list[str]]] = []
    for quote, label in quotes:
        start = text.find(quote)
        if quote and start >= 0:
            spans.append((start, start + len(quote), [label]))
    pieces: list[Piece] = []
    done = 0
    for start, end, labels in _merged(spans):
        if start > done:
            pieces.append(Piece(text[done:start]))
        pieces.append(Piece(text[start:end], " · ".join(dict.fromkeys(labels))))
        done = end
    return (*pieces, Piece(text[done:])) if done < len(text) else tuple(pieces)


def _merged(spans: list[tuple[int, int, list[str]]]) -> list[tuple[int, int, list[str]]]:
    merged: list[tuple[int, int, list[str]]] = []
    for start, end, labels in sorted(spans, key=lambda span: span[:2]):
        if merged and start < merged[-1][1]:
            first, last, names = merged.pop()
            merged.append((first, max(last, end), names + labels))
        else:
            merged.append((start, end, labels))
    return merged


def wave(lines: Sequence[Line], facts: Mapping[str, Fact], *, duration: float) -> Wave:
    """Return who speaks when over a recording of so many seconds."""
    scale = WIDE / max(duration, *(line.end for line in lines), 1) if lines else 1
    bars = tuple(Bar(x, line.speaker == "caller") for line in lines for x in _strokes(line, scale))
    starts = {piece.start for fact in facts.values() for piece in fact.evidence}
    return Wave(bars, tuple(round(min(start * scale, WIDE - TICK), 1) for start in sorted(starts)))


def _strokes(line: Line, scale: float) -> list[float]:
    """Return where the strokes of one turn stand, at least one."""
    count = max(int((line.end - line.start) * scale / PITCH), 1)
    return [round(line.start * scale + PITCH * i, 1) for i in range(count)]
