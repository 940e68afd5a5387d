"""The nemesis: what strikes when, the same for the same seed."""

import dataclasses
import random
from collections.abc import Sequence

FIRST_SECONDS = 3.0
MORE = (3, 6)
"""Strikes beyond one a target, at least and at most."""


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Strike:
    """One blow: seconds after the start, whom it hits, how, and how long it stays down."""

    at: float
    target: str
    way: str
    seconds: float


def plan(seed: int, targets: Sequence[str], ways: Sequence[str], *, span: float) -> list[Strike]:
    """Return the strikes within `span` seconds: each target and each way at least once, then some more."""
    chance = random.Random(seed)
    hit = [*targets, *(chance.choice(targets) for _ in range(chance.randint(*MORE)))]
    chance.shuffle(hit)
    struck = [*ways, *(chance.choice(ways) for _ in range(max(len(hit) - len(ways), 0)))]
    chance.shuffle(struck)
    return sorted(
        Strike(chance.uniform(FIRST_SECONDS, span), target, way, chance.uniform(0.2, 2.5))
        for target, way in zip(hit, struck, strict=False)
    )
