"""A private folder for the time of one piece of work: recordings are personal, so nothing is left behind."""

import contextlib
import errno
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from pipeline.errors import Parked

LEFT_BEHIND_SECONDS = 6 * 3600
"""Longer than any stage runs: older folders belong to workers that were killed."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FULL_WAIT = 300
_FULL_TEXT = (
    "The disk of VAR_DIR or RECORDINGS_DIR is full, so there is no place for the recording. Free some space or enlarge"
    " it; the call goes on by itself within 5 minutes of that."
)


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Give a new folder that only this account can read, gone at the end.

    A disk that is full, or gets so in the block, is Parked `recording.no_space`: it costs no attempt.
    """
    home = settings.VAR_DIR / "scratch"
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(home)
        with tempfile.TemporaryDirectory(prefix="recording-", dir=home, ignore_cleanup_errors=True) as made:
            yield Path(made)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise Parked("recording.no_space", _FULL_TEXT, wait=FULL_WAIT) from error


def _sweep(home: Path) -> None:
    oldest = time.time() - LEFT_BEHIND_SECONDS
    for left in home.glob("recording-*"):
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < oldest:
                shutil.rmtree(left, ignore_errors=True)
