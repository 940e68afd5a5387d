"""Contact data made whole or refused: names, North American phone numbers, e-mail addresses. Plain Python."""

import re
from collections.abc import Mapping

import phonenumbers
from nameparser import HumanName

from calls.call.email import address

INVALID_PHONE = "Invalid phone number format"
INVALID_EMAIL = "Invalid email format"
SHORT_NAME = "Name too short or missing"
"""The guide's texts (Check Data Validation Rules)."""

_PARTICLES = frozenset(
    ("de del della der den di da dos du la las le los van von vande y e bin ibn al el ter ten").split()  # noqa: SIM905  (a list of words reads best as words)
)
_TITLES = re.compile(
    r"^(?:(?:mr|mrs|ms|miss|mister|dr|doctor|sir|madam|ma'am|mx|prof|professor)\b\.?\s*)+", re.IGNORECASE
)
_MC = re.compile(r"^mc(?=[a-z]{3})")
_NOT_NAME = re.compile(r"[^\w\s'\u2019.-]|[\d_]")
_SHORTEST_NAME = 2
_AREA_AND_NUMBER = re.compile(r"^\+1[2-9]\d{2}[2-9]\d{6}$")


def phone(text: str) -> str | None:
    """Return a number as +1XXXXXXXXXX, None if it is no whole number of the North American plan."""
    try:
        parsed = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return number if _AREA_AND_NUMBER.match(number) else None


def email(text: str) -> str | None:
    """Return an address in lower case, None if it can't be one; nobody is asked whether it exists."""
    return address(text) or None


def name(text: str) -> str | None:
    """Return a name as people write it (McKay, de la Vega, O'Brien), None if nothing of two letters is left.

    A name that has capitals inside is kept as it was written; `.title()` would spoil it.
    """
    bare = _TITLES.sub("", " ".join(text.split())).strip(" .,-")
    if _NOT_NAME.search(bare) or len(re.sub(r"\W", "", bare)) < _SHORTEST_NAME:
        return None
    if bare != bare.lower() and bare != bare.upper():
        return bare
    return " ".join(_word(word.lower(), position) for position, word in enumerate(bare.split()))


def _word(word: str, position: int) -> str:
    if position and word in _PARTICLES:
        return word
    return "-".join(
        "'".join(_part(part) for part in piece.split("'")) for piece in word.replace("\u2019", "'").split("-")
    )


def _part(part: str) -> str:
    if _MC.match(part):
        return "Mc" + part[2:].capitalize()
    return part.capitalize()


def full_name(text: str) -> tuple[str, str]:
    """Return (first, last) of a whole name; either is empty when it isn't there."""
    cleaned = name(text.replace(",", " ") if text.count(",") != 1 else " ".join(reversed(text.split(","))))
    if cleaned is None:
        return "", ""
    parsed = HumanName(cleaned)
    return parsed.first, " ".join(filter(None, (parsed.last, parsed.suffix)))


def cleaned(raw: Mapping[str, str]) -> dict[str, str]:
    """Return what of customer_phone, customer_name and customer_email holds (the guide's clean_and_validate_data)."""
    found = {
        "customer_phone": phone(raw.get("customer_phone", "")),
        "customer_name": name(raw.get("customer_name", "")),
        "customer_email": email(raw.get("customer_email", "")),
    }
    return {key: value for key, value in found.items() if value}


def errors(raw: Mapping[str, str]) -> list[str]:
    """Return the guide's text for each of phone, e-mail and name that is wrong; no e-mail is no error."""
    found = []
    if phone(raw.get("customer_phone", "")) is None:
        found.append(INVALID_PHONE)
    if raw.get("customer_email", "") and email(raw["customer_email"]) is None:
        found.append(INVALID_EMAIL)
    if name(raw.get("customer_name", "")) is None:
        found.append(SHORT_NAME)
    return found
