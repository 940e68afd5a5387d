"""Every route by every method as every role of another tenant.

The matrix is drawn from the URLconf: a new route fails until it has its place here.
"""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from tenants.models import Invitation, Membership, Tenant
from tests.isolation.contents import ONLY_BIRCHS, TENANT_MODELS, WORDS, snapshot
from tests.routes import routes

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OTHERS = WORDS["birch"].encode()
NOT_ALLOWED = 405

BY_ID = ("calls/<int:pk>/", "calls/<int:pk>/timeline", "calls/<int:pk>/audio", "calls/<int:pk>/replay")
"""Routes that name a thing of a tenant by its id."""
LISTS = {
    "calls/": ("", "?q=birchwood", "?q=CAL-parked", "?q=8575550170", "?crm=hubspot", "?status=done", "?after=x~4"),
    "crm/": ("", "?q=birch"),
    "calls/live": ("", "?newest=0&open=1,2,3,4", "?newest=4&open=4", "?q=birchwood&newest=0&open=4"),
}
"""Routes that show what a query asks for, with queries that ask for birch's."""
PERSONAL = ("", "sign-in/", "sign-out/", "you/", "tenant/", "reset/", "reset/sent/", "styleguide/")
"""Routes of the person, or of nobody, in no tenant's schema."""
FORM = "application/x-www-form-urlencoded"
DATA = {"of": "cedar", "stage": "recording", "target": "", "tenant": "birch", "next": "/calls/4/"}


ADMIN = sorted(route for route in routes() if route.startswith("admin/"))


def path_of(route: str, value: object) -> str:
    """Return a path of a route with this value in each of its blanks."""
    plain = re.sub(r"\(\?P<app_label>(\w+)[^)]*\)", r"\1", route)  # the admin's two regular expressions
    plain = re.sub(r"\(\?P<url>.*?\)", str(value), plain).replace("^", "").replace("$", "")
    return "/" + re.sub(r"<[^>]+>", str(value), plain)


def ask(client: Client, method: str, path: str) -> Any:
    """Send a request; returns the answer and checks that nothing of birch is in it, its headers included."""
    response = client.generic(method, path, "&".join(f"{k}={v}" for k, v in DATA.items()), FORM)
    head = "\n".join(f"{name}: {value}" for name, value in response.items()).encode()
    assert OTHERS not in head + response.getvalue(), f"{method} {path}"
    return response


BY_LINK = {
    "join/<str:token>/",
    "^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z_:-]{1,200})/$",
}
"""Routes that a link from a mail opens: tests/web/test_reset.py, tests/web/test_people.py."""
CRMS = ("crm/<slug:slug>/", "crm/<slug:slug>/switch", "crm/<slug:slug>/move")
"""Routes that name one of the tenant's CRMs, which both tenants have: each acts on one's own."""
PEOPLE = {
    *("people/", "people/invite", "people/invitations/<int:pk>/withdraw", "people/<int:pk>/role"),
    "people/<int:pk>/remove",
}
"""Routes of a tenant's people, whose rows are public ones: a test of their own below."""
API = {
    *("v1/calls", "v1/calls/<int:pk>", "v1/calls/<int:pk>/replay", "v1/deliveries", "v1/deliveries/<int:pk>"),
    *(
        "v1/steps",
        "v1/steps/<int:pk>",
        "v1/pauses",
        "v1/pauses/<int:pk>",
        "v1/errors",
        "v1/crms",
        "v1/crms/<slug:slug>",
    ),
}
"""Resources of a token's tenant: tests/isolation/test_api.py."""
OPEN = {"v1/auth/token", "v1/auth/refresh", ".well-known/jwks.json", "v1/schema", "v1/docs", r"^v1/[\s\S]*$"}
"""Routes that need no token and hold no tenant's rows."""


def test_every_route_has_its_place_in_the_matrix() -> None:
    assert sorted({*routes()} - {*ADMIN}) == sorted({*BY_ID, *LISTS, *PERSONAL, *BY_LINK, *PEOPLE, *CRMS, *API, *OPEN})


def test_every_table_of_a_tenant_has_rows_in_the_matrix(two: tuple[Tenant, Tenant]) -> None:
    for tenant in two:
        rows = snapshot(tenant)
        assert [model._meta.label for model in TENANT_MODELS if not rows[model._meta.label]] == []


@pytest.mark.parametrize("route", [route for route in BY_ID if not route.endswith("replay")])
def test_the_other_tenants_own_people_see_what_is_looked_for(birchs_owner: Client, route: str) -> None:
    for pk in (1, ONLY_BIRCHS):
        response = birchs_owner.get(path_of(route, pk))

        assert response.status_code == 200
        assert OTHERS in response.getvalue()


@pytest.mark.parametrize("route", LISTS)
def test_the_other_tenants_own_people_see_it_in_their_lists(birchs_owner: Client, route: str) -> None:
    assert OTHERS in birchs_owner.get(f"/{route}{LISTS[route][1]}").content


@pytest.mark.parametrize("route", BY_ID)
def test_a_thing_of_another_tenant_is_not_there_and_its_namesake_is_ones_own(
    members: dict[str, Client], two: tuple[Tenant, Tenant], route: str
) -> None:
    _, birch = two
    before = snapshot(birch)

    for role, client in members.items():
        for method in METHODS:
            own = ask(client, method, path_of(route, 1)).status_code
            other = ask(client, method, path_of(route, ONLY_BIRCHS)).status_code
            assert other == {NOT_ALLOWED: NOT_ALLOWED, 403: 403}.get(own, 404), f"{role}: {method} {route}"

    assert snapshot(birch) == before


