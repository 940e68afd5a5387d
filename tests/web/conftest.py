"""A tenant with people of each role, and pages asked for as they ask."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from calls.models import Call
from tenants import shared
from tenants.models import Tenant, User
from tenants.scope import scope
from tests.web.scenes import Scene, person


@pytest.fixture(autouse=True)
def recordings(settings: Settings, tmp_path: Path) -> Path:
    """Keep the recordings of this test apart."""
    settings.RECORDINGS_DIR = tmp_path / "recordings"
    return tmp_path / "recordings"


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """Hash passwords in no time; how slow it has to be is Django's choice, not what these tests are about."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _no_tries() -> None:
    """Forget the failed sign-ins of other tests: they came from the same address."""
    with shared.client() as server:
        for pattern in ("sign_in:*", "reset:*"):
            for key in server.keys(pattern):
                server.delete(key)


@pytest.fixture
def owner(cedar: Tenant) -> User:
    """Give cedar's owner."""
    return person("owner@cedar.example", (cedar, "owner"), name="Dana Whitlock")


@pytest.fixture
def client(owner: User) -> Client:
    """Give a browser's stand-in that cedar's owner has signed in with."""
    return signed_in(owner)


@pytest.fixture
def make(cedar: Tenant) -> Callable[..., Call]:
    """Give a maker of cedar's calls: `make("done", score=80)`."""

    def made(kind: str, *args: object, **fields: object) -> Call:
        with scope(cedar):
            scene = Scene(cedar)
            scene.connect()
            call: Call = getattr(scene, kind)(*args, **fields)
        return call

    return made


@pytest.fixture
def queries() -> Iterator[Callable[[], int]]:
    """Give a counter of the statements since the last count, switches of the schema apart."""
    with CaptureQueriesContext(connection) as captured:
        seen = 0

        def counted() -> int:
            nonlocal seen
            fresh = captured.captured_queries[seen:]
            seen += len(fresh)
            return len([one for one in fresh if not one["sql"].startswith("SET search_path")])

        yield counted


def signed_in(user: User) -> Client:
    """Return a client with this person's session."""
    client = Client()
    client.force_login(user)
    return client


class Page(Protocol):
    """An answer with a body."""

    @property
    def content(self) -> bytes:
        """Its bytes."""
        ...


def text_of(response: Page) -> str:
    """Return what a page says, without its markup."""
    body = re.sub(r"<(script|style|svg|head)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())
