"""The platform staff's admin: the public tables, without secrets and bodies."""

import datetime as dt
import re

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from calls.models import Call
from pipeline import clock
from pipeline.steps import claim
from pipeline.steps.models import Pause, Step
from pipeline.steps.stage import Due
from tenants.access import grants
from tenants.audit.models import Entry
from tenants.models import ApiGrant, Membership, RefusedDelivery, Tenant, User, WebhookDoor
from tenants.scope import scope
from tests.web.conftest import signed_in, text_of
from tests.web.scenes import PASSWORD, Scene, person

pytestmark = pytest.mark.django_db
TABLES = (
    "tenants/tenant",
    "tenants/user",
    "tenants/membership",
    "tenants/webhookdoor",
    "tenants/refuseddelivery",
    "steps/step",
    "steps/pause",
    "steps/deadletter",
    "health/process",
    "tenants/invitation",
    "tenants/apigrant",
    "tenants/platformentry",
)
OF_A_TENANT = (
    *("calls/call", "calls/webhookdelivery", "calls/recording", "calls/transcript"),
    *("scoring/lead", "scoring/extraction", "scoring/leadscore"),
    *("crm/crmconnection", "crm/leadsync", "crm/loggedcall", "crm/exchange"),
    *("history/attempt", "audit/entry"),
)
"""Tables of a tenant, closed until one is chosen."""


@pytest.fixture
def staff(cedar: Tenant) -> Client:
    """Give a client of the platform's staff."""
    return signed_in(person("staff@platform.example", is_staff=True, is_superuser=True))


@pytest.fixture
def rows(cedar: Tenant) -> dict[str, int | str]:
    """Make one row of each kind that the admin only shows."""
    step = claim.birth(cedar.pk, Due("recording", "audio", 1, "call:1"))
    door = WebhookDoor.objects.get(tenant=cedar)
    refused = RefusedDelivery.objects.create(
        tenant=cedar,
        door=door,
        received_at=timezone.now(),
        status=401,
        code="webhook.signature",
        reason="The signature does not fit.",
        body_sealed="k1:SEALEDBODY",
        body_sha256=b"\1" * 32,
        body_bytes=12,
        request_id="r1",
    )
    return {
        "steps/step": step,
        "tenants/webhookdoor": str(door.pk),
        "tenants/refuseddelivery": refused.pk,
        "tenants/tenant": cedar.pk,
    }


def test_every_table_is_listed_and_every_row_opened(staff: Client, rows: dict[str, int | str], cedar: Tenant) -> None:
    for table in TABLES:
        assert staff.get(f"/admin/{table}/").status_code == 200
    for table, pk in rows.items():
        page = staff.get(f"/admin/{table}/{pk}/change/")
        assert page.status_code == 200
        door = WebhookDoor.objects.get(tenant=cedar)
        for secret in (door.secret, cedar.lead_secret, "SEALEDBODY"):
            assert secret not in page.content.decode()


