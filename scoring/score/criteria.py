"""A tenant's weights and thresholds: the newest scoring profile, else the guide's defaults."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from scoring.models import ScoringProfile

PARTS = ("project_intent", "timeline_urgency", "budget_indicators", "call_duration", "customer_engagement")
DEFAULT_CONFIG: Mapping[str, float] = {
    "project_intent_weight": 0.3,
    "timeline_urgency_weight": 0.25,
    "budget_indicators_weight": 0.2,
    "call_duration_weight": 0.15,
    "customer_engagement_weight": 0.1,
}
DEFAULT_THRESHOLDS: Mapping[str, float | bool] = {
    "min_call_duration": 60,
    "min_confidence_score": 0.7,
    "required_project_intent": True,
}
"""The guide's scoring_config and quality_thresholds (Update Scoring Criteria)."""
_SUM_TOLERANCE = 0.001


class BadProfile(ValueError):
    """Weights or thresholds make no sense; the text says which and what to write."""


@dataclasses.dataclass(frozen=True, slots=True)
class Criteria:
    """What a score is computed by; version 0 is the guide's defaults."""

    version: int
    weights: Mapping[str, float]
    """Part → its share of 100, 0 to 1; all five together 1."""
    min_call_duration: float
    """Seconds."""
    min_confidence_score: float
    required_project_intent: bool


def load() -> Criteria:
    """Return the criteria in force in the current tenant."""
    profile = ScoringProfile.objects.order_by("-version").first()
    if profile is None:
        return parsed(0, DEFAULT_CONFIG, DEFAULT_THRESHOLDS)
    return parsed(profile.version, profile.scoring_config, profile.quality_thresholds)


def of_version(version: int) -> Criteria:
    """Return the criteria that a score of this version was computed by. Raises ScoringProfile.DoesNotExist."""
    if version == 0:
        return parsed(0, DEFAULT_CONFIG, DEFAULT_THRESHOLDS)
    profile = ScoringProfile.objects.get(version=version)
    return parsed(version, profile.scoring_config, profile.quality_thresholds)


def parsed(version: int, config: Mapping[str, Any], thresholds: Mapping[str, Any]) -> Criteria:
    """Return criteria from the guide's two objects; what is left out is the guide's. Raises BadProfile."""
    unknown = sorted({*config} - {*DEFAULT_CONFIG}) + sorted({*thresholds} - {*DEFAULT_THRESHOLDS})
    if unknown:
        raise BadProfile(
            f"Unknown: {', '.join(unknown)}. Allowed: {', '.join([*DEFAULT_CONFIG, *DEFAULT_THRESHOLDS])}."
        )
    merged = {**DEFAULT_CONFIG, **config}
    limits = {**DEFAULT_THRESHOLDS, **thresholds}
    weights = {part: _number(f"{part}_weight", merged[f"{part}_weight"], 1) for part in PARTS}
    total = sum(weights.values())
    if abs(total - 1) > _SUM_TOLERANCE:
        raise BadProfile(f"The five weights make {total * 100:.4g} %. Change them so that they make 100 %.")
    required = limits["required_project_intent"]
    if not isinstance(required, bool):
        raise BadProfile(f"required_project_intent is {required!r}; write true or false.")
    return Criteria(
        version=version,
        weights=weights,
        min_call_duration=_number("min_call_duration", limits["min_call_duration"], 86_400),
        min_confidence_score=_number("min_confidence_score", limits["min_confidence_score"], 1),
        required_project_intent=required,
    )


def _number(name: str, value: object, highest: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        raise BadProfile(f"{name} is {value!r}; write a number from 0 to {highest:g}.")
    return float(value)
