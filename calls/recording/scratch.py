"""A private folder for the time of one piece of work: recordings are personal, so nothing is left behind."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

LEFT_BEHIND_SECONDS = 6 * 3600
"""Longer than any stage runs: older folders belong to workers that were killed."""


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Give a new folder that only this account can read, gone at the end."""
    home = settings.VAR_DIR / "scratch"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(home)
    with tempfile.TemporaryDirectory(prefix="recording-", dir=home, ignore_cleanup_errors=True) as made:
        yield Path(made)


def _sweep(home: Path) -> None:
    oldest = time.time() - LEFT_BEHIND_SECONDS
    for left in home.glob("recording-*"):
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < oldest:
                shutil.rmtree(left, ignore_errors=True)