@pytest.mark.parametrize("route", LISTS)
def test_no_query_brings_another_tenants_rows(
    members: dict[str, Client], two: tuple[Tenant, Tenant], route: str
) -> None:
    _, birch = two
    before = snapshot(birch)

    for query in LISTS[route]:
        for role in ("owner", "viewer"):
            assert ask(members[role], "GET", f"/{route}{query}").status_code == 200
    for client in members.values():
        for method in METHODS:
            assert ask(client, method, f"/{route}").status_code in {200, NOT_ALLOWED}

    assert snapshot(birch) == before


@pytest.mark.parametrize("route", PERSONAL)
def test_ones_own_pages_know_nothing_of_another_tenant(
    members: dict[str, Client], two: tuple[Tenant, Tenant], route: str
) -> None:
    _, birch = two
    before = snapshot(birch)

    for client in members.values():
        for method in METHODS:
            response = ask(client, method, f"/{route}")
            assert b"Birch" not in response.content
            assert response.status_code < 500

    assert snapshot(birch) == before


@pytest.mark.parametrize("route", sorted(PEOPLE))
def test_another_tenants_people_are_not_there(
    members: dict[str, Client], birchs_owner: Client, two: tuple[Tenant, Tenant], route: str
) -> None:
    _, birch = two
    invited = Invitation.objects.create(
        tenant=birch, email="new@birch.example", role="viewer", token_hash=b"1", expires_at="2999-01-01T00:00:00Z"
    )
    theirs = invited.pk if "invitations" in route else Membership.objects.get(tenant=birch).pk
    before = [list(model.objects.filter(tenant=birch).values()) for model in (Membership, Invitation)]
    data = {"of": "cedar", "email": "new@birch.example", "role": "viewer"}

    for role, client in members.items():
        for method in ("GET", "POST", "PUT", "DELETE"):
            body = "&".join(f"{k}={v}" for k, v in data.items()) if method == "POST" else ""
            response = client.generic(method, path_of(route, theirs), body, FORM)
            assert b"owner@birch.example" not in response.content
            allowed = {405} if "pk" in route and method == "GET" else {200, 403, 404, 405, 422}
            assert response.status_code in allowed, f"{role}: {method} {route}"

    assert [list(model.objects.filter(tenant=birch).values()) for model in (Membership, Invitation)] == before


@pytest.mark.parametrize("route", CRMS)
def test_a_crm_of_ones_own_is_changed_and_no_other_tenants(
    members: dict[str, Client], two: tuple[Tenant, Tenant], route: str
) -> None:
    _, birch = two
    before = snapshot(birch)
    data = "of=cedar&on=no&way=down&access_token=pat-na1-0123456789&tenant=birch"

    for client in members.values():
        for method in METHODS:
            response = client.generic(method, path_of(route, "hubspot"), data if method == "POST" else "", FORM)
            assert OTHERS not in response.getvalue()
            assert response.status_code in {200, 302, 403, 405, 422}

    assert snapshot(birch) == before


def test_nobody_chooses_a_tenant_that_is_not_theirs(members: dict[str, Client]) -> None:
    for client in members.values():
        assert ask(client, "POST", "/tenant/").status_code == 403
        assert b"Cedar" in client.get("/calls/").content


@pytest.mark.parametrize("route", [*BY_ID, *LISTS])
def test_a_stranger_gets_no_tenants_page(two: tuple[Tenant, Tenant], route: str) -> None:
    for method in METHODS:
        response = ask(Client(), method, path_of(route, 1))
        assert response.status_code in {302, NOT_ALLOWED}
        assert WORDS["cedar"].encode() not in response.content


@pytest.mark.parametrize("route", [*BY_ID, *LISTS])
def test_the_platforms_staff_gets_no_tenants_page(admin_client: Client, two: tuple[Tenant, Tenant], route: str) -> None:
    for method in METHODS:
        response = ask(admin_client, method, path_of(route, 1))
        assert response.status_code in {403, NOT_ALLOWED}
        assert WORDS["cedar"].encode() not in response.content


def test_staff_sees_no_table_of_a_tenant_but_of_the_one_that_was_chosen(
    admin_client: Client, two: tuple[Tenant, Tenant]
) -> None:
    tables = [model._meta for model in admin.site._registry if model in TENANT_MODELS]
    assert tables
    for table in tables:
        for page in ("", "1/change/", f"{ONLY_BIRCHS}/change/", "add/", "1/history/"):
            closed = ask(admin_client, "GET", f"/admin/{table.app_label}/{table.model_name}/{page}")
            assert closed.status_code == 302, f"{table} {page}"

    admin_client.post("/admin/tenants/tenant/look/", {"tenant": two[0].pk, "reason": "asked"})

    for table in tables:
        for page in ("", "?q=birchwood", "1/change/", f"{ONLY_BIRCHS}/change/", "1/history/"):
            ask(admin_client, "GET", f"/admin/{table.app_label}/{table.model_name}/{page}")


def test_the_admin_is_closed_to_every_role(members: dict[str, Client]) -> None:
    for route in ADMIN:
        for client in members.values():
            for method in ("GET", "POST"):
                response = ask(client, method, path_of(route, ONLY_BIRCHS))
                is_login = route == "admin/login/"
                assert response.status_code in ({200, 302} if is_login else {302, 403, 404}), f"{method} {route}"
                assert b"birch" not in response.content.replace(b"tenant=birch", b"")


def test_the_admins_pages_show_staff_nothing_of_what_was_said(admin_client: Client, two: tuple[Tenant, Tenant]) -> None:
    for route in ADMIN:
        response = ask(admin_client, "GET", path_of(route, two[1].pk))
        assert WORDS["cedar"].encode() not in response.content
