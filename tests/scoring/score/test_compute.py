"""The score: bounds, bands, thresholds, and that more of a good sign never lowers it."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.extraction.provider import CALLER_KINDS, Evidence, Fact
from scoring.score import compute, criteria
from tests.scoring.labelled import talk

DEFAULTS = criteria.parsed(0, {}, {})
WORDS = (Evidence(1, 5.0, "a kitchen"),)
FULL: dict[str, Fact] = {
    "first_name": Fact("Rosalind", 0.9, WORDS),
    "last_name": Fact("Okafor", 0.9, WORDS),
    "stated_phone": Fact("+15125550134", 0.9, WORDS),
    "email": Fact("a@example.com", 0.9, WORDS),
    "project_type": Fact("kitchen remodel", 0.9, WORDS),
    "timeline": Fact("mid january", 0.8, WORDS),
    "urgency": Fact("within_3_months", 0.8, WORDS),
    "budget_min": Fact(40_000, 0.9, WORDS),
    "budget_max": Fact(50_000, 0.9, WORDS),
}
LINES = talk(
    "A: how can i help", "C: i want an estimate on a kitchen", "A: can i come saturday at ten", "C: saturday is perfect"
)
URGENCIES = ("planning", "within_year", "within_3_months", "within_month", "emergency")


def score(**changes: Any) -> compute.Score:
    given: dict[str, Any] = {
        "caller_kind": "lead",
        "project_intent": True,
        "facts": FULL,
        "lines": LINES,
        "duration": 191,
        "confidence": 0.9,
        "criteria": DEFAULTS,
    }
    return compute.of_transcript(**{**given, **changes})


@st.composite
def weights(draw: st.DrawFn) -> criteria.Criteria:
    """Draw criteria with five weights of whole percent that make 100."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=4, max_size=4)))
    shares = [after - before for before, after in zip([0, *cuts], [*cuts, 100], strict=True)]
    config = {f"{part}_weight": share / 100 for part, share in zip(criteria.PARTS, shares, strict=True)}
    return criteria.parsed(1, config, {})


facts = st.sets(st.sampled_from(sorted(FULL))).map(lambda names: {name: FULL[name] for name in names})


@given(weights(), facts, st.sampled_from(CALLER_KINDS), st.booleans(), st.integers(0, 7200), st.floats(0, 1))
def test_every_score_is_the_sum_of_its_parts_and_lies_between_0_and_100(
    limits: criteria.Criteria,
    found: dict[str, Fact],
    kind: str,
    intent: bool,  # noqa: FBT001  (hypothesis passes by position)
    duration: int,
    confidence: float,
) -> None:
    made = score(
        criteria=limits, facts=found, caller_kind=kind, project_intent=intent, duration=duration, confidence=confidence
    )

    assert 0 <= made.score <= 100
    assert made.score == sum(part.points for part in made.parts)
    assert [part.name for part in made.parts] == list(criteria.PARTS)
    assert all(0 <= part.points <= part.most and part.why.endswith(".") for part in made.parts)
    assert made.band in {"hot", "warm", "cold", "not_a_lead"}
    assert not (made.below_thresholds and made.band == "hot")


@given(weights(), facts, st.integers(0, 600), st.integers(0, 600))
def test_a_longer_call_never_scores_less(
    limits: criteria.Criteria, found: dict[str, Fact], less: int, more: int
) -> None:
    shorter, longer = (score(criteria=limits, facts=found, duration=seconds).score for seconds in (less, less + more))

    assert shorter <= longer


@given(weights(), facts, st.integers(0, 4), st.integers(0, 4))
def test_a_nearer_date_never_scores_less(
    limits: criteria.Criteria, found: dict[str, Fact], one: int, other: int
) -> None:
    later, sooner = (
        score(criteria=limits, facts={**found, "urgency": Fact(URGENCIES[at], 0.9, WORDS)}).score
        for at in sorted((one, other))
    )

    assert later <= sooner


@given(
    weights(), facts, st.sampled_from(["first_name", "last_name", "stated_phone", "email", "budget_min", "budget_max"])
)
def test_a_fact_more_never_lowers_the_score(limits: criteria.Criteria, found: dict[str, Fact], name: str) -> None:
    without = {key: value for key, value in found.items() if key != name}

    assert (
        score(criteria=limits, facts=without).score <= score(criteria=limits, facts={**without, name: FULL[name]}).score
    )


