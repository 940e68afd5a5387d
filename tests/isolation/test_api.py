"""Every resource of the API by every method as every role of another tenant, and with its ids in every place."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from pipeline.steps.models import Pause, Step
from tenants.access import grants
from tenants.models import Membership, Tenant
from tests.isolation.contents import ONLY_BIRCHS, WORDS, snapshot
from tests.isolation.test_urls import API, METHODS, OPEN, OTHERS, path_of

pytestmark = pytest.mark.django_db

BODIES: tuple[Any, ...] = (
    {"stage": "recording", "crm": "hubspot", "tenant_id": "birch", "tenant": "birch"},
    {"scope": "crm", "name": "hubspot", "tenant": "birch", "tenant_id": "birch"},
    {"is_on": False, "place": 3, "credentials": {"access_token": "pat-na1-0123456789"}, "tenant": "birch"},
)
QUERIES = ("", "?q=Birchwood", "?tenant=birch", "?tenant_id=birch", "?q=CAL-parked", "?call=4", "?call_id=CAL-parked")


@pytest.fixture(autouse=True)
def _no_rate(settings: Settings) -> None:
    """Let the matrix run through without the brake."""
    settings.API_RATE = 100_000


@pytest.fixture
def tokens(members: dict[str, Client]) -> dict[str, str]:
    """Give a token of each role in cedar."""
    own = Membership.objects.select_related("user", "tenant").filter(tenant__slug="cedar")
    return {one.role: grants.begin(one).access for one in own}


def ask(token: str, method: str, path: str, body: Any = None) -> Any:
    """Send a request; returns the answer and checks that nothing of birch is in it."""
    client = Client(headers={"Authorization": f"Bearer {token}"})
    response = client.generic(method, path, json.dumps(body or {}), "application/json")
    head = "\n".join(f"{name}: {value}" for name, value in response.items()).encode()
    assert OTHERS not in head + response.content, f"{method} {path}"
    return response


def birchs(route: str, birch: Tenant) -> Iterator[int]:
    """Yield ids that only birch has, for a route."""
    if "steps" in route:
        yield from Step.objects.filter(tenant=birch).order_by("pk").values_list("pk", flat=True)[:2]
    elif "pauses" in route:
        yield Pause.objects.create(scope="crm", name="hubspot", tenant=birch).pk
    elif "deliveries" in route:
        yield ONLY_BIRCHS + 100
    else:
        yield ONLY_BIRCHS


@pytest.mark.parametrize("route", sorted(route for route in API if "pk" in route))
def test_a_thing_of_another_tenant_is_not_there(tokens: dict[str, str], two: tuple[Tenant, Tenant], route: str) -> None:
    _, birch = two
    theirs = list(birchs(route, birch))
    before, steps = snapshot(birch), list(Step.objects.filter(tenant=birch).order_by("pk").values())

    for token in tokens.values():
        for method in METHODS:
            for pk in theirs:
                for body in BODIES:
                    status = ask(token, method, path_of(route, pk), body).status_code
                    assert status in {403, 404, 405} or method == "OPTIONS", f"{method} {route}: {status}"

    assert snapshot(birch) == before
    assert list(Step.objects.filter(tenant=birch).order_by("pk").values()) == steps
    assert Pause.objects.filter(tenant=birch).count() == int("pauses" in route)


@pytest.mark.parametrize("route", sorted(route for route in API if "pk" not in route))
def test_no_query_and_no_body_reaches_another_tenant(
    tokens: dict[str, str], two: tuple[Tenant, Tenant], route: str
) -> None:
    _, birch = two
    before = snapshot(birch)

    for query in QUERIES:
        for token in tokens.values():
            status = ask(token, "GET", f"{path_of(route, 'hubspot')}{query}").status_code
            assert status in ({405} if "slug" in route else {200, 400})
    for method in METHODS:
        for body in BODIES:
            ask(tokens["owner"], method, path_of(route, "hubspot"), body)

    assert snapshot(birch) == before
    assert not Pause.objects.exclude(tenant__slug="cedar").exists()


def test_the_other_tenants_own_people_see_what_is_looked_for(birchs_owner: Client, two: tuple[Tenant, Tenant]) -> None:
    own = Membership.objects.select_related("user", "tenant").get(tenant__slug="birch")
    client = Client(headers={"Authorization": f"Bearer {grants.begin(own).access}"})

    for path in ("/v1/calls", f"/v1/calls/{ONLY_BIRCHS}"):
        assert OTHERS in client.get(path).content


@pytest.mark.parametrize("route", sorted(API))
def test_a_stranger_and_a_session_get_nothing(members: dict[str, Client], route: str) -> None:
    for client in (Client(), members["owner"]):
        for method in METHODS:
            response = client.generic(method, path_of(route, 1), "{}", "application/json")
            assert response.status_code == 401, f"{method} {route}"
            assert WORDS["cedar"].encode() not in response.content


@pytest.mark.parametrize("route", sorted(OPEN))
def test_what_needs_no_token_holds_no_tenants_rows(two: tuple[Tenant, Tenant], route: str) -> None:
    before = [snapshot(one) for one in two]

    for method in METHODS:
        path = "/v1/nothing" if route.startswith("^") else f"/{route}"
        content = Client().generic(method, path, json.dumps(BODIES[0]), "application/json").content
        assert not [word for word in WORDS.values() if word.encode() in content]

    assert [snapshot(one) for one in two] == before
