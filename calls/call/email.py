"""An e-mail address that a source or a caller gave."""

import re

from email_validator import EmailNotValidError, validate_email


def address(text: str) -> str:
    """Return the address in lower case, empty if it can't be one; nobody is asked whether it exists."""
    try:
        return validate_email(re.sub(r"\s", "", text), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return ""
