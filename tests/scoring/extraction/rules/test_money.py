"""Budgets as they are said: ranges, ceilings, sums; and the figures that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.extraction.providers.rules import dialogue, money
from tests.scoring.labelled import talk

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["", "", *["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]]


def words(number: int) -> str:
    """Return a number below a hundred in words."""
    if number < 20:
        return ONES[number]
    return TENS[number // 10] + (f" {ONES[number % 10]}" if number % 10 else "")


def budget(*said: str) -> tuple[object, object]:
    facts = money.find(dialogue.read(talk(*said)))
    return tuple(facts[name].value if name in facts else None for name in ("budget_min", "budget_max"))  # type: ignore[return-value]  # two names


@given(
    st.integers(2, 98),
    st.integers(1, 90),
    st.sampled_from(["between {} and {} thousand", "{} to {} thousand", "like {} or {} grand"]),
)
def test_a_spoken_range_keeps_both_ends(low: int, more: int, form: str) -> None:
    high = min(99, low + more)

    found = budget("A: and do you have a budget", f"C: we're thinking {form.format(words(low), words(high))}")

    assert found == (low * 1000, high * 1000)


@given(st.integers(1_000, 900_000), st.integers(0, 100_000))
def test_a_written_range_keeps_both_ends(low: int, more: int) -> None:
    assert budget("A: What's your budget?", f"C: ${low:,} to ${low + more + 1:,}.") == (low, low + more + 1)


@given(st.integers(2, 99))
def test_a_ceiling_has_no_lower_end(thousands: int) -> None:
    assert budget("A: what's your budget", f"C: up to {words(thousands)} thousand") == (None, thousands * 1000)


@given(st.integers(2, 99))
def test_about_a_sum_is_both_ends(thousands: int) -> None:
    assert budget("C: we wanted to spend around " + words(thousands) + " thousand") == (thousands * 1000,) * 2


@given(st.text(max_size=200))
def test_any_text_gives_a_budget_with_its_ends_in_order(text: str) -> None:
    low, high = budget("A: what's your budget", f"C: {text}")

    assert low is None or high is None or low <= high  # type: ignore[operator]  # whole numbers


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["C: forty five hundred to six"], (4500, 6000)),
        (["C: ten no wait i mean twelve thousand"], (12000, 12000)),
        (["C: Somewhere between 40 and 50."], (40000, 50000)),
        (["C: i was thinking 30", "A: thirty thousand okay"], (30000, 30000)),
        (["C: like twenty five hundred tops for the whole thing"], (None, 2500)),
        (["C: between forty and fifty thousand", "A: okay", "C: well fifty is kind of the ceiling"], (40000, 50000)),
        (
            [
                "C: the budget's like ten",
                "A: okay ten thousand",
                "C: no with the wall we should say fifteen to eighteen",
            ],
            (15000, 18000),
        ),
        (["C: My neighbor paid twelve, but I can't go over eight thousand."], (None, 8000)),
        (["C: One company quoted us $38,000. We're thinking around $25,000."], (25000, 25000)),
        (["C: a waiver that pays up to $9,000"], (None, 9000)),
        (["C: maybe like a thousand, a thousand and five hundred"], (1000, 1500)),
        (["C: not over two hundred a month"], (None, 200)),
        (["C: somebody told me three dollars a foot"], (None, None)),
        (["C: my deductible's twenty five hundred"], (None, None)),
        (["C: the electric bill is three hundred a month"], (None, None)),
        (["C: i'd want payments of two hundred a month"], (None, None)),
        (["C: it's about twelve hundred square feet"], (None, None)),
        (["C: a guy came out and wrote sixteen thousand"], (None, None)),
    ],
)
def test_only_the_callers_own_last_sum_counts(said: list[str], expected: tuple[int | None, int | None]) -> None:
    assert budget("A: and do you have a budget in mind", *said) == expected


def test_the_agents_price_is_no_budget() -> None:
    assert budget("A: it usually runs eleven to thirteen thousand", "C: oh okay that's fine") == (None, None)


def test_a_sum_in_the_agents_question_counts_when_the_caller_takes_it() -> None:
    assert budget("A: Is your budget around $20,000?", "C: Yes, about that.") == (20000, 20000)
