"""Calls under a hail of faults: one record a person and one entry a call in each CRM, on any seed."""

import random

import pytest

from pipeline.sandbox.faults import Fault
from pipeline.steps.models import Step
from tenants.models import Tenant
from tests.crm.sync.pushing import age_intents, push, run_due
from tests.crm.sync.sandboxes import CREDENTIALS, Sandboxes, add_call

pytestmark = pytest.mark.django_db
ALL = list(CREDENTIALS)
PERSONS, CALLS, FAULTS = 5, 8, 12
RATES = {"hubspot": "rate_burst", "salesforce": "concurrent_limit", "pipedrive": "rate_burst"}


def fault(chance: random.Random, slug: str) -> Fault:
    """Return some trouble that passes."""
    kind = chance.choice(("answer", "request", "rate", "down"))
    method = chance.choice(("", "POST", "PATCH"))
    if kind == "rate":
        return Fault(shape=RATES[slug], method=method)
    if kind == "down":
        return Fault(status=503, body="<html>", content_type="text/html", method=method)
    return Fault(lose=kind, method=method)


@pytest.mark.parametrize("seed", range(4))
def test_one_record_a_person_and_one_entry_a_call(connected: Tenant, crms: Sandboxes, seed: int) -> None:
    chance = random.Random(seed)
    for slug in ALL:
        for _ in range(FAULTS):
            crms[slug].vendor.script.add(fault(chance, slug))

    for number in range(CALLS):
        push(connected, add_call(connected, f"CAL{number}", phone=f"+1512555014{number % PERSONS}").pk, rounds=1)
        for _ in range(2):
            age_intents(connected)
            run_due(connected, rounds=1)
    while Step.objects.filter(tenant=connected, state__in=("waiting", "queued")).exists():
        age_intents(connected)
        run_due(connected, rounds=1)

    assert set(Step.objects.filter(tenant=connected).values_list("state", "code")) == {("done", "")}
    assert [len(crms[slug].persons()) for slug in ALL] == [PERSONS] * 3
    assert [len(crms[slug].entries()) for slug in ALL] == [CALLS] * 3
    assert len(crms["pipedrive"].vendor.store.all("lead")) == PERSONS
