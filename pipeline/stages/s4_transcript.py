"""Stage 4: who said what, when."""

import datetime as dt
from collections.abc import Sequence

from calls.transcript import transcribe
from pipeline.stages import order
from pipeline.steps.stage import Due, Job, Outcome, Stage


def following(job: Job, outcome: Outcome) -> Sequence[Due]:
    """Go on to the extraction; without a transcript straight to the score, with the reason."""
    if not outcome.skipped:
        return [order.of_call("extraction", job.subject)]
    return [
        order.of_call("extraction", job.subject, skipped=outcome.skipped),
        order.of_call("score", job.subject),
    ]


stage = Stage(
    name="transcript",
    label="Transcript",
    queue=order.QUEUES["transcript"],
    work=transcribe.work,
    save=transcribe.save,
    following=following,
    time_limit=dt.timedelta(hours=2),
)
