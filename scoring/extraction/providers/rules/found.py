"""What a rule hands on: one candidate for a fact, with its words."""

import dataclasses

from scoring.extraction.provider import Evidence, Fact


@dataclasses.dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value of a fact: how sure, how much the caller prefers it, and where it stands in the call."""

    value: str
    confidence: float
    evidence: tuple[Evidence, ...]
    turn: int
    preferred: int = 0

    def fact(self) -> Fact:
        """Return it as a fact."""
        return Fact(self.value, self.confidence, self.evidence)


def best(candidates: list[Candidate]) -> Candidate | None:
    """Return the one the caller prefers; of equals the last: the last correction wins."""
    ordered = sorted(candidates, key=lambda one: (one.preferred, one.turn))  # stable: said later, sorted later
    return ordered[-1] if ordered else None
