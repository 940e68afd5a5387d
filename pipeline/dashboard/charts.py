"""Charts as numbers for SVG, drawn by the server: a template writes them as attributes (the policy forbids styles)."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

WIDE, HIGH = 100.0, 32.0
"""A sparkline's own units; the page stretches them."""
GAP = 0.25
"""The part of a column's place that is left free."""


@dataclasses.dataclass(frozen=True, slots=True)
class Spark:
    """A line of numbers over time: `points` for a polyline, its end, and the height of the limit's dashed line."""

    points: str
    end: tuple[float, float]
    limit: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One piece of a column, from its upper edge `y` down, in percent of the chart's height."""

    kind: str
    count: int
    y: float
    height: float


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column of the chart, with its place in percent of the chart's width."""

    label: str
    x: float
    width: float
    parts: tuple[Part, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """Columns of stacked counts, and the marks of their scale, the highest first."""

    columns: tuple[Column, ...]
    marks: tuple[int, ...]


def spark(values: Sequence[float], limit: float | None = None) -> Spark:
    """Return a sparkline of one number or more; the limit lies inside the picture. Raises ValueError: no number."""
    known = [*values, *(() if limit is None else (limit,))]
    low, high = min(known), max(known)
    apart = high - low or 1.0
    heights = [_round(HIGH - 2 - (value - low) / apart * (HIGH - 4)) for value in known]
    apart_x = WIDE / max(len(values) - 1, 1)
    at = [(_round(index * apart_x), height) for index, height in enumerate(heights[: len(values)])]
    return Spark(" ".join(f"{x},{y}" for x, y in at), at[-1], None if limit is None else heights[-1])


def columns(rows: Sequence[tuple[str, Mapping[str, int]]]) -> Chart:
    """Return a stacked chart of rows (label, count by kind); each row's first kind stands at the foot."""
    top = _scale(max((sum(counts.values()) for _, counts in rows), default=0))
    place = 100 / max(len(rows), 1)
    made = tuple(
        Column(label, _round(place * (index + GAP / 2)), _round(place * (1 - GAP)), _stack(counts, top))
        for index, (label, counts) in enumerate(rows)
    )
    return Chart(made, (top, top // 2, 0))


def _stack(counts: Mapping[str, int], top: int) -> tuple[Part, ...]:
    parts, below = [], 0
    for kind, count in counts.items():
        below += count
        if count:
            parts.append(Part(kind, count, _round(100 - 100 * below / top), _round(100 * count / top)))
    return tuple(parts)


def _scale(most: int) -> int:
    """Return the least round even number that nothing rises above."""
    unit = int(10 ** int(math.log10(max(most, 1))))
    return next(size for size in (2 * unit, 4 * unit, 6 * unit, 8 * unit, 10 * unit, 20 * unit) if size >= most)


def _round(value: float) -> float:
    return round(value, 2)
