"""`connect_crm`: fields in, the account's name out, secrets never in arguments."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from crm.models import CrmConnection
from tenants.models import Tenant
from tenants.scope import scope
from tests.crm.sync.sandboxes import CREDENTIALS, Sandboxes


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
