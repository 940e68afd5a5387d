"""When the work is wanted: the caller's words, and how urgent that is on the day of the call."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.extraction.providers.rules import dates, dialogue, timeline
from tests.scoring.labelled import talk

CALLED_AT = dt.datetime(2025, 11, 20, 15, tzinfo=dt.UTC)


def when(*said: str, kind: str = "kitchen remodel") -> tuple[object, object]:
    facts = timeline.find(dialogue.read(talk(*said)), project_type=kind, started_at=CALLED_AT)
    return tuple(facts[name].value if name in facts else None for name in ("timeline", "urgency"))  # type: ignore[return-value]  # two names


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            ["A: when do you want it", "C: right after new year's mid january"],
            ("right after new year's mid january", "within_3_months"),
        ),
        (["A: when", "C: it's july now so after labor day"], ("after labor day", "within_3_months")),
        (["A: When would you like it?", "C: Next week, if possible."], ("Next week", "within_month")),
        (["A: how soon", "C: in five or six weeks"], ("in five or six weeks", "within_3_months")),
        (["A: timing", "C: next summer"], ("next summer", "within_year")),
        (["A: when", "C: a year or two"], ("a year or two", "planning")),
        (["A: when", "C: no rush just planning"], ("no rush just planning", "planning")),
        (["A: when", "C: as soon as possible"], ("as soon as possible", "within_month")),
        (["C: we bought it in two thousand nine and redid the bath two years ago"], (None, None)),
        (["C: the storm hit tuesday"], (None, None)),
        (["A: how are you today", "C: good how are you today"], (None, None)),
        (["C: what does it cost"], (None, None)),
    ],
)
def test_timeline_and_urgency_of_a_project(said: list[str], expected: tuple[str | None, str | None]) -> None:
    assert when(*said) == expected


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        ("plumbing repair", "there's water everywhere and i can't turn it off", ("now", "emergency")),
        (
            "hvac repair",
            "our furnace quit and it's fifty degrees with a newborn, can you come today",
            ("come today", "emergency"),
        ),
        (
            "roof repair",
            "it leaks around the chimney when it rains, it's not an emergency, sometime this month",
            ("sometime this month", "within_month"),
        ),
        ("electrical repair", "there was a fire last year but it's fine now, no rush", ("no rush", "planning")),
    ],
)
def test_harm_at_this_moment_is_an_emergency(kind: str, said: str, expected: tuple[str, str]) -> None:
    assert when("A: how can i help", f"C: {said}", kind=kind) == expected


@given(st.text(max_size=120), st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)))
def test_moments_lie_inside_the_text_and_not_behind_the_call(text: str, today: dt.date) -> None:
    moments = dates.find(text, today)

    assert all(0 <= one.start < one.end <= len(text) for one in moments)
    assert all(one.days is None or one.days >= 0 for one in moments)


@given(
    st.sampled_from(
        [
            *[
                "january",
                "february",
                "march",
                "april",
                "june",
                "july",
                "august",
                "september",
                "october",
                "november",
                "december",
            ]
        ]
    ),
    st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)),
)
def test_every_month_on_every_day_is_less_than_a_year_away(month: str, today: dt.date) -> None:
    (moment,) = dates.find(f"we want it in {month}", today)

    assert moment.days is not None
    assert moment.days <= 366
