"""Calls from a stored delivery to the CRMs' sandboxes: what ends before them, runs again, or waits between them."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from pytest_django import Settings

from calls.models import Call, WebhookDelivery
from crm.models import LeadSync, LoggedCall
from crm.sync.providers import salesforce
from pipeline.stages import STAGES
from pipeline.steps import claim, status
from pipeline.steps.models import State, Step
from pipeline.steps.stage import Due
from pipeline.steps.status import Word
from tenants.models import Tenant
from tenants.scope import scope
from tests.crm.sync import sandboxes
from tests.crm.sync.pushing import choose
from tests.crm.sync.sandboxes import Sandboxes
from tests.drain import drain
from tests.webhooks import body_of

pytestmark = pytest.mark.django_db

CRMS = ("hubspot", "salesforce", "pipedrive")


@pytest.fixture
def crms(cedar: Tenant, tmp_path: Path, settings: Settings) -> Iterator[Sandboxes]:
    """Connect cedar to three sandboxes, without a delay between them."""
    salesforce._sessions.clear()
    cache.clear()
    with sandboxes.running(tmp_path) as running:
        for name, value in running.environment().items():
            setattr(settings, name, value)
        sandboxes.connect_all(cedar)
        choose(cedar, sync_delay=0)
        yield running
    cache.clear()


def deliver(tenant: Tenant, **fields: object) -> int:
    """Store a delivery of call CAL1 and the step that is due for it, as the intake does; returns the delivery."""
    body = body_of(tenant.slug, **fields)
    now = dt.datetime.now(dt.UTC)
    with scope(tenant):
        delivery = WebhookDelivery.objects.create(
            received_at=now, door="0" * 32, call_ref="CAL1", body=body, body_sha256=body[-32:], headers={}
        )
    claim.birth(tenant.pk, Due("call", "intake", delivery.pk, "ref:CAL1"))
    return delivery.pk


def stages_of(tenant: Tenant) -> dict[str, tuple[str, str]]:
    """Return where each stage stands, and its code."""
    steps = Step.objects.filter(tenant=tenant).order_by("pk")
    return {" ".join(filter(None, (one.stage, one.target))): (one.state, one.code) for one in steps}


def word(tenant: Tenant) -> str:
    with scope(tenant):
        call = Call.objects.get()
        ids = list(call.deliveries.values_list("delivery_id", flat=True))
    steps = status.of_calls(tenant, {call.pk: ids}, stages=list(STAGES))[call.pk]
    return str(status.derive(steps, now=dt.datetime.now(dt.UTC)).word)


UNHEARD = {
    "call": ("done", ""),
    "recording": ("skipped", "recording.none"),
    "transcript": ("skipped", "recording.none"),
    "extraction": ("skipped", "recording.none"),
    "score": ("done", ""),
}


def test_a_call_of_a_withheld_number_ends_with_the_rules_reason(cedar: Tenant, crms: Sandboxes) -> None:
    deliver(cedar, caller_id="anonymous")

    drain()

    assert stages_of(cedar) == UNHEARD | {"sync hubspot": ("skipped", "sync.rule.unknown")}
    assert word(cedar) == Word.SKIPPED


def test_a_call_of_a_tenant_without_a_crm_ends_with_that_reason(cedar: Tenant) -> None:
    deliver(cedar)

    drain()

    assert stages_of(cedar) == UNHEARD | {"sync": ("skipped", "sync.no_connection")}
    assert word(cedar) == Word.SKIPPED


@pytest.mark.parametrize("stage", [*STAGES])
def test_a_call_runs_again_from_every_stage_and_nothing_is_doubled(cedar: Tenant, crms: Sandboxes, stage: str) -> None:
    deliver(cedar)
    drain()
    before = stages_of(cedar)

    call_command("reprocess_stuck_calls", "--call-id=CAL1", "--tenant=cedar", f"--stage={stage}", verbosity=0)
    assert word(cedar) != Word.DONE
    drain()

    own_words = {"extraction": ("skipped", "transcript.none")} if stage == "extraction" else {}
    assert stages_of(cedar) == before | own_words
    assert word(cedar) == Word.DONE
    assert [(len(crms[crm].persons()), len(crms[crm].entries())) for crm in CRMS] == [(1, 1)] * 3
    with scope(cedar):
        assert (Call.objects.count(), LeadSync.objects.count(), LoggedCall.objects.count()) == (1, 3, 3)


# --- waits, divided ---------------------------------------------------------------------------------------


def test_a_tenants_delay_lies_between_two_crms_and_is_divided_by_the_time_scale(
    cedar: Tenant, crms: Sandboxes, settings: Settings
) -> None:
    settings.TIME_SCALE = 10
    choose(cedar, sync_delay=600)
    deliver(cedar)

    drain()

    waiting = Step.objects.get(stage="sync", state=State.WAITING)
    first = Step.objects.get(stage="sync", state=State.DONE)
    assert (first.target, waiting.target) == ("hubspot", "salesforce")
    assert (waiting.next_attempt_at - waiting.created_at).total_seconds() == 60
