"""Contact data made whole or refused, with the guide's texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.extraction import caller_name, clean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mckay", "McKay"),
        ("o'brien", "O'Brien"),
        ("ANNA DE LA VEGA", "Anna de la Vega"),
        ("oyelaran-scott", "Oyelaran-Scott"),
        ("Mr. van der Berg", "van der Berg"),
        ("DiCaprio", "DiCaprio"),
        ("efraín", "Efraín"),
        ("  bo   tran ", "Bo Tran"),
        ("mack", "Mack"),
        ("x", None),
        ("", None),
        ("555-0101", None),
        ("a@b.example", None),
    ],
)
def test_names_are_written_as_people_write_them(text: str, expected: str | None) -> None:
    assert clean.name(text) == expected


@given(st.text())
def test_a_cleaned_name_stays_as_it_is(text: str) -> None:
    once = clean.name(text)

    assert once is None or clean.name(once) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5125550134", "+15125550134"),
        ("1 (512) 555-0134", "+15125550134"),
        ("+1 512 555 0134", "+15125550134"),
        ("555-0134", None),
        ("1125550134", None),
        ("+44 20 7946 0958", None),
        ("", None),
        ("call me", None),
    ],
)
def test_phone_numbers_are_whole_ones_of_north_america(text: str, expected: str | None) -> None:
    assert clean.phone(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Rosalind.Okafor@Gmail.com ", "rosalind.okafor@gmail.com"), ("a@b", None), ("a b@c@d.org", None), ("", None)],
)
def test_addresses_are_lower_case_or_refused(text: str, expected: str | None) -> None:
    assert clean.email(text) == expected


def test_the_guides_record_is_cleaned_and_what_is_wrong_is_left_out() -> None:
    raw = {"customer_phone": "(512) 555-0134", "customer_name": "x", "customer_email": "A@Example.com"}

    assert clean.cleaned(raw) == {"customer_phone": "+15125550134", "customer_email": "a@example.com"}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"customer_phone": "5125550134", "customer_name": "Bo", "customer_email": "a@example.com"}, []),
        ({"customer_phone": "5125550134", "customer_name": "Bo"}, []),
        (
            {"customer_phone": "12", "customer_name": "B", "customer_email": "a@b"},
            ["Invalid phone number format", "Invalid email format", "Name too short or missing"],
        ),
        ({}, ["Invalid phone number format", "Name too short or missing"]),
    ],
)
def test_errors_are_the_guides_texts(raw: dict[str, str], expected: list[str]) -> None:
    assert clean.errors(raw) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rosalind Okafor", ("Rosalind", "Okafor")),
        ("OKAFOR, ROSALIND", ("Rosalind", "Okafor")),
        ("ROSALIND OKAFOR", ("Rosalind", "Okafor")),
        ("Rosalind", ("Rosalind", "")),
        ("WIRELESS CALLER", ("", "")),
        ("AUSTIN TX", ("", "")),
        ("SAN ANTONIO", ("", "")),
        ("PFLUGERVILLE", ("", "")),
        ("CEDAR STONE LLC", ("", "")),
        ("V12345678901", ("", "")),
        ("Toll Free Call", ("", "")),
        ("", ("", "")),
    ],
)
def test_the_networks_name_counts_only_if_it_is_a_persons(text: str, expected: tuple[str, str]) -> None:
    assert caller_name.person(text) == expected
