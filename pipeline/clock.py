"""The clock that interfaces read and hand on, and the scale of our waits."""

import datetime as dt

from django.conf import settings
from django.utils import timezone


def now() -> dt.datetime:
    """Return the present moment, in UTC."""
    return timezone.now()


def scaled(seconds: float) -> float:
    """Return how long a wait of so many seconds takes here: TIME_SCALE divides waits in fault runs."""
    return seconds / settings.TIME_SCALE


def after(seconds: float) -> dt.datetime:
    """Return the moment so many seconds (scaled already) from now."""
    return timezone.now() + dt.timedelta(seconds=seconds)
