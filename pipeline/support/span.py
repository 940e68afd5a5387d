"""Spans of time as a person types them: 90s, 10m, 2h, 1d."""

import datetime as dt
import re

from django.core.management.base import CommandError

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def span(text: str) -> dt.timedelta:
    """Read `90s`, `10m`, `2h` or `1d`. Raises CommandError."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if not found:
        raise CommandError(f"{text!r} is no span of time. Write a number and s, m, h or d: 10m.")
    return dt.timedelta(seconds=int(found[1]) * UNITS[found[2]])
