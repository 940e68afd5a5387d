"""The lead score: five parts by the tenant's weights, each explained in words. Pure: same input, same score."""

import dataclasses
from collections.abc import Mapping, Sequence

from scoring.extraction.provider import Evidence, Fact, Line
from scoring.score import parts, signals
from scoring.score.criteria import PARTS, Criteria
from scoring.score.parts import Rated, Reading

LEAD_KINDS = frozenset({"lead", "voicemail", "existing_customer"})
HOT, WARM, COLD = 75, 45, 15


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One of the five parts: its points, the most it can give, why, and the words that show it."""

    name: str
    points: int
    most: float
    why: str
    evidence: tuple[Evidence, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """A lead score, 0 to 100, with its five parts in the guide's order."""

    score: int
    band: str
    parts: tuple[Part, ...]
    below_thresholds: tuple[str, ...]


def of_transcript(
    *,
    caller_kind: str,
    project_intent: bool,
    facts: Mapping[str, Fact],
    lines: Sequence[Line],
    duration: float,
    confidence: float,
    criteria: Criteria,
) -> Score:
    """Score a call by what was said; duration in seconds, confidence 0 to 1."""
    reading = Reading(
        kind=caller_kind, intent=project_intent, facts=facts, signals=signals.read(lines), duration=duration
    )
    rated = {
        "project_intent": parts.project_intent(reading),
        "timeline_urgency": parts.timeline_urgency(reading),
        "budget_indicators": parts.budget_indicators(reading),
        "call_duration": parts.call_duration(reading),
        "customer_engagement": parts.customer_engagement(reading),
    }
    return _score(
        rated, caller_kind, _below(caller_kind, duration, confidence, criteria, intent=project_intent), criteria
    )


def of_call_facts(*, caller_kind: str, direction: str, duration: float, confidence: float, criteria: Criteria) -> Score:
    """Score a call without a transcript by its direction and its duration in seconds: what was wanted isn't known."""
    rated = parts.without_words(kind=caller_kind, direction=direction, duration=duration)
    return _score(rated, caller_kind, _below(caller_kind, duration, confidence, criteria, intent=False), criteria)


def _score(rated: Mapping[str, Rated], kind: str, below: tuple[str, ...], criteria: Criteria) -> Score:
    made = tuple(_part(name, rated[name], criteria.weights[name]) for name in PARTS)
    score = min(100, sum(part.points for part in made))
    return Score(score, band(score, kind=kind, below_thresholds=below), made, below)


def _part(name: str, rated: Rated, weight: float) -> Part:
    most = round(weight * 100, 2)
    points = min(int(most), int(rated.share * most + 0.5))
    return Part(name, points, most, rated.why, rated.evidence)


def _below(kind: str, duration: float, confidence: float, criteria: Criteria, *, intent: bool) -> tuple[str, ...]:
    """Return the names of the thresholds it falls below; who is no lead needs no review."""
    if kind not in LEAD_KINDS:
        return ()
    fails = {
        "min_call_duration": duration < criteria.min_call_duration,
        "min_confidence_score": confidence < criteria.min_confidence_score,
        "required_project_intent": criteria.required_project_intent and not intent,
    }
    return tuple(name for name, failed in fails.items() if failed)


def band(score: int, *, kind: str, below_thresholds: Sequence[str] = ()) -> str:
    """Return hot, warm, cold or not_a_lead; below a threshold never hot."""
    if kind not in LEAD_KINDS or score < COLD:
        return "not_a_lead"
    if score >= HOT and not below_thresholds:
        return "hot"
    return "warm" if score >= WARM else "cold"
