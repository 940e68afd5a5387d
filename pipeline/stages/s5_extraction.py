"""Stage 5: facts, each with its evidence."""

from collections.abc import Sequence

from pipeline.stages import order
from pipeline.steps.stage import Due, Job, Outcome, Stage
from scoring.extraction import extract


def following(job: Job, _: Outcome) -> Sequence[Due]:
    """Go on to the score."""
    return [order.of_call("score", job.subject)]


stage = Stage(
    name="extraction",
    label="Extraction",
    queue=order.QUEUES["extraction"],
    work=extract.work,
    save=extract.save,
    following=following,
)
