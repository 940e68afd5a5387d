"""A tenant with people of each role, and requests sent as programs send them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tenants import shared
from tenants.access import grants
from tenants.models import Membership, Tenant, User
from tenants.scope import scope
from tests.web.scenes import Scene, person

Send = Callable[..., Any]


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    """Forget tries and rates of other tests: they came from the same address."""
    with shared.client() as server:
        for pattern in ("sign_in:*", "reset:*", "api_rate:*"):
            for key in server.keys(pattern):
                server.delete(key)


@pytest.fixture
def dana(cedar: Tenant) -> User:
    """Give cedar's owner."""
    return person("dana@cedar.example", (cedar, "owner"), name="Dana Whitlock")


@pytest.fixture
def token(dana: User) -> str:
    """Give cedar's owner's access token."""
    return token_of(dana)


def token_of(user: User) -> str:
    """Return an access token for a person's only tenant."""
    return grants.begin(Membership.objects.select_related("user", "tenant").get(user=user)).access


@pytest.fixture
def send() -> Send:
    """Give a sender: `send("GET", "/v1/calls", token)` returns the answer, `.json()` its body."""

    def sent(method: str, path: str, token: str = "", body: Any = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        more = {"content_type": "application/json"} | more
        return Client(headers=headers).generic(method, path, data, **more)

    return sent


def fill(tenant: Tenant, *kinds: str) -> list[int]:
    """Give a tenant calls; returns their ids."""
    with scope(tenant):
        scene = Scene(tenant)
        scene.connect()
        return [getattr(scene, kind)(f"CAL-{kind}-{number}").pk for number, kind in enumerate(kinds)]
