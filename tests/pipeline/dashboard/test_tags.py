"""Times, lengths and numbers as the pages write them."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from pipeline.dashboard import tags


@pytest.mark.parametrize(("seconds", "shown"), [(None, "0:00"), (0, "0:00"), (191.9, "3:11"), (3729, "1:02:09")])
def test_a_length_reads_as_a_player_shows_it(seconds: float | None, shown: str) -> None:
    assert tags.running_time(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.009, "9 ms"),
        (0.62, "0.6 s"),
        (3, "3 s"),
        (11.4, "11 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (5189, "1 h 26 min"),
    ],
)
def test_work_takes_as_long_as_a_person_says(seconds: float, shown: str) -> None:
    assert tags.took(seconds) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+15125550134", "(512) 555-0134"), ("+442079460000", "+44 20 7946 0000"), ("", ""), ("Anonymous", "Anonymous")],
)
def test_a_number_reads_as_people_write_it(number: str, shown: str) -> None:
    assert tags.phone(number) == shown


@time_machine.travel("2026-11-24T04:30:00Z", tick=False)
def test_days_are_the_readers_own() -> None:
    evening = dt.datetime(2026, 11, 23, 23, 0, tzinfo=dt.UTC)

    in_utc = tags.day(evening)
    with timezone.override(dt.timezone(-dt.timedelta(hours=6))):
        in_chicago = tags.day(evening)

    assert (in_utc, in_chicago) == ("yesterday", "today")
    assert tags.day(dt.datetime(2025, 8, 14, 12, tzinfo=dt.UTC)) == "14 Aug 2025"
