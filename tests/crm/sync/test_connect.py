"""Connections: secrets sealed, fields checked, a test that says whose account it is."""

import pytest

from crm.models import CrmConnection
from crm.sync import connect, registry
from pipeline import errors
from pipeline.sandbox.store import account_of
from tenants import secrets
from tenants.models import Tenant
from tenants.scope import scope
from tests.crm.sync import sandboxes
from tests.crm.sync.sandboxes import ACCOUNTS, CREDENTIALS, Sandboxes

pytestmark = pytest.mark.django_db


def test_secrets_are_sealed_and_open_only_in_their_place(cedar: Tenant, birch: Tenant) -> None:
    with scope(cedar):
        made = connect.save("salesforce", CREDENTIALS["salesforce"])
        stored = CrmConnection.objects.get()
        opened = connect.credentials(stored)

    assert made.pk == stored.pk
    assert stored.config == {"domain": "cedar", "client_id": "cedar-key"}
    assert "s3cret" not in stored.secrets
    assert opened.items() >= CREDENTIALS["salesforce"].items()
    with scope(birch), pytest.raises(secrets.Unreadable):
        connect.credentials(stored)


def test_what_is_left_out_or_empty_stays(in_cedar: Tenant) -> None:
    connect.save("salesforce", {**CREDENTIALS["salesforce"], "include_duplicates_header": "true"})

    connect.save("salesforce", {"domain": "other", "client_id": ""})

    opened = connect.credentials(CrmConnection.objects.get())
    assert (opened["domain"], opened["client_id"], opened["client_secret"]) == ("other", "cedar-key", "cedar-s3cret")
    assert opened["include_duplicates_header"] == "true"


@pytest.mark.parametrize(
    ("slug", "values", "words"),
    [
        ("hubspot", {}, "Service Key is missing"),
        ("hubspot", {"access_token": "  "}, "Service Key is missing"),
        ("pipedrive", {"api_token": "x", "domain": "a", "url": "x"}, "pipedrive has no field url"),
        ("pipedrive", {"api_token": "a8f5\n77e0", "domain": "a"}, "^API token holds a line break"),
        ("hubspot", {"access_token": "\N{LEFT DOUBLE QUOTATION MARK}pat-na1-1"}, "^Service Key holds a line break"),
        ("hubspot", {"access_token": "pat\x00na1"}, "^Service Key holds a line break"),
    ],
)
def test_values_that_cannot_work_are_refused(in_cedar: Tenant, slug: str, values: dict[str, str], words: str) -> None:
    with pytest.raises(connect.BadConnection, match=words):
        connect.save(slug, values)

    assert not CrmConnection.objects.exists()


def test_a_crm_that_there_is_not_is_refused(in_cedar: Tenant) -> None:
    with pytest.raises(registry.UnknownCrm, match="There are: hubspot, salesforce, pipedrive"):
        connect.save("zoho", {})


def test_a_new_connection_starts_with_the_default_mapping_and_an_old_one_keeps_its_own(in_cedar: Tenant) -> None:
    made = connect.save("hubspot", CREDENTIALS["hubspot"])
    connect.save("hubspot", {"access_token": "pat-na1-another"})

    assert [(one.version, one.rows["email"]) for one in made.mappings.all()] == [(1, "{{caller_email}}")]


def test_a_test_names_the_account_and_makes_it_ready(cedar: Tenant, crms: Sandboxes) -> None:
    sandboxes.connect_all(cedar)

    with scope(cedar):
        names = [connect.test(one) for one in CrmConnection.objects.order_by("slug")]
        ready = [one.prepared_at is not None for one in CrmConnection.objects.all()]

    assert [name.split()[0] for name in names] == ["HubSpot", "Pipedrive", "Salesforce"]
    assert ready == [True, True, True]


def test_a_test_that_is_refused_marks_the_connection_and_a_good_one_clears_it(cedar: Tenant, crms: Sandboxes) -> None:
    sandboxes.connect_all(cedar)
    refused = crms["pipedrive"].vendor.refused
    refused.add(account_of(ACCOUNTS["pipedrive"]))

    with scope(cedar):
        with pytest.raises(errors.Parked):
            connect.test(CrmConnection.objects.get(slug="pipedrive"))
        broken = sandboxes.connection(cedar, "pipedrive")
        refused.clear()
        connect.test(CrmConnection.objects.get(slug="pipedrive"))

    assert (broken.state, broken.reason[:30]) == ("NEEDS_ATTENTION", "Pipedrive API token is invalid")
    assert (sandboxes.connection(cedar, "pipedrive").state, sandboxes.connection(cedar, "pipedrive").reason) == (
        "ACTIVE",
        "",
    )


def test_only_one_worker_sets_a_crm_up(cedar: Tenant, crms: Sandboxes) -> None:
    sandboxes.connect_all(cedar)
    with scope(cedar):
        CrmConnection.objects.filter(slug="pipedrive").update(preparing_until="2100-01-01T00:00:00Z")
        with pytest.raises(errors.Parked) as refused:
            connect.provider(CrmConnection.objects.get(slug="pipedrive"), observe=lambda sent: None)

    assert (refused.value.code, refused.value.wait) == ("crm.preparing", 2)
    assert crms.seen == []
