"""member_required and the middleware around it, with pages of the test's own."""

from pathlib import Path

import pytest
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import include, path

from calls.models import Call
from pipeline import clock
from tenants.access.pages import MANAGERS, TenantRequest, member_required
from tenants.models import Membership, Tenant
from tenants.scope import scope
from tests.web.conftest import signed_in
from tests.web.scenes import person

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def active_schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


@member_required()
def schema(request: TenantRequest) -> HttpResponse:
    return HttpResponse(f"{active_schema()} {request.tenant.slug} {request.membership.role}")


@member_required(MANAGERS)
def for_managers(request: TenantRequest) -> HttpResponse:
    return HttpResponse("in")


@member_required()
def streamed(request: TenantRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(str(call) for call in Call.objects.all())


@member_required()
def file(request: TenantRequest) -> FileResponse:
    return FileResponse(Path(__file__).open("rb"))


@member_required()
def not_a_file(request: TenantRequest) -> FileResponse:
    return FileResponse(str(call).encode() for call in Call.objects.all())


@member_required()
def rendered_late(request: TenantRequest) -> HttpResponse:
    template = engines["django"].from_string("{% for call in calls %}{{ call.external_id }} {% endfor %}")
    return SimpleTemplateResponse(template, {"calls": Call.objects.order_by("pk")})


@member_required()
def failing(request: TenantRequest) -> HttpResponse:
    raise ZeroDivisionError


def left_in_a_schema(request: HttpRequest) -> HttpResponse:
    connection.set_schema("t_birch")  # type: ignore[attr-defined]  # what no code of ours may do
    return HttpResponse(active_schema())


def outside(request: HttpRequest) -> HttpResponse:
    return HttpResponse(active_schema())


urlpatterns = [
    path("schema", schema),
    path("managers", for_managers),
    path("streamed", streamed),
    path("file", file),
    path("not_a_file", not_a_file),
    path("late", rendered_late),
    path("failing", failing),
    path("left", left_in_a_schema),
    path("outside", outside),
    path("", include("pipeline.urls")),  # the error pages lead home
]


@pytest.fixture
def client(cedar: Tenant) -> Client:
    return signed_in(person("owner@cedar.example", (cedar, "owner")))


def test_a_page_is_made_inside_the_members_tenant_and_leaves_it(client: Client) -> None:
    assert client.get("/schema").content == b"t_cedar cedar owner"
    assert active_schema() == "public"


def test_a_stranger_is_led_to_the_sign_in() -> None:
    response = Client().get("/schema?a=1")

    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/schema%3Fa%3D1")


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("admin", 200), ("agent", 403), ("viewer", 403), ("", 403)]
)
def test_only_the_roles_named_come_in(cedar: Tenant, role: str, status: int) -> None:
    roles = [(cedar, role)] if role else []

    assert signed_in(person("p@cedar.example", *roles)).get("/managers").status_code == status


def test_the_platforms_staff_is_in_no_tenant(cedar: Tenant) -> None:
    staff = signed_in(person("staff@platform.example", is_staff=True, is_superuser=True))

    assert staff.get("/schema").status_code == 403


@pytest.mark.parametrize("page", ["streamed", "not_a_file"])
def test_an_answer_that_would_be_made_outside_the_tenant_is_refused(client: Client, page: str) -> None:
    with pytest.raises(TypeError, match="it would be made outside the tenant's schema"):
        client.get(f"/{page}")


def test_a_file_that_was_opened_inside_is_sent(client: Client) -> None:
    assert client.get("/file").getvalue() == Path(__file__).read_bytes()


def test_a_template_that_is_rendered_late_is_rendered_inside(client: Client, cedar: Tenant) -> None:
    with scope(cedar):
        Call.objects.create(external_id="CAL1", started_at=clock.now(), duration=1)

    assert client.get("/late").content == b"CAL1 "


def test_a_page_that_fails_leaves_the_connection_in_public(client: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        client.get("/failing")

    assert active_schema() == "public"


def test_a_schema_that_something_left_active_does_not_reach_the_next_request(client: Client) -> None:
    assert client.get("/left").content == b"t_birch"
    assert active_schema() == "public"

    connection.set_schema("t_birch")  # type: ignore[attr-defined]  # as a thread of the server might have been left
    assert client.get("/outside").content == b"public"


# --- which tenant -----------------------------------------------------------------------------------


def choose(client: Client, tenant: Tenant) -> None:
    session = client.session
    session["tenant_id"] = tenant.pk
    session.save()


def test_the_session_names_the_tenant_and_the_oldest_membership_is_the_first(cedar: Tenant, birch: Tenant) -> None:
    client = signed_in(person("both@cedar.example", (birch, "viewer"), (cedar, "owner")))
    assert client.get("/schema").content == b"t_birch birch viewer"

    choose(client, cedar)
    assert client.get("/schema").content == b"t_cedar cedar owner"


def test_a_session_that_names_another_tenant_opens_nothing_of_it(client: Client, birch: Tenant) -> None:
    choose(client, birch)

    assert client.get("/schema").content == b"t_cedar cedar owner"


def test_a_removed_member_is_out_at_the_next_request_and_in_the_other_tenant(cedar: Tenant, birch: Tenant) -> None:
    both = person("both@cedar.example", (cedar, "owner"), (birch, "agent"))
    client = signed_in(both)
    choose(client, cedar)

    Membership.objects.filter(user=both, tenant=cedar).delete()
    assert client.get("/schema").content == b"t_birch birch agent"

    Membership.objects.filter(user=both).delete()
    assert client.get("/schema").status_code == 403


def test_a_changed_role_counts_from_the_next_request(client: Client) -> None:
    assert client.get("/managers").status_code == 200

    Membership.objects.update(role="viewer")

    assert client.get("/managers").status_code == 403


@pytest.mark.parametrize(
    ("state", "said"),
    [(Tenant.State.SUSPENDED, b"suspended"), (Tenant.State.PROVISIONING, b"You are in no tenant yet")],
)
def test_a_tenant_that_is_not_active_is_closed_to_its_members(
    client: Client, cedar: Tenant, state: str, said: bytes
) -> None:
    Tenant.objects.filter(pk=cedar.pk).update(state=state)

    response = client.get("/schema")

    assert response.status_code == 403
    assert said in response.content


def test_a_suspended_tenant_leaves_its_members_in_their_other_one(cedar: Tenant, birch: Tenant) -> None:
    client = signed_in(person("both@cedar.example", (cedar, "owner"), (birch, "agent")))
    choose(client, cedar)
    Tenant.objects.filter(pk=cedar.pk).update(state=Tenant.State.SUSPENDED)

    assert client.get("/schema").content == b"t_birch birch agent"


@pytest.mark.urls("pipeline.urls")
def test_a_session_does_not_come_back_after_its_sign_out(cedar: Tenant, birch: Tenant) -> None:
    client = signed_in(person("both@cedar.example", (cedar, "owner"), (birch, "agent")))
    client.post("/tenant/", {"tenant": "birch"})
    assert client.get("/calls/").status_code == 200
    kept = client.cookies["sessionid"].value

    client.post("/sign-out/")

    thief = Client()
    thief.cookies["sessionid"] = kept
    for page in ("/calls/", "/you/", "/calls/live"):
        assert thief.get(page)["Location"].startswith("/sign-in/")


@pytest.mark.urls("pipeline.urls")
def test_sessions_lie_in_public_whichever_tenant_is_on(cedar: Tenant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'django_session'")

        assert cursor.fetchall() == [("public",)]
