"""How long a step waits before its next attempt (design: waits)."""

import email.utils
import random
import re

from pipeline import clock

MINUTE, HOUR = 60, 3600
SCHEDULE = (5, 30, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
ATTEMPTS = len(SCHEDULE) + 1
"""Tries of a step: one at once, one after each wait of the schedule."""
LOSSES = 5
"""Workers in a row that a step may take down with it before it is buried."""
RATE_WAIT = 10
LONGEST_ASKED = 24 * HOUR


def wait(attempt: int) -> float:
    """Return the seconds to wait after this attempt (1 …) failed, jittered and scaled."""
    base = SCHEDULE[min(attempt, len(SCHEDULE)) - 1]
    return clock.scaled(base * random.uniform(0.8, 1.2))  # noqa: S311  (jitter needs no secrecy)


def asked(seconds: float | None, fallback: float = RATE_WAIT) -> float:
    """Return the seconds that the other side asked for, kept between 1 s and a day, scaled."""
    return clock.scaled(min(max(seconds if seconds is not None else fallback, 1), LONGEST_ASKED))


def retry_after(header: str | None, now: float) -> float | None:
    """Read a Retry-After header: seconds or an HTTP date, as seconds from `now` (Unix time); None: unreadable."""
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        return max(email.utils.parsedate_to_datetime(text).timestamp() - now, 0)
    except (TypeError, ValueError):
        return None
