"""Stage 7: the lead in the tenant's CRMs, one step a CRM, one after the other."""

from collections.abc import Sequence

from crm.sync import plan, push
from pipeline.stages import order
from pipeline.steps.stage import Due, Job, Outcome, Stage
from tenants import configuration


def following(job: Job, outcome: Outcome) -> Sequence[Due]:
    """Go on to the next CRM after the tenant's sync_delay; a lead that the rule keeps back ends here."""
    if not isinstance(outcome.data, push.Pushed):
        return []
    crm = plan.next_crm(job.tenant, after=job.target, call_id=job.subject)
    if crm is None:
        return []
    delay = configuration.load(job.tenant).sync_delay
    return [order.of_lead(crm, job.subject, outcome.data.score.lead_id, delay=delay)]


stage = Stage(
    name="sync",
    label="CRM",
    queue=order.QUEUES["sync"],
    work=push.work,
    save=push.save,
    following=following,
    unsaved=push.unsaved,
)
