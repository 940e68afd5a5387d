"""Runs a call again from one of its stages: the button on its page."""

from django.db import transaction

from calls.models import Call
from crm.sync import plan
from pipeline.dashboard import words
from pipeline.steps import letters
from tenants.audit import trail
from tenants.audit.actor import Actor
from tenants.models import Tenant


class Refused(Exception):
    """The call can't be run again from there; the text says why and what to do."""


def from_stage(call: Call, *, tenant: Tenant, stage: str, target: str = "", by: Actor) -> str:
    """Make a call's step due now with a fresh budget of attempts, and all after it; returns the step's label.

    Stage `call` runs the newest delivery again. Raises Refused for a stage that there is not, or that the call
    has not reached.
    """
    if stage not in words.STAGES:
        raise Refused(f"There is no stage {stage[:32]!r}. Choose one of {', '.join(words.STAGES)}.")
    steps = letters.of_call(
        tenant, call_id=call.pk, delivery_ids=list(call.deliveries.values_list("delivery_id", flat=True))
    )
    crms = [*plan.in_order(tenant), *(step.target for step in steps if step.target)]
    if target and (stage != "sync" or target not in crms):
        raise Refused(
            f"No such CRM is connected. Connected: {', '.join(map(words.crm, plan.in_order(tenant))) or 'none'}."
        )
    label = words.stage(stage, target)
    chosen = [step for step in steps if step.stage == stage and target in ("", step.target)]
    if not chosen:
        raise Refused(f"This call has not reached {label} yet. Replay it from an earlier stage.")
    # A call's CRMs follow one another: the first one brings the others along.
    step = chosen[0] if stage == "sync" else chosen[-1]
    with transaction.atomic():
        letters.replay(step)
        trail.record(
            "call.replayed", by=by, tenant=tenant, target="call", target_id=call.pk, stage=stage, crm=step.target
        )
    return label