@given(st.sampled_from(CALLER_KINDS), facts, st.integers(0, 7200))
def test_without_intent_length_and_engagement_count_nothing(kind: str, found: dict[str, Fact], duration: int) -> None:
    made = score(caller_kind=kind, project_intent=False, facts=found, duration=duration)

    points = {part.name: part.points for part in made.parts}
    assert (points["call_duration"], points["customer_engagement"], made.band) == (0, 0, "not_a_lead")


def test_each_part_says_why_and_shows_the_words() -> None:
    made = score()

    assert [
        (part.name, part.points, part.most, part.why, [one.quote for one in part.evidence]) for part in made.parts
    ] == [
        ("project_intent", 29, 30, "Asks for an estimate for kitchen remodel.", ["a kitchen"]),
        ("timeline_urgency", 21, 25, "Within three months, with a time named.", ["a kitchen"]),
        ("budget_indicators", 19, 20, "Names a range in dollars.", ["a kitchen"]),
        ("call_duration", 15, 15, "3 min 11 s. Full points from 3 min.", []),
        (
            "customer_engagement",
            10,
            10,
            "Spoke 50 % of the time, left contact data, agreed on a visit.",
            ["saturday is perfect"],
        ),
    ]
    assert (made.score, made.band, made.below_thresholds) == (94, "hot", ())


@pytest.mark.parametrize(
    ("points", "kind", "below", "expected"),
    [
        (75, "lead", (), "hot"),
        (74, "lead", (), "warm"),
        (45, "voicemail", (), "warm"),
        (44, "existing_customer", (), "cold"),
        (15, "lead", (), "cold"),
        (14, "lead", (), "not_a_lead"),
        (99, "lead", ("min_call_duration",), "warm"),
        (44, "lead", ("min_call_duration",), "cold"),
        (99, "vendor", (), "not_a_lead"),
        (99, "job_applicant", (), "not_a_lead"),
        (99, "wrong_number", (), "not_a_lead"),
        (99, "spam", (), "not_a_lead"),
        (99, "robocall", (), "not_a_lead"),
        (99, "unknown", (), "not_a_lead"),
    ],
)
def test_bands(points: int, kind: str, below: tuple[str, ...], expected: str) -> None:
    assert compute.band(points, kind=kind, below_thresholds=below) == expected


@pytest.mark.parametrize(
    ("changes", "below"),
    [
        ({}, ()),
        ({"duration": 59}, ("min_call_duration",)),
        ({"duration": 60, "confidence": 0.7}, ()),
        ({"confidence": 0.69}, ("min_confidence_score",)),
        ({"project_intent": False}, ("required_project_intent",)),
        (
            {"duration": 1, "confidence": 0.1, "project_intent": False},
            ("min_call_duration", "min_confidence_score", "required_project_intent"),
        ),
        ({"duration": 1, "confidence": 0.1, "project_intent": False, "caller_kind": "vendor"}, ()),
    ],
)
def test_thresholds_that_a_lead_falls_below_are_named(changes: dict[str, Any], below: tuple[str, ...]) -> None:
    assert score(**changes).below_thresholds == below


def test_a_tenant_that_needs_no_intent_is_not_told_about_it() -> None:
    limits = dataclasses.replace(DEFAULTS, required_project_intent=False)

    assert score(project_intent=False, criteria=limits).below_thresholds == ()


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        ("shopping", "i'm just calling around getting prices"),
        ("holds_back", "let me think about it"),
        ("not_owner", "i rent"),
        ("cannot_pay", "i can't afford it"),
    ],
)
def test_a_hesitation_costs_points_and_is_said(signal: str, said: str) -> None:
    plain, hesitant = score(), score(lines=[*LINES, dataclasses.replace(LINES[1], position=9, text=said)])

    assert hesitant.score < plain.score
    assert " but " in hesitant.parts[0].why


def test_work_that_the_company_does_not_take_scores_low() -> None:
    declined = [*LINES, dataclasses.replace(LINES[0], position=9, text="sorry that's outside our area")]

    assert score(lines=declined).band == "cold"


@pytest.mark.parametrize(
    ("kind", "direction", "duration", "expected"),
    [
        ("lead", "inbound", 0, 21),
        ("lead", "inbound", 240, 23),
        ("lead", "outbound", 240, 9),
        ("unknown", "inbound", 0, 0),
    ],
)
def test_a_call_without_words_is_scored_by_its_facts(kind: str, direction: str, duration: int, expected: int) -> None:
    made = compute.of_call_facts(
        caller_kind=kind, direction=direction, duration=duration, confidence=0.4, criteria=DEFAULTS
    )

    assert made.score == expected
    assert made.band == ("cold" if expected >= 15 else "not_a_lead")
