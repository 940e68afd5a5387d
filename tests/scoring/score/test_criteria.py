"""Weights and thresholds: the guide's defaults, a tenant's profile, and profiles that make no sense."""

from typing import Any

import pytest

from scoring.models import ScoringProfile
from scoring.score import criteria
from tenants.models import Tenant


def test_without_a_profile_the_guides_numbers_hold(in_cedar: Tenant) -> None:
    assert criteria.load() == criteria.Criteria(
        version=0,
        weights={
            "project_intent": 0.3,
            "timeline_urgency": 0.25,
            "budget_indicators": 0.2,
            "call_duration": 0.15,
            "customer_engagement": 0.1,
        },
        min_call_duration=60,
        min_confidence_score=0.7,
        required_project_intent=True,
    )


def test_the_newest_profile_holds(in_cedar: Tenant) -> None:
    for version, seconds in ((1, 10), (3, 30), (2, 20)):
        ScoringProfile.objects.create(
            version=version,
            scoring_config=dict(criteria.DEFAULT_CONFIG),
            quality_thresholds={"min_call_duration": seconds},
        )

    found = criteria.load()

    assert (found.version, found.min_call_duration, found.min_confidence_score) == (3, 30, 0.7)


@pytest.mark.parametrize(
    ("config", "thresholds", "text"),
    [
        ({"project_intent_weight": 0.35}, {}, "The five weights make 105 %. Change them so that they make 100 %."),
        ({"project_intent_weight": "much"}, {}, "project_intent_weight is 'much'; write a number from 0 to 1."),
        ({"project_intent_weight": -0.1}, {}, "project_intent_weight is -0.1; write a number from 0 to 1."),
        ({}, {"min_call_duration": True}, "min_call_duration is True; write a number from 0 to 86400."),
        ({}, {"min_confidence_score": 70}, "min_confidence_score is 70; write a number from 0 to 1."),
        ({}, {"required_project_intent": "yes"}, "required_project_intent is 'yes'; write true or false."),
    ],
)
def test_a_profile_that_makes_no_sense_says_why(config: dict[str, Any], thresholds: dict[str, Any], text: str) -> None:
    with pytest.raises(criteria.BadProfile) as raised:
        criteria.parsed(1, config, thresholds)

    assert str(raised.value) == text


def test_an_unknown_name_is_refused_with_the_allowed_ones() -> None:
    with pytest.raises(criteria.BadProfile, match=r"^Unknown: weather_weight\. Allowed: project_intent_weight, "):
        criteria.parsed(1, {"weather_weight": 0}, {})
