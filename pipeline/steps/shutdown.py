"""Whether this process was told to stop, and whether what it runs has had its time to end.

No model is imported and no lock taken: a signal's handler calls `ask`, wherever the process stands just then.
"""

import math
import time

from django.conf import settings

_over_at = math.inf


def ask() -> None:
    """Note that this process was told to stop."""
    global _over_at  # noqa: PLW0603  (a process stops once)
    _over_at = min(_over_at, time.monotonic() + settings.STOP_SECONDS)


def is_asked() -> bool:
    """Return whether it was: it begins nothing new."""
    return _over_at < math.inf


def is_over() -> bool:
    """Return whether STOP_SECONDS have passed since."""
    return time.monotonic() > _over_at
