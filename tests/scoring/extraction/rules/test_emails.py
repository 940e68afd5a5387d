"""E-mail addresses as they are said, spelled, read back and confirmed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.extraction.providers.rules import dialogue, emails
from tests.scoring.labelled import talk

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
SIGNS = {".": "dot", "_": "underscore", "-": "dash"}


def address(*said: str, names: tuple[str, ...] = ()) -> str | None:
    fact = emails.find(dialogue.read(talk(*said)), names=names)
    return None if fact is None else str(fact.value)


@st.composite
def spoken_addresses(draw: st.DrawFn) -> tuple[str, str]:
    """Draw an address and the way it is said."""
    parts, words = [], []
    for count in range(draw(st.integers(1, 3))):
        if count:
            sign = draw(st.sampled_from(sorted(SIGNS)))
            parts.append(sign)
            words.append(SIGNS[sign])
        name = draw(st.sampled_from(["rosalind", "okafor", "mcneil", "quilts", "garcia", "b", "katie"]))
        parts.append(name)
        words.append(name)
    for digit in draw(st.lists(st.integers(0, 9), max_size=3)):
        parts.append(str(digit))
        words.append(DIGITS[digit])
    host, said = draw(
        st.sampled_from(
            [
                ("gmail.com", "g mail dot com"),
                ("example.org", "example dot org"),
                ("aol.com", "a o l"),
                ("lotusyoga.example", "lotus yoga dot example"),
            ]
        )
    )
    return "".join(parts) + "@" + host, " ".join(words) + " at " + said


@given(spoken_addresses(), st.sampled_from(["it's", "yeah it's", "my email is", "um", "sure it's"]))
def test_a_spoken_address_is_read(case: tuple[str, str], lead: str) -> None:
    expected, words = case

    assert address("A: and your email", f"C: {lead} {words}") == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["C: It's Wren underscore C underscore draws at gmail dot com."], "wren_c_draws@gmail.com"),
        (["C: Mine's theo@example.com, and hers is odalys@example.com."], "theo@example.com"),
        (["C: it's farrah plants at proton mail dot com"], "farrahplants@protonmail.com"),
        (["C: aspen r ridgeway at gmail so it's aspen the letter r ridgeway"], "aspenrridgeway@gmail.com"),
        (["C: it's z like zebra dot nowak at a o l dot com"], "z.nowak@aol.com"),
        (
            ["C: it's kessler at example dot com", "A: can you spell that", "C: sure k e s s l a r"],
            "kesslar@example.com",
        ),
        (["C: it's rosalind dot okafor", "A: okay", "C: at g mail dot com"], "rosalind.okafor@gmail.com"),
        (["C: it's pat at hotmail dot com no wait pat at yahoo dot com"], "pat@yahoo.com"),
        (["A: i still have b a kowal at example dot net", "C: that's right"], "bakowal@example.net"),
        (["A: You can send it to info@ridgeline.example.", "C: Perfect."], None),
        (["A: Send your resume to jobs@music.example.", "C: Okay, jobs@music.example."], None),
        (["C: i'm at the house at noon dot dot dot"], None),
        (["C: i don't have one"], None),
    ],
)
def test_the_callers_own_last_address_counts(said: list[str], expected: str | None) -> None:
    assert address("A: and an email", *said) == expected


def test_the_spelled_name_puts_right_what_was_heard_in_the_address() -> None:
    assert (
        address("A: email", "C: it's indira dot kesler at example dot com", names=("Kessler",))
        == "indira.kessler@example.com"
    )
