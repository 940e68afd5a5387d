"""Masks secrets, tokens, phone numbers and e-mail addresses before a text is logged or kept, wherever it came from."""

import re
from typing import Any

_NAMES = (
    r"access_key|access_token|refresh_token|api_key|api_token|x-api-token|x-api-key|hapikey|token|secret|webhook_secret"
    r"|client_secret|signing_key|security_token|password|signature|authorization|sessionid|csrftoken"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # NAME=VALUE, NAME: VALUE and "NAME": "VALUE"; a scheme word such as Bearer goes along.
    (
        re.compile(
            rf"(?i)(?<![\w-])((?:{_NAMES})\\?[\"']?\s*[=:]\s*\\?[\"']?)"
            r"(?:(?:bearer|basic|oauth|token)\s+)?[^\s\"'&,;}\\]+"
        ),
        r"\1***",
    ),
    # A word with a digit, or mixed case, or very long: "token invalid" is a sentence.
    (
        re.compile(r"\b((?i:bearer|token|basic|oauth))\s+\"?(?=\S*\d|\S*[a-z][A-Z]|\S{20})[A-Za-z0-9._~+/=-]{8,}"),
        r"\1 ***",
    ),
    (re.compile(r"\bpat-[a-z0-9]+-[A-Za-z0-9-]{8,}"), "pat-***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "***"),
    (re.compile(r"(://[^/\s:@]*:)[^@\s/]+@"), r"\1***@"),
    (re.compile(r"(?<![\w.%+-])[\w.%+-]+@[\w-]+(?:\.[\w-]+)+"), "***@***"),
    # Area code and exchange begin at 2 (the North American numbering plan); other ten digits are ids.
    (re.compile(r"(?<![\w.-])\+?1?[\s.-]?\(?[2-9]\d{2}\)?[\s.-]?[2-9]\d{2}[\s.-]?(\d{4})(?![\w-])"), r"***\1"),
    (re.compile(r"(?<![\w.-])\(?\d{3}\)?[\s.-]\d{3}[\s.-](\d{4})(?![\w-])"), r"***\1"),
    (re.compile(r"(?<![\w.])\+\d(?:[\s.()-]{0,2}\d){5,10}[\s.()-]{0,2}(\d{4})(?!\w)"), r"***\1"),
    (re.compile(r"(?<![\w.])\+\d(?:[\s.()-]{0,2}\d){6,10}(?!\w)"), "***"),
)


_A_WORD = re.compile(r"[a-z._]*")
"""No rule takes part of it: codes, names of stages and states, which are most of what is logged."""


def redact(text: str) -> str:
    """Return the text with secrets and e-mail addresses as ***, phone numbers down to their last four digits.

    And without what Postgres can't store.
    """
    if _A_WORD.fullmatch(text):
        return text
    text = storable(text)
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return text


_SECRET_NAME = re.compile(rf"(?i)(?:{_NAMES})")


def masked(value: Any) -> Any:  # noqa: ANN401  (whatever JSON holds)
    """Return a value redacted through its lists and dictionaries; what a secret's name stands before is *** whole."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {
                redact(str(name)): "***" if one and _SECRET_NAME.fullmatch(str(name)) else masked(one)
                for name, one in value.items()
            }
        case list() | tuple() | set():
            return [masked(one) for one in value]
        case None | bool() | int() | float():
            return value
    return redact(str(value))


def storable(text: str) -> str:
    """Return the text without NUL, and with a question mark for half a character: a vendor's JSON may hold both."""
    return text.replace("\x00", "").encode(errors="replace").decode()
