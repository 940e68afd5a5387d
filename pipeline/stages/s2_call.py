"""Stage 2: a delivery becomes a call, or changes one."""

from collections.abc import Sequence

from calls.call import merge
from pipeline.stages import order
from pipeline.steps.stage import Due, Job, Outcome, Stage


def following(job: Job, _: Outcome) -> Sequence[Due]:
    """Go on to the recording."""
    return [order.of_call("recording", merge.call_of(job.subject))]


stage = Stage(
    name="call", label="Call", queue=order.QUEUES["call"], work=merge.work, save=merge.save, following=following
)
