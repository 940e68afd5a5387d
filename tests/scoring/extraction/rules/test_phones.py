"""Numbers as they are said: any rendering of ten digits, corrections, other people's and the company's own numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.extraction.providers.rules import dialogue, phones
from tests.scoring.labelled import talk

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["", "", *["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]]


def number(*said: str) -> str | None:
    fact = phones.find(dialogue.read(talk(*said)))
    return None if fact is None else str(fact.value)


@st.composite
def spoken_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a number of ten digits and a way to say it."""
    digits = draw(st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True))
    words: list[str] = []
    at = 0
    while at < len(digits):
        one, two = digits[at], digits[at + 1 : at + 2]
        ways = [[DIGITS[int(one)]]] + ([["oh"]] if one == "0" else [])
        if two and one == two:
            ways.append(["double", ways[-1][0]])
        if two and one == "1":
            ways.append([TEENS[int(two)]])
        if two and one > "1" and two != "0":
            ways.append([TENS[int(one)], DIGITS[int(two)]])
        chosen = draw(st.sampled_from(ways))
        words += chosen
        at += 2 if len(chosen) == 2 or chosen[0] in TEENS else 1
    return digits, " ".join(words)


@given(spoken_numbers())
def test_a_spoken_number_is_read_however_it_is_said(case: tuple[str, str]) -> None:
    digits, words = case

    assert number("A: and your number", f"C: it's {words} thanks") == f"+1{digits}"


@given(
    st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True),
    st.sampled_from(["{}-{}-{}", "({}) {}-{}", "{}.{}.{}", "{} {} {}"]),
)
def test_a_written_number_is_read_in_every_usual_form(digits: str, form: str) -> None:
    written = form.format(digits[:3], digits[3:6], digits[6:])

    assert number("A: And your number?", f"C: My cell is {written}.") == f"+1{digits}"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["C: it's five one two five five five oh one three four no wait oh one three five"], "+15125550135"),
        (["C: 512-555-0134. No, sorry, 0135. 512-555-0135."], "+15125550135"),
        (
            [
                "C: five one two five five five oh one eighty eight",
                "A: oh one eight eight",
                "C: sorry no oh one eight zero",
            ],
            "+15125550180",
        ),
        (["C: five one two", "A: mm hmm", "C: five five five oh one three four"], "+15125550134"),
        (
            ["C: it's five one two five five five oh one three four again 512 555 0134"],
            "+15125550134",
        ),
        (["C: that's my work 512-555-0101. Use my cell, 512-555-0102."], "+15125550102"),
        (["C: My cell is 512-555-0102. That's better than 512-555-0101, that's my office."], "+15125550102"),
        (["C: 512-555-0102. Don't use the one I'm calling from."], "+15125550102"),
        (["A: is five one two five five five oh one three four still good", "C: yes that's it"], "+15125550134"),
        (["A: I have 512-555-0134?", "C: No, that's old."], None),
        (["A: call us back at 512-555-0199 okay", "C: yes thank you"], None),
        (["A: is this number good, ending in seven one", "C: yeah that's my phone"], None),
        (["C: my number is two eight one five five five oh one"], None),
        (["C: about twenty two hundred square feet and it's forty years old"], None),
        (["A: you'll get a text from five one two five five five oh one nine nine", "C: okay thank you"], None),
    ],
)
def test_the_number_to_use_is_the_callers_last_word(said: list[str], expected: str | None) -> None:
    assert number("A: and what's the best number", *said) == expected
