"""Stage 6: the lead and its score; a stage of its own, so that re-scoring needs no engine."""

from collections.abc import Sequence

from crm.sync import plan
from pipeline.stages import order
from pipeline.steps.stage import Due, Job, Outcome, Stage
from scoring.score import rate


def following(job: Job, outcome: Outcome) -> Sequence[Due]:
    """Go on to the first connected CRM of the tenant's order (empty: none; stage 7 says so)."""
    assert isinstance(outcome.data, rate.Rating)
    crm = plan.next_crm(job.tenant, after="", call_id=job.subject)
    return [order.of_lead(crm or "", job.subject, outcome.data.row.lead_id)]


stage = Stage(
    name="score", label="Score", queue=order.QUEUES["score"], work=rate.work, save=rate.save, following=following
)
