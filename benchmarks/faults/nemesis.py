"""The nemesis: what strikes when, the same for the same seed."""

import dataclasses
import random
from collections.abc import Sequence

FIRST_SECONDS = 3.0
MORE = (3, 6)
"""Strikes beyond one a blow, at least and at most."""


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Strike:
    """One blow: seconds after the start, whom it hits, how, and how long it stays down."""

    at: float
    target: str
    way: str
    seconds: float


def plan(seed: int, blows: Sequence[tuple[str, str]], *, span: float) -> list[Strike]:
    """Return the strikes within `span` seconds: each blow (target, way) once, then some more of them."""
    chance = random.Random(seed)
    struck = [*blows, *(chance.choice(blows) for _ in range(chance.randint(*MORE)))]
    return sorted(
        Strike(chance.uniform(FIRST_SECONDS, span), target, way, chance.uniform(0.2, 2.5)) for target, way in struck
    )
