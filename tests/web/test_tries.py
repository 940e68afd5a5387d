"""The brake on guessing passwords, at both doors."""

import uuid
from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from pytest_django import Settings

from tenants import shared
from tenants.access import tries
from tenants.models import Tenant, User
from tests.web.conftest import text_of
from tests.web.scenes import PASSWORD, person

pytestmark = pytest.mark.django_db
DOORS = ("/sign-in/", "/admin/login/")


def attempt(email: str, password: str, *, address: str = "192.0.2.1", door: str = DOORS[0], forwarded: str = "") -> int:
    headers = {"Forwarded": forwarded} if forwarded else {}
    given = {"username": email, "login": email, "password": password}
    return Client().post(door, given, headers=headers, REMOTE_ADDR=address).status_code


class Counted(MD5PasswordHasher):
    """Counts what it hashes."""

    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).hashed += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("email", ["owner@cedar.example", "nobody@cedar.example"])
def test_a_try_too_many_costs_no_hash(owner: User, settings: Settings, email: str) -> None:
    settings.PASSWORD_HASHERS = ["tests.web.test_tries.Counted"]
    counts = []
    for _ in range(7):
        Counted.hashed = 0
        attempt(email, "wrong")
        counts.append(Counted.hashed > 0)

    assert counts == [True] * 5 + [False] * 2


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("email", ["owner@cedar.example", "nobody@cedar.example"])
def test_after_five_failed_tries_none_is_looked_at_whether_the_person_exists_or_not(
    owner: User, door: str, email: str
) -> None:
    before = [attempt(email, "wrong", door=door) for _ in range(5)]

    refused = Client().post(door, {"username": email, "login": email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.1")

    assert 429 not in before
    assert refused.status_code == 429
    assert 290 <= int(refused["Retry-After"]) <= 300
    assert f"Too many tries. Try again in {refused['Retry-After']} s." in text_of(refused)
    assert "sessionid" not in refused.cookies


def test_the_doors_share_the_count_and_capitals_make_no_other_address(owner: User) -> None:
    for i in range(5):
        attempt("OWNER@cedar.example" if i % 2 else "owner@cedar.example", "wrong", door=DOORS[i % 2])

    assert attempt("owner@cedar.example", PASSWORD) == 429


def test_others_and_other_addresses_sign_in_meanwhile(owner: User, cedar: Tenant) -> None:
    person("ann@cedar.example", (cedar, "viewer"))
    for _ in range(6):
        attempt("owner@cedar.example", "wrong")

    assert attempt("ann@cedar.example", PASSWORD) == 302
    assert attempt("owner@cedar.example", PASSWORD, address="192.0.2.2") == 302


def test_the_right_password_forgets_the_wrong_ones(owner: User) -> None:
    for _ in range(3):
        assert [attempt("owner@cedar.example", "wrong") for _ in range(4)] == [422] * 4
        assert attempt("owner@cedar.example", PASSWORD) == 302


def test_an_address_that_tries_many_people_is_refused_as_a_whole(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "MOST_OF_ADDRESS", 7)

    statuses = [attempt(f"p{i}@cedar.example", "wrong", address=f"2001:db8::{i}") for i in range(8)]

    assert statuses == [422] * 7 + [429]
    assert attempt("owner@cedar.example", PASSWORD, address="2001:db8::ffff") == 429
    assert attempt("owner@cedar.example", PASSWORD, address="2001:db8:1::1") == 302


def test_behind_a_trusted_proxy_the_client_counts_and_elsewhere_nobody_picks_an_address(
    owner: User, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    for i in range(6):
        attempt("owner@cedar.example", "wrong", address="10.0.0.1", forwarded="for=198.51.100.7")
        attempt("owner@cedar.example", "wrong", address="203.0.113.9", forwarded=f"for=198.51.100.{20 + i}")

    assert attempt("owner@cedar.example", PASSWORD, address="10.0.0.1", forwarded="for=198.51.100.7") == 429
    assert attempt("owner@cedar.example", PASSWORD, address="10.0.0.1", forwarded="for=198.51.100.8") == 302
    assert attempt("owner@cedar.example", PASSWORD, address="203.0.113.9", forwarded="for=198.51.100.99") == 429


def test_the_window_ends(owner: User) -> None:
    for _ in range(6):
        attempt("owner@cedar.example", "wrong")

    with shared.client() as server:
        for key in server.keys("sign_in:*"):
            assert 0 < server.ttl(key) <= tries.WINDOW_SECONDS
            server.delete(key)  # as its end does

    assert attempt("owner@cedar.example", PASSWORD) == 302


@pytest.fixture
def no_redis(settings: Settings) -> Iterator[None]:
    """Point the brake at a port where nothing answers."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    shared.client.cache_clear()
    yield
    shared.client.cache_clear()


def test_while_redis_is_away_people_are_let_in(owner: User, no_redis: None) -> None:
    assert [attempt("owner@cedar.example", "wrong") for _ in range(7)] == [422] * 7
    assert attempt("owner@cedar.example", PASSWORD) == 302


def test_an_origin_without_an_address_counts_too() -> None:
    email = f"{uuid.uuid4()}@cedar.example"
    for _ in range(5):
        tries.begin(email=email, address=None)

    with pytest.raises(tries.TooMany, match=r"Too many tries\. Try again in \d+ s\."):
        tries.begin(email=email, address=None)
