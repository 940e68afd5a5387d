"""The page of a tenant's CRMs: order, switch, credentials."""

import json

import pytest
from django.test import Client

from crm.models import CrmConnection
from crm.sync import connect, plan
from pipeline.steps.models import Step
from tenants import configuration
from tenants.audit.models import Entry
from tenants.models import Tenant
from tenants.scope import scope
from tests.web.conftest import signed_in, text_of
from tests.web.scenes import Scene, person

pytestmark = pytest.mark.django_db
TOKEN = "pat-na1-4f3b2a1c0d9e"


@pytest.fixture
def scene(cedar: Tenant) -> Scene:
    """Give cedar's place for calls."""
    return Scene(cedar)


def events(tenant: Tenant) -> list[tuple[str, str]]:
    with scope(tenant):
        return list(Entry.objects.order_by("number").values_list("event", "target_id"))


def test_the_page_says_what_is_connected_in_which_order_and_what_stopped(
    client: Client, cedar: Tenant, scene: Scene
) -> None:
    assert "No CRM is connected. Calls are kept with their leads" in text_of(client.get("/crm/"))
    with scope(cedar):
        scene.connect("hubspot", "pipedrive")
        scene.refused()
        CrmConnection.objects.filter(slug="pipedrive").update(
            state="NEEDS_ATTENTION", reason="Pipedrive asks you to sign in again."
        )

    page = client.get("/crm/")

    said = text_of(page)
    assert "Each lead goes to HubSpot, then to Pipedrive: one after another, never twice." in said
    assert "1 call stopped here" in said
    assert "Pipedrive asks you to sign in again." in said
    assert "Salesforce Not connected" in said
    assert "?status=Needs+attention&amp;crm=-hubspot" in page.content.decode()
    assert "1 of 1 call" in text_of(client.get("/calls/?status=Needs+attention&crm=-hubspot"))


def test_credentials_are_stored_sealed_and_never_shown(client: Client, cedar: Tenant) -> None:
    stored = client.post("/crm/hubspot/", {"of": "cedar", "access_token": f" {TOKEN} "}, follow=True)

    assert "HubSpot is connected." in text_of(stored)
    with scope(cedar):
        kept = CrmConnection.objects.get(slug="hubspot")
        assert connect.credentials(kept)["access_token"] == TOKEN
    assert TOKEN not in kept.secrets
    form = client.get("/crm/hubspot/").content.decode()
    assert TOKEN not in form
    assert "Stored. Leave it empty to keep it." in form
    assert "Credentials of HubSpot" in form
    assert events(cedar) == [("crm.connection_stored", "hubspot")]


def test_an_empty_secret_keeps_the_stored_one(client: Client, cedar: Tenant) -> None:
    given = {"of": "cedar", "domain": "acme", "api_token": "0123456789abcdef"}
    client.post("/crm/pipedrive/", given)

    client.post("/crm/pipedrive/", given | {"domain": "acme-two", "api_token": ""})

    with scope(cedar):
        kept = connect.credentials(CrmConnection.objects.get(slug="pipedrive"))
    assert (kept["domain"], kept["api_token"]) == ("acme-two", "0123456789abcdef")


@pytest.mark.parametrize(
    ("crm", "given", "said"),
    [
        ("hubspot", {"access_token": ""}, "Service Key is missing. Enter it."),
        ("hubspot", {"access_token": "pat\u00e9"}, "holds a line break or a character that no key has"),
        ("pipedrive", {"api_token": "0123456789abcdef"}, "Company domain is missing. Enter it."),
    ],
)
def test_what_can_not_be_is_refused_by_field_and_nothing_is_stored(
    client: Client, cedar: Tenant, crm: str, given: dict[str, str], said: str
) -> None:
    refused = client.post(f"/crm/{crm}/", {"of": "cedar", **given})

    assert refused.status_code == 422
    assert said in text_of(refused)
    with scope(cedar):
        assert not CrmConnection.objects.exists()


def test_new_credentials_let_what_waited_go_on(client: Client, cedar: Tenant, scene: Scene) -> None:
    with scope(cedar):
        scene.connect()
        scene.parked()
    waiting = Step.objects.get(state="parked")

    client.post(
        "/crm/salesforce/", {"of": "cedar", "domain": "acme", "client_id": "key", "client_secret": "0123456789abcdef"}
    )

    assert Step.objects.get(pk=waiting.pk).state == "waiting"


def test_a_crm_is_switched_off_and_on_and_what_waited_goes_past_it(client: Client, cedar: Tenant, scene: Scene) -> None:
    with scope(cedar):
        scene.connect()
        scene.parked()

    off = client.post("/crm/salesforce/switch", {"of": "cedar", "on": "no"}, follow=True)

    assert "Salesforce is off: calls go past it." in text_of(off)
    assert "Off: calls go past it. Its credentials are kept." in text_of(off)
    assert not Step.objects.filter(state="parked").exists()
    with scope(cedar):
        assert plan.in_order(cedar) == ["hubspot", "pipedrive"]
    client.post("/crm/salesforce/switch", {"of": "cedar", "on": "yes"})
    with scope(cedar):
        assert plan.in_order(cedar) == ["hubspot", "salesforce", "pipedrive"]
    with scope(cedar):
        told = list(Entry.objects.filter(event="crm.switched").order_by("number").values_list("target_id", "detail"))
    assert told == [("salesforce", {"on": False}), ("salesforce", {"on": True})]


def test_the_order_is_changed_one_place_at_a_time(client: Client, cedar: Tenant) -> None:
    moved = client.post("/crm/pipedrive/move", {"of": "cedar", "way": "up"}, follow=True)

    assert "Calls go to HubSpot, then Pipedrive, then Salesforce." in text_of(moved)
    client.post("/crm/pipedrive/move", {"of": "cedar", "way": "up"})
    client.post("/crm/pipedrive/move", {"of": "cedar", "way": "up"})  # it is the first already
    assert tuple(configuration.load(cedar).sync_order) == ("pipedrive", "hubspot", "salesforce")
    assert events(cedar)[0] == ("crm.order_changed", "pipedrive")


@pytest.mark.parametrize("role", ["agent", "viewer"])
def test_who_only_works_with_calls_sees_the_crms_and_changes_nothing(cedar: Tenant, scene: Scene, role: str) -> None:
    with scope(cedar):
        scene.connect()
    client = signed_in(person(f"{role}@cedar.example", (cedar, role)))

    page = text_of(client.get("/crm/"))

    assert "An owner or admin of Cedar can change this." in page
    assert "Switch off" not in page
    for path in ("/crm/hubspot/", "/crm/hubspot/switch", "/crm/hubspot/move"):
        assert client.post(path, {"of": "cedar", "on": "no", "way": "down", "access_token": TOKEN}).status_code == 403
    assert client.get("/crm/hubspot/").status_code == 403
    with scope(cedar):
        assert CrmConnection.objects.get(slug="hubspot").state == "ACTIVE"


@pytest.mark.parametrize("path", ["/crm/nothing/", "/crm/nothing/switch", "/crm/nothing/move", "/crm/hubspot/switch"])
def test_a_crm_that_there_is_not_is_not_found(client: Client, path: str) -> None:
    assert client.post(path, {"of": "cedar", "on": "no"}).status_code == 404


def test_a_connection_page_names_no_secret_in_the_trail(client: Client, cedar: Tenant) -> None:
    client.post("/crm/hubspot/", {"of": "cedar", "access_token": TOKEN})

    with scope(cedar):
        assert TOKEN not in json.dumps(list(Entry.objects.values("detail")))
