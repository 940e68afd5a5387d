"""Finds calls that are stuck and runs them again: the guide's "Manual Reprocess"."""

import datetime as dt

from django.db import transaction

from calls.models import Call, CallDelivery, WebhookDelivery
from pipeline.stages import STAGES
from pipeline.steps import letters
from tenants.audit import trail
from tenants.audit.actor import Actor
from tenants.models import Tenant
from tenants.scope import scope


class NotFound(Exception):
    """There is nothing to reprocess; the text says why and what to do."""


class NoCall(NotFound):
    """The tenant has no call with this id."""


def of_call(external_id: str, *, tenant: Tenant, stage: str = "") -> list[letters.Step]:
    """Return the steps of one call that have to run again: the one of `stage`, else those that stopped or are late.

    Raises NoCall if the tenant has no such call, NotFound if nothing of it is stuck.
    """
    with scope(tenant):
        call = Call.objects.filter(external_id=external_id).first()
        deliveries = list(WebhookDelivery.objects.filter(call_ref=external_id).values_list("pk", flat=True))
        if call:
            deliveries += list(CallDelivery.objects.filter(call=call).values_list("delivery_id", flat=True))
    if not deliveries and call is None:
        raise NoCall(
            f"Tenant {tenant.slug} has no call {external_id!r}. Check the id: it stands at the top of the call's page."
        )
    steps = letters.of_call(tenant, call_id=call.pk if call else None, delivery_ids=deliveries)
    chosen = [step for step in steps if step.stage == stage] if stage else letters.only_stuck(steps)
    if not chosen:
        said = f"has not been at stage {stage}" if stage else "is not stuck: every step has ended or is under way"
        raise NotFound(f"Call {external_id} {said}. Name a stage with --stage to run it again from there.")
    return _firsts(chosen)


def all_stuck(*, tenant: Tenant | None, stage: str, older_than: dt.timedelta) -> list[letters.Step]:
    """Return the steps of all calls that stopped, or are overdue by more than `older_than`."""
    return _firsts(letters.stuck(tenant=tenant, stage=stage, older_than=older_than))


def reprocess(steps: list[letters.Step], *, by: Actor) -> None:
    """Make the steps due now, with a fresh budget of attempts; what comes after them follows again."""
    for step in steps:
        with transaction.atomic():
            letters.replay(step)
            trail.record(
                "step.replayed",
                by=by,
                tenant=step.tenant,
                target="step",
                target_id=step.pk,
                stage=step.stage,
                subject=step.subject,
                crm=step.target,
            )


def stage_names() -> list[str]:
    """Return the names of the stages, in order."""
    return list(STAGES)


def _firsts(steps: list[letters.Step]) -> list[letters.Step]:
    """Leave out what another one brings along: of a call's CRMs, which follow one another, only the first runs."""
    synced: set[tuple[int, int]] = set()
    chosen = []
    for step in sorted(steps, key=lambda step: step.pk):
        call = (step.tenant_id, step.subject)
        if step.stage != "sync" or call not in synced:
            chosen.append(step)
        if step.stage == "sync":
            synced.add(call)
    return chosen