def test_what_the_pipeline_writes_can_not_be_written_here(staff: Client, rows: dict[str, int | str]) -> None:
    for table in ("steps/step", "tenants/webhookdoor", "tenants/refuseddelivery"):
        assert staff.get(f"/admin/{table}/add/").status_code == 403
        assert staff.post(f"/admin/{table}/{rows[table]}/change/", {"state": "done"}).status_code == 403
        assert staff.post(f"/admin/{table}/{rows[table]}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get("/admin/tenants/tenant/add/").status_code == 403
    assert staff.post(f"/admin/tenants/tenant/{rows['tenants/tenant']}/delete/", {"post": "yes"}).status_code == 403
    assert Step.objects.get().state == "waiting"


@pytest.mark.parametrize(
    ("table", "lookup"),
    [
        ("tenants/webhookdoor", "secret__startswith=k"),
        ("tenants/webhookdoor", "tenant__lead_secret__startswith=k"),
        ("tenants/refuseddelivery", "body_sealed__startswith=k"),
        ("tenants/refuseddelivery", "signature=x"),
        ("tenants/tenant", "lead_secret__startswith=k"),
        ("tenants/user", "password__startswith=k"),
        ("tenants/user", "email__startswith=a"),
        ("tenants/membership", "user__password__startswith=k"),
        ("steps/step", "tenant__lead_secret__startswith=k"),
        ("steps/step", "worker__startswith=k"),
        ("steps/pause", "reason__startswith=k"),
    ],
)
def test_a_url_can_not_ask_for_what_no_filter_of_the_list_asks(
    staff: Client, rows: dict[str, int | str], table: str, lookup: str
) -> None:
    answer = staff.get(f"/admin/{table}/?{lookup}")

    assert answer.status_code == 400
    assert "This request can" in text_of(answer)


@pytest.mark.parametrize(
    "url",
    [
        "tenants/refuseddelivery/?code=%00",
        "autocomplete/?term=%00&app_label=tenants&model_name=membership&field_name=user",
    ],
)
def test_a_nul_in_a_query_is_not_understood(staff: Client, url: str) -> None:
    answer = staff.get(f"/admin/{url}")

    assert answer.status_code == 400
    assert "This request can't be read" in answer.content.decode()


def test_every_link_of_every_filter_still_works(staff: Client, rows: dict[str, int | str]) -> None:
    asked = set()
    for table in TABLES:
        page = staff.get(f"/admin/{table}/").content.decode()
        for query in re.findall(r'href="(\?[^"]+)"', page):
            asked.add(table)
            assert staff.get(f"/admin/{table}/{query.replace('&amp;', '&')}").status_code == 200, query

    assert asked >= {"tenants/tenant", "tenants/refuseddelivery", "steps/step"}


def test_the_admin_has_a_name_and_words_for_its_tables(staff: Client) -> None:
    page = text_of(staff.get("/admin/"))

    assert "Pipeline administration" in page
    assert "Refused deliveries" in page
    assert "deliverys" not in page


def test_staff_adds_a_person_with_a_role_and_no_password_is_kept_in_clear(staff: Client, cedar: Tenant) -> None:
    inline = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    given = {"email": "New@Cedar.example", "name": "New", "password1": PASSWORD, "password2": PASSWORD}

    made = staff.post("/admin/tenants/user/add/", given | {"usable_password": "true"} | inline)

    assert made.status_code == 302
    user = User.objects.get(email="new@cedar.example")
    assert user.check_password(PASSWORD)
    assert user.password not in staff.get(f"/admin/tenants/user/{user.pk}/change/").content.decode()


def test_a_pause_is_set_and_lifted(staff: Client, cedar: Tenant) -> None:
    incomplete = staff.post("/admin/steps/pause/add/", {"scope": "tenant", "reason": "x"})
    assert "Choose the tenant to pause." in text_of(incomplete)
    assert "Write the name of the stage or CRM to pause" in text_of(
        staff.post("/admin/steps/pause/add/", {"scope": "crm"})
    )

    staff.post("/admin/steps/pause/add/", {"scope": "tenant", "tenant": cedar.pk, "reason": "quiet"})
    paused = Pause.objects.get()
    assert (paused.scope, paused.tenant, paused.reason) == ("tenant", cedar, "quiet")
    assert timezone.now() - paused.since < dt.timedelta(minutes=1)

    staff.post(f"/admin/steps/pause/{paused.pk}/delete/", {"post": "yes"})
    assert not Pause.objects.exists()


def test_a_dead_letter_is_tried_again_and_the_trail_says_by_whom(staff: Client, cedar: Tenant) -> None:
    with scope(cedar):
        scene = Scene(cedar)
        scene.connect()
        scene.refused()
        scene.done()
    dead = Step.objects.get(state="dead")
    assert "1 dead letter" in text_of(staff.get("/admin/steps/deadletter/"))

    done = staff.post("/admin/steps/deadletter/", {"action": "try_again", "_selected_action": [dead.pk]}, follow=True)

    assert "1 due now" in text_of(done)
    assert Step.objects.get(pk=dead.pk).state == "waiting"
    with scope(cedar):
        entry = Entry.objects.get(event="step.replayed")
    assert (entry.actor, entry.target_id, entry.detail["crm"]) == ("staff", str(dead.pk), "hubspot")
    assert entry.request_id


def test_a_tenants_tables_are_closed_until_one_is_chosen(staff: Client, cedar: Tenant) -> None:
    menu = text_of(staff.get("/admin/"))
    assert "Lead scores" not in menu
    for table in OF_A_TENANT:
        for page in (f"/admin/{table}/", f"/admin/{table}/1/change/"):
            assert staff.get(page)["Location"] == "/admin/tenants/tenant/look/"
        assert staff.get(f"/admin/{table}/add/")["Location"] == "/admin/tenants/tenant/look/"
    with scope(cedar):
        assert Entry.objects.count() == 0


def test_each_look_into_a_tenant_stands_in_its_trail(staff: Client, cedar: Tenant) -> None:
    with scope(cedar):
        scene = Scene(cedar)
        scene.connect()
        call = scene.done("CAL-seen")
    chosen = staff.post("/admin/tenants/tenant/look/", {"tenant": cedar.pk, "reason": "asked"}, follow=True)
    assert f"You see {cedar.name} for an hour, read only" in text_of(chosen)
    assert "Lead scores" in text_of(chosen)

    assert "CAL-seen" in text_of(staff.get("/admin/calls/call/"))
    assert "CAL-seen" in staff.get(f"/admin/calls/call/{call.pk}/change/").content.decode()

    with scope(cedar):
        told = [(one.event, one.actor, one.target, one.target_id) for one in Entry.objects.order_by("number")]
    assert told == [
        ("look.begun", "staff", "tenant", str(cedar.pk)),
        ("look.taken", "staff", "call", ""),
        ("look.taken", "staff", "call", str(call.pk)),
    ]


def test_every_table_of_the_chosen_tenant_opens_and_shows_no_secret(staff: Client, cedar: Tenant) -> None:
    with scope(cedar):
        scene = Scene(cedar)
        scene.connect()
        scene.refused()
        scene.done()
        rows = {table: apps.get_model(table.replace("/", "."))._default_manager.first() for table in OF_A_TENANT}
    staff.post("/admin/tenants/tenant/look/", {"tenant": cedar.pk, "reason": "fault"})

    for table, row in rows.items():
        assert staff.get(f"/admin/{table}/").status_code == 200
        for query in re.findall(r'href="(\?[^"]+)"', staff.get(f"/admin/{table}/").content.decode()):
            assert staff.get(f"/admin/{table}/{query.replace('&amp;', '&')}").status_code == 200, query
        page = staff.get(f"/admin/{table}/{row.pk}/change/") if row else staff.get(f"/admin/{table}/")
        assert page.status_code == 200
        assert "SECRET-" not in page.content.decode()
        assert staff.post(f"/admin/{table}/{row.pk if row else 1}/change/", {"phone": "1"}).status_code == 403
        assert staff.post(f"/admin/{table}/{row.pk if row else 1}/delete/", {"post": "yes"}).status_code == 403


def test_no_way_beside_the_pages_leads_to_a_tenants_rows(staff: Client, cedar: Tenant) -> None:
    with scope(cedar):
        call = Scene(cedar).done()
    staff.post("/admin/tenants/tenant/look/", {"tenant": cedar.pk, "reason": "asked"})
    kind = ContentType.objects.get_for_model(Call)

    assert staff.get(f"/admin/r/{kind.pk}/{call.pk}/").status_code == 404
    field = "app_label=calls&model_name=recording&field_name=call"
    assert staff.get(f"/admin/autocomplete/?term=1&{field}").status_code == 403
    assert staff.get("/admin/calls/call/%00/change/").status_code == 400


@pytest.mark.parametrize(
    ("table", "action"),
    [
        ("tenants/user", "delete_selected"),
        ("tenants/membership", "delete_selected"),
        ("steps/pause", "delete_selected"),
        ("tenants/tenant", "look_into"),
        ("steps/deadletter", "try_again"),
    ],
)
@pytest.mark.parametrize("pk", ["abc", "1\0"])
def test_an_action_on_a_row_that_can_not_be_is_not_understood(staff: Client, table: str, action: str, pk: str) -> None:
    answer = staff.post(f"/admin/{table}/", {"action": action, "_selected_action": [pk], "index": 0})

    assert answer.status_code == 400
    assert "This request can't be read" in text_of(answer)


def test_a_field_of_the_admin_takes_ids_only(staff: Client) -> None:
    assert staff.get("/admin/tenants/membership/add/?tenant=abc").status_code == 400
    assert staff.post("/admin/tenants/membership/add/", {"tenant": "abc", "_save": 1}).status_code == 400


@pytest.mark.parametrize("charset", ["punycode", "idna", "utf-16", "zlib", "undefined"])
@pytest.mark.parametrize("path", ["/sign-in/", "/people/invite", "/admin/login/"])
def test_a_form_in_another_encoding_is_not_understood(path: str, charset: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"

    answer = Client(raise_request_exception=False).generic("POST", path, b"login=a%ffb&password=%ff", kind)

    assert answer.status_code == 400
    assert "This request can't be read" in answer.content.decode()


def test_an_account_that_is_closed_loses_its_tokens(staff: Client, cedar: Tenant) -> None:
    user = person("erin@cedar.example", (cedar, "agent"))
    grants.begin(Membership.objects.select_related("user", "tenant").get(user=user))
    inline = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}

    staff.post(f"/admin/tenants/user/{user.pk}/change/", {"email": user.email, "name": "Erin", **inline})

    user.refresh_from_db()
    assert not user.is_active
    assert not ApiGrant.objects.filter(user=user, revoked_at=None).exists()


def test_a_look_ends_by_leaving_and_after_an_hour(
    staff: Client, cedar: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff.post("/admin/tenants/tenant/look/", {"tenant": cedar.pk, "reason": "law"})
    staff.post("/admin/tenants/tenant/look/", {"leave": "yes"})
    assert staff.get("/admin/calls/call/").status_code == 302

    staff.post("/admin/tenants/tenant/look/", {"tenant": cedar.pk, "reason": "law"})
    assert staff.get("/admin/calls/call/").status_code == 200
    monkeypatch.setattr(clock, "now", lambda: timezone.now() + dt.timedelta(minutes=61))
    assert staff.get("/admin/calls/call/").status_code == 302


def test_a_look_needs_a_tenant_and_a_reason(staff: Client, cedar: Tenant) -> None:
    refused = staff.post("/admin/tenants/tenant/look/", {"tenant": 99_999, "reason": ""})

    assert "Select a valid choice" in text_of(refused)
    assert "This field is required" in text_of(refused)
    assert staff.get("/admin/calls/call/").status_code == 302


@pytest.mark.parametrize("role", ["owner", "admin", "agent", "viewer"])
def test_no_role_in_a_tenant_opens_the_admin(cedar: Tenant, role: str) -> None:
    client = signed_in(person(f"{role}@cedar.example", (cedar, role)))

    for table in (*TABLES, *OF_A_TENANT):
        assert client.get(f"/admin/{table}/").headers["Location"].startswith("/admin/login/")
    assert "/admin/" not in client.get("/you/").content.decode()
