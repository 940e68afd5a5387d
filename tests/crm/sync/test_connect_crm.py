"""`connect_crm`: fields in, the account's name out, secrets never in arguments."""

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from crm.models import CrmConnection
from pipeline.dashboard import replay
from pipeline.steps.models import Step
from tenants.audit.actor import COMMAND
from tenants.models import Tenant
from tenants.scope import scope
from tests.crm.sync.pushing import choose, push, run_due
from tests.crm.sync.sandboxes import CREDENTIALS, Sandboxes, add_call


def connected(monkeypatch: pytest.MonkeyPatch, crm: str, text: str, *, tenant: str = "cedar") -> str:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    call_command("connect_crm", crm, tenant=tenant, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("crm", CREDENTIALS)
def test_a_crm_is_connected_and_names_its_account(
    cedar: Tenant, crms: Sandboxes, monkeypatch: pytest.MonkeyPatch, crm: str
) -> None:
    said = connected(monkeypatch, crm, json.dumps(CREDENTIALS[crm]))

    assert said.startswith("Connected: ")
    assert said.endswith("Calls of cedar go there from now on.\n")
    with scope(cedar):
        made = CrmConnection.objects.get()
        assert (made.slug, made.state, made.prepared_at is not None) == (crm, "ACTIVE", True)


def test_calls_that_had_no_crm_to_go_to_go_out_once_the_first_one_works(
    cedar: Tenant, crms: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(cedar, sync_delay=0)
    young, old = (add_call(cedar, f"CAL{n}", phone=f"+1512555014{n}") for n in range(2))
    for call in (young, old):
        push(cedar, call.pk, "")
    Step.objects.filter(subject=old.pk).update(created_at=timezone.now() - dt.timedelta(days=31))
    kept = [(step.code, step.state) for step in Step.objects.order_by("pk")]

    with pytest.raises(CommandError):
        connected(monkeypatch, "pipedrive", '{"domain": "cedar", "api_token": "wrong"}')
    run_due(cedar)
    assert [(step.code, step.state) for step in Step.objects.order_by("pk")] == kept
    connected(monkeypatch, "pipedrive", json.dumps(CREDENTIALS["pipedrive"]))
    run_due(cedar)

    assert kept == [("sync.no_connection", "skipped")] * 2
    assert list(Step.objects.order_by("pk").values_list("subject", "target", "state", "code")) == [
        (young.pk, "", "skipped", "sync.connected_since"),
        (old.pk, "", "skipped", "sync.no_connection"),
        (young.pk, "pipedrive", "done", ""),
    ]
    with scope(cedar):
        replay.from_stage(old, tenant=cedar, stage="sync", by=COMMAND)
    run_due(cedar)
    assert len(crms["pipedrive"].persons()) == len(crms["pipedrive"].entries()) == 2


@pytest.mark.parametrize(
    ("crm", "text", "tenant", "words"),
    [
        ("hubspot", "pat-na1-x", "cedar", r"^Standard input holds no JSON: .* Nothing was changed\."),
        ("hubspot", '{"access_token": 5}', "cedar", r"^Standard input holds no object of texts"),
        ("hubspot", "{}", "cedar", r"^Service Key is missing\."),
        ("hubspot", "{}", "nobody", r"^There is no active tenant 'nobody'\."),
    ],
)
def test_what_cannot_work_is_refused_and_stores_nothing(
    cedar: Tenant, monkeypatch: pytest.MonkeyPatch, crm: str, text: str, tenant: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        connected(monkeypatch, crm, text, tenant=tenant)

    with scope(cedar):
        assert not CrmConnection.objects.exists()


def test_credentials_that_the_crm_refuses_are_kept_and_said(
    cedar: Tenant, crms: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CommandError, match=r"^Stored, but it does not work yet\. .*API key invalid"):
        connected(monkeypatch, "hubspot", '{"access_token": "wrong"}')

    with scope(cedar):
        assert CrmConnection.objects.get().state == "NEEDS_ATTENTION"
