"""Stage 2: a delivery becomes a call, or changes one."""

from collections.abc import Sequence

from calls.call import merge
from calls.models import Call
from pipeline.stages import order
from pipeline.steps.stage import Due, Job, Outcome, Stage


def following(_: Job, outcome: Outcome) -> Sequence[Due]:
    """Go on to the recording."""
    assert isinstance(outcome.data, Call)
    return [order.of_call("recording", outcome.data.pk)]


stage = Stage(
    name="call", label="Call", queue=order.QUEUES["call"], work=merge.work, save=merge.save, following=following
)
