"""Dead letters and stuck steps: find them, explain them, run them again from a stage."""

import datetime as dt

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from pipeline import clock
from pipeline.steps import claim
from pipeline.steps.models import State, Step
from pipeline.steps.stage import Due
from tenants.models import Tenant

__all__ = ["Step", "halted", "of_call", "of_tenant", "only_stuck", "replay", "skipped", "stuck"]


def stuck(*, tenant: Tenant | None = None, stage: str = "", older_than: dt.timedelta = dt.timedelta(0)) -> list[Step]:
    """Return steps dead, parked, or due and taken by nobody, for longer than `older_than`; oldest first.

    One that runs isn't stuck: its worker holds a lease, or the sweep frees it.
    """
    limit = clock.now() - older_than
    halted = Q(state__in=(State.DEAD, State.PARKED), since__lte=limit)
    late = Q(state__in=(State.WAITING, State.QUEUED), next_attempt_at__lte=limit)
    since = Coalesce("finished_at", "started_at", "created_at")  # when it stopped, as far as is known
    found = Step.objects.select_related("tenant").annotate(since=since).filter(halted | late)
    if tenant:
        found = found.filter(tenant=tenant)
    if stage:
        found = found.filter(stage=stage)
    return list(found.order_by("created_at", "id"))


def skipped(*, tenant: Tenant, stage: str, code: str, since: dt.datetime) -> list[Step]:
    """Return a stage's steps that were skipped for this reason and born since then; oldest first."""
    found = Step.objects.select_related("tenant").filter(tenant=tenant, stage=stage, state=State.SKIPPED, code=code)
    return list(found.filter(created_at__gte=since).order_by("created_at", "id"))


def of_tenant(tenant: Tenant) -> QuerySet[Step]:
    """Return the steps of a tenant."""
    return Step.objects.filter(tenant=tenant)


def halted(tenant: Tenant, *, stage: str) -> dict[str, int]:
    """Return how many of a stage's steps stopped for good or wait for a person, by target."""
    found = Step.objects.filter(tenant=tenant, stage=stage, state__in=(State.DEAD, State.PARKED))
    return dict(found.values_list("target").annotate(Count("id")))


def of_call(tenant: Tenant, *, call_id: int | None, delivery_ids: list[int]) -> list[Step]:
    """Return all steps of one call: those of its deliveries (stage `call`) and its own, in order of birth."""
    mine = Q(stage="call", subject__in=delivery_ids)
    if call_id is not None:
        mine |= ~Q(stage="call") & Q(subject=call_id)
    return list(Step.objects.select_related("tenant").filter(mine, tenant=tenant).order_by("id"))


def only_stuck(steps: list[Step]) -> list[Step]:
    """Return those that stopped for good, wait for a person, or are due and not taken."""
    now = clock.now()
    halted = (State.DEAD, State.PARKED)
    return [
        step
        for step in steps
        if step.state in halted or (step.state in (State.WAITING, State.QUEUED) and step.next_attempt_at <= now)
    ]


def replay(step: Step) -> int:
    """Make a step due now with a fresh budget of attempts; its later stages follow it again. Returns its id."""
    due = Due(stage=step.stage, queue=step.queue, subject=step.subject, lane=step.lane, target=step.target)
    return claim.birth(step.tenant_id, due, request_id=step.request_id)
