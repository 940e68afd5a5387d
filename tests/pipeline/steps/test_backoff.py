"""Waits: the schedule, its jitter, Retry-After, and the scale of fault runs."""

import datetime as dt
import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from pipeline.steps import backoff

NOW = 1_700_000_000.0


def test_the_schedule_is_the_designs() -> None:
    assert backoff.SCHEDULE == (5, 30, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


@given(st.integers(1, 30))
def test_a_wait_lies_within_a_fifth_of_the_schedules(attempt: int) -> None:
    base = backoff.SCHEDULE[min(attempt, 10) - 1]

    assert 0.8 * base <= backoff.wait(attempt) <= 1.2 * base


def test_time_scale_divides_every_wait(settings: Settings) -> None:
    settings.TIME_SCALE = 100

    assert 0.04 <= backoff.wait(1) <= 0.06
    assert backoff.asked(50) == 0.5


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 0), ("", None), (None, None), ("-3", None), ("abc", None), ("1.5", None), ("9" * 12, None)],
)
def test_retry_after_in_seconds(header: str | None, seconds: float | None) -> None:
    assert backoff.retry_after(header, NOW) == seconds


def test_retry_after_as_a_date_and_one_in_the_past() -> None:
    later = email.utils.format_datetime(dt.datetime.fromtimestamp(NOW + 90, dt.UTC), usegmt=True)
    earlier = email.utils.format_datetime(dt.datetime.fromtimestamp(NOW - 90, dt.UTC), usegmt=True)

    assert backoff.retry_after(later, NOW) == 90
    assert backoff.retry_after(earlier, NOW) == 0


@given(st.text(max_size=40))
def test_no_retry_after_header_breaks_the_reader(header: str) -> None:
    seconds = backoff.retry_after(header, NOW)

    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(("asked", "waits"), [(0, 1), (30, 30), (1e9, 86400), (None, backoff.RATE_WAIT)])
def test_what_the_other_side_asks_for_is_kept_within_a_second_and_a_day(asked: float | None, waits: float) -> None:
    assert backoff.asked(asked) == waits
