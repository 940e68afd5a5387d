"""Runs sync steps in the test's process, by the product's engine."""

import datetime as dt

from django.db.models import F

from crm.models import LeadSync, LoggedCall
from pipeline.stages import STAGES, order
from pipeline.steps import claim, run
from pipeline.steps.models import Step
from scoring.models import Lead
from tenants import configuration
from tenants.models import Tenant
from tenants.scope import scope


def choose(tenant: Tenant, **values: object) -> None:
    """Change the tenant's configuration; a test's transaction never commits, so its copies are dropped by hand."""
    configuration.change(tenant, **values)
    configuration._forget(tenant)


def push(tenant: Tenant, call_id: int, target: str = "hubspot", *, rounds: int = 10) -> None:
    """Birth the sync step and run what is due, as often as something is."""
    with scope(tenant):
        lead_id = Lead.objects.get(scores__call=call_id).pk
    claim.birth(tenant.pk, order.of_lead(target, call_id, lead_id))
    run_due(tenant, rounds=rounds)


def run_due(tenant: Tenant, *, rounds: int = 10) -> None:
    """Run waiting steps now, whatever they wait for."""
    for _ in range(rounds):
        due = Step.objects.filter(tenant=tenant, state__in=("waiting", "queued")).order_by("pk").first()
        if due is None:
            return
        Step.objects.filter(pk=due.pk).update(next_attempt_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        run.step(due.pk, tenant_id=tenant.pk, stages=STAGES)


def age_intents(tenant: Tenant) -> None:
    """Let an hour pass since the writes whose end is not known."""
    with scope(tenant):
        for rows in (LeadSync.objects, LoggedCall.objects):
            passed = {name: F(name) - dt.timedelta(hours=1) for name in ("intent_at", "sent_at")}
            rows.exclude(intent_at=None).update(**passed)
