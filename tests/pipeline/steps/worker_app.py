"""The product's Celery app with a path of the test's own: `celery -A tests.pipeline.steps.worker_app:app worker`.

Stage `first` leaves a line in FOLDER/begun, waits as long as FOLDER/hold is there, stores a call and is followed by
`second` on the same queue.
"""

import os
import time
from pathlib import Path

import django

django.setup()

from calls.models import Call  # noqa: E402
from pipeline.celery import app  # noqa: E402
from pipeline.stages import STAGES  # noqa: E402
from pipeline.steps.stage import Due, Job, Outcome, Stage  # noqa: E402

__all__ = ["app"]

FOLDER = Path(os.environ["FOLDER"])


def first(job: Job) -> Outcome:
    """Wait while the work is held."""
    with (FOLDER / "begun").open("a") as file:
        file.write(f"{job.subject} {job.attempt} {os.getpid()}\n")
    while (FOLDER / "hold").exists():
        time.sleep(0.02)
    return Outcome("fine")


def save(job: Job, _: Outcome) -> None:
    """Store what must be there once."""
    Call.objects.create(external_id=f"CAL{job.subject}", started_at=job.now, duration=1)


def following(job: Job, _: Outcome) -> list[Due]:
    """Go on to the second stage."""
    return [Due("second", "audio", job.subject, f"call:{job.subject}")]


STAGES["first"] = Stage("first", "First", "audio", first, save, following)
STAGES["second"] = Stage("second", "Second", "audio", lambda job: Outcome(), lambda *_: None, lambda *_: ())
