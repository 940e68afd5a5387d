"""The guide's limits at and beside each of their edges."""

import pytest

from pipeline.health.thresholds import CRM, DELAY, ERRORS, PENDING, Figures, Light, Limit, judge, rate

GREEN, YELLOW, RED = Light


@pytest.mark.parametrize(
    ("limit", "value", "light"),
    [
        (PENDING, 0, GREEN),
        (PENDING, 1, YELLOW),
        (PENDING, 50, YELLOW),
        (PENDING, 51, RED),
        (DELAY, 120, GREEN),
        (DELAY, 120.5, YELLOW),
        (DELAY, 90_000, YELLOW),
        (ERRORS, 0, GREEN),
        (ERRORS, 0.99, GREEN),
        (ERRORS, 1, YELLOW),
        (ERRORS, 5, YELLOW),
        (ERRORS, 5.01, RED),
        (CRM, 100, GREEN),
        (CRM, 95.1, GREEN),
        (CRM, 95, YELLOW),
        (CRM, 90, YELLOW),
        (CRM, 89.9, RED),
    ],
)
def test_a_figure_has_the_guides_light(limit: Limit, value: float, light: Light) -> None:
    assert limit.light(value) is light


def test_the_worst_figure_is_the_verdict_and_the_sentence_says_why() -> None:
    verdict = judge(Figures(pending=7, delay_seconds=10, error_percent=0.2, crm_percent=88))

    assert (verdict.light, verdict.light.sign, verdict.light.status) == (RED, "🔴", "Degraded/Down")
    assert verdict.sentence == "CRM sync: 88 %, below the limit of 90."
    assert [one.light for one in verdict.findings] == [YELLOW, GREEN, GREEN, RED]


def test_nothing_to_tell_of_is_operational() -> None:
    verdict = judge(Figures())

    assert (verdict.light.sign, verdict.light.status) == ("🟢", "Operational")


def test_a_rate_counts_from_twenty_calls_on() -> None:
    assert rate(3, 19) is None
    assert rate(3, 20) == 15
