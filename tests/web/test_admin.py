"""The platform staff's admin: the public tables, without secrets and bodies."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from pipeline.steps import claim
from pipeline.steps.models import Pause, Step
from pipeline.steps.stage import Due
from tenants.models import RefusedDelivery, Tenant, User, WebhookDoor
from tests.web.conftest import signed_in, text_of
from tests.web.scenes import PASSWORD, person

pytestmark = pytest.mark.django_db
TABLES = (
    "tenants/tenant",
    "tenants/user",
    "tenants/membership",
    "tenants/webhookdoor",
    "tenants/refuseddelivery",
    "steps/step",
    "steps/pause",
)


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


@pytest.mark.parametrize("role", ["owner", "admin", "agent", "viewer"])
def test_no_role_in_a_tenant_opens_the_admin(cedar: Tenant, role: str) -> None:
    client = signed_in(person(f"{role}@cedar.example", (cedar, role)))

    for table in TABLES:
        assert client.get(f"/admin/{table}/").headers["Location"].startswith("/admin/login/")
    assert "/admin/" not in client.get("/you/").content.decode()
