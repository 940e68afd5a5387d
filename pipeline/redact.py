"""Masks secrets, tokens and phone numbers before a text is logged or kept."""

import re

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)(access_key|api_token|token|secret|password|client_secret|signature)=[^&\s\"']+"), r"\1=***"),
    # A word with a digit, or mixed case, or very long: "token invalid" is a sentence.
    (
        re.compile(r"\b((?i:bearer|token|basic))\s+\"?(?=\S*\d|\S*[a-z][A-Z]|\S{20})[A-Za-z0-9._~+/=-]{8,}"),
        r"\1 ***",
    ),
    (re.compile(r"\bpat-[a-z0-9]+-[A-Za-z0-9-]{8,}"), "pat-***"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "***"),
    (
        re.compile(
            r"(?i)(\"?(?:x-api-token|authorization|password|access_token|refresh_token|client_secret)\"?\s*[:=]\s*\"?)[^\s\",}]+"
        ),
        r"\1***",
    ),
    (re.compile(r"(?i)(://[^/\s:@]+:)[^@\s/]+@"), r"\1***@"),
    # Area code and exchange begin at 2 (the North American numbering plan); other ten digits are ids.
    (re.compile(r"(?<![\w.-])\+?1?[\s.-]?\(?[2-9]\d{2}\)?[\s.-]?[2-9]\d{2}[\s.-]?(\d{4})(?![\w-])"), r"***\1"),
    (re.compile(r"(?<![\w.])\+\d{6,11}(\d{4})(?!\w)"), r"***\1"),
)


def redact(text: str) -> str:
    """Return the text with secrets as *** and phone numbers down to their last four digits."""
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    return text
