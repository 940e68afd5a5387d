"""A worker's process of the test's own: runs one step whose work waits until the file `go` is there.

python -m tests.pipeline.steps.child STEP_ID TENANT_ID FOLDER [RENEW_SECONDS [TIME_LIMIT [STALL_SECONDS]]]

If the file `stuck` is there, the work never returns from C and keeps Python's lock.
"""

import datetime as dt
import re
import sys
import time
from pathlib import Path

import django
from django.conf import settings

LIMIT_SECONDS = 60


def main(step_id: int, tenant_id: int, folder: Path, renew: float = 20, limit: float = 600, stall: float = 0) -> None:
    """Run the step; each passage of its work leaves a line in the file `begun`, each stored one a call."""
    django.setup()
    from calls.models import Call
    from pipeline.steps import run
    from pipeline.steps.stage import Job, Outcome, Stage

    settings.STEP_LEASE_RENEW_SECONDS = renew
    settings.STEP_STALL_SECONDS = stall or settings.STEP_STALL_SECONDS

    def work(job: Job) -> Outcome:
        with (folder / "begun").open("a") as file:
            file.write(f"{job.attempt} {job.recovering}\n")
        if (folder / "stuck").exists():
            re.match(r"(a+)+$", "a" * 60 + "b")
        until = time.monotonic() + LIMIT_SECONDS
        while not (folder / "go").exists() and time.monotonic() < until:
            time.sleep(0.02)
        return Outcome("fine")

    def save(job: Job, outcome: Outcome) -> None:
        Call.objects.create(external_id=f"CAL{job.subject}-{job.attempt}", started_at=job.now, duration=1)

    stage = Stage("first", "First", "intake", work, save, lambda *_: (), time_limit=dt.timedelta(seconds=limit))
    run.step(step_id, tenant_id=tenant_id, stages={"first": stage})


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), *map(float, sys.argv[4:]))
