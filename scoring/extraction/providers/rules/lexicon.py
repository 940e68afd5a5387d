"""The words of each kind of project, read from projects.toml, and which kind wins where two were named."""

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path


@dataclasses.dataclass(frozen=True, slots=True)
class Hit:
    """A pattern of a kind of project found in a text: the kind, its row in the lexicon, its weight, where."""

    kind: str
    row: int
    weight: float
    match: re.Match[str]


def _read() -> dict[str, tuple[tuple[re.Pattern[str], float], ...]]:
    rows = tomllib.loads(Path(__file__).with_name("projects.toml").read_text(encoding="utf-8"))
    return {
        kind: tuple((re.compile(pattern, re.IGNORECASE), weight) for weight, pattern in patterns)
        for kind, patterns in rows.items()
    }


TYPES: Mapping[str, tuple[tuple[re.Pattern[str], float], ...]] = _read()
"""Kind of project → its patterns, each with its weight."""
BEATS: tuple[tuple[str, str, float], ...] = (
    ("other", "plumbing repair", 0.6),
    ("other", "door replacement", 0.6),
    ("cabinet painting", "interior painting", 1.0),
    ("cabinet painting", "kitchen remodel", 1.0),
    ("kitchen remodel", "countertops", 0.6),
    ("floor refinishing", "flooring installation", 1.0),
    ("mold remediation", "bathroom remodel", 0.8),
    ("mold remediation", "roof repair", 0.5),
    ("ev charger installation", "electrical panel upgrade", 1.0),
    ("ev charger installation", "electrical repair", 1.0),
    ("solar repair", "solar installation", 0.6),
    ("solar installation", "roof replacement", 0.6),
    ("solar installation", "roof repair", 0.8),
    ("solar installation", "electrical repair", 0.8),
    ("storm damage", "gutters", 0.6),
    ("storm damage", "siding", 0.6),
    ("storm damage", "roof replacement", 0.8),
    ("storm damage", "roof repair", 1.0),
    ("water heater", "plumbing repair", 1.0),
    ("repiping", "plumbing repair", 0.6),
    ("drain and sewer", "plumbing repair", 0.8),
    ("generator installation", "electrical repair", 1.0),
    ("garage conversion", "home addition", 0.7),
    ("whole home remodel", "kitchen remodel", 0.8),
    ("whole home remodel", "bathroom remodel", 0.8),
    ("pool remodel", "pool service", 0.8),
    ("hardscaping", "landscaping", 0.6),
    ("basement waterproofing", "basement finishing", 0.9),
    ("water damage restoration", "plumbing repair", 0.6),
    ("water damage restoration", "lighting installation", 0.3),
    ("fire damage restoration", "kitchen remodel", 1.0),
    ("fire damage restoration", "electrical repair", 1.0),
)
"""(this, over that, from this share of that one's points on): which of two that were named is the job."""


def hits(text: str) -> tuple[Hit, ...]:
    """Return every pattern found in a text, each where it stands first."""
    return tuple(
        Hit(kind, row, weight, match)
        for kind, rows in TYPES.items()
        for row, (pattern, weight) in enumerate(rows)
        if (match := pattern.search(text))
    )
