"""Stage 3: the recording in our storage, measured."""

import datetime as dt
from collections.abc import Sequence

from calls.recording import download
from pipeline.stages import order
from pipeline.steps.stage import Due, Job, Outcome, Stage


def following(job: Job, outcome: Outcome) -> Sequence[Due]:
    """Go on to the transcript; without a recording straight to the score, with the reason."""
    if not outcome.skipped:
        return [order.of_call("transcript", job.subject)]
    return [
        order.of_call("transcript", job.subject, skipped=outcome.skipped),
        order.of_call("extraction", job.subject, skipped=outcome.skipped),
        order.of_call("score", job.subject),
    ]


stage = Stage(
    name="recording",
    label="Recording",
    queue=order.QUEUES["recording"],
    work=download.work,
    save=download.save,
    following=following,
    time_limit=dt.timedelta(minutes=12),  # a download and a decoding may take 5 minutes each
)
