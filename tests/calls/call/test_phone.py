"""The far end's number in E.164."""

import pytest

from calls.call import phone


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("+15551234567", "+15551234567"),
        ("5551234567", "+15551234567"),
        ("(555) 123-4567", "+15551234567"),
        ("1-555-123-4567", "+15551234567"),
        ("+1 555 123 4567 ext. 9", "+15551234567"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+4930123456", "+4930123456"),
    ],
)
def test_a_number_becomes_e164(given: str, number: str) -> None:
    assert phone.e164(given) == number


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "anonymous",
        "Restricted",
        "unknown",
        "0",
        "911",
        "12345",
        "7378742833",
        "+266696687",
        "=1+1",
        "<script>",
    ],
)
def test_a_withheld_number_or_none_is_empty(given: str) -> None:
    assert phone.e164(given) == ""


def test_another_region_is_another_number() -> None:
    assert phone.e164("020 7946 0958", region="GB") == "+442079460958"
