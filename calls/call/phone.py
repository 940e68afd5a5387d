"""The far end's number in E.164."""

import phonenumbers

# What a withheld number reads like when it is sent as the keys of its word.
WITHHELD = frozenset({"266696687", "7378742833", "2562533", "8656696", "86282452253", "464"})


def e164(caller_id: str, *, region: str = "US") -> str:
    """Return the number in E.164, read as from this region; empty: withheld, or no number."""
    text = caller_id.strip()
    if text.lstrip("+") in WITHHELD:
        return ""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):  # a test's 555 number is possible, not valid
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
