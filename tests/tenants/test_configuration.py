"""A tenant's choices: this process's copy, then Redis, then Postgres; a change is seen within five seconds."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tenants import configuration, shared
from tenants.configuration import Config
from tenants.models import Tenant, TenantConfig

KEY = "tenant_config:cedar"
WAIT_SECONDS = 30


@pytest.fixture
def store() -> Iterator["redis.Redis"]:
    """Give Redis without a copy in it."""
    client: redis.Redis = redis.Redis.from_url(django_settings.REDIS_URL, decode_responses=True)
    client.delete(KEY)
    yield client
    client.delete(KEY)
    client.close()


@pytest.fixture
def cedar(committed: dict[str, Tenant], store: "redis.Redis", monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    """Give a tenant whose configuration is as it was made, before and after the test."""
    forget()
    for thread in threading.enumerate():
        if thread.name == "tenant-config":  # of a test before: it would delete this one's copy
            thread.join(WAIT_SECONDS)
    monkeypatch.setattr(configuration, "_rested_at", 0.0)
    yield committed["cedar"]
    shared.client.cache_clear()
    TenantConfig.objects.filter(tenant=committed["cedar"]).delete()
    TenantConfig.objects.create(tenant=committed["cedar"])


def forget() -> None:
    """Be a process that has just started."""
    configuration._copies.clear()
    shared.client.cache_clear()


def change_elsewhere(tenant: Tenant, **values: Any) -> None:
    """Change the configuration as another process does: this one's copy stays."""
    kept = dict(configuration._copies)
    configuration.change(tenant, **values)
    configuration._copies.update(kept)


def queries_of_load(tenant: Tenant) -> int:
    with CaptureQueriesContext(connection) as captured:
        configuration.load(tenant)
    return len(captured)


def away(settings: Settings) -> None:
    """Take Redis away: nothing listens there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.REDIS_URL = f"redis://127.0.0.1:{free.getsockname()[1]}/0"
    shared.client.cache_clear()


def test_redis_holds_a_copy_in_json_under_the_guides_key_for_five_minutes(cedar: Tenant, store: "redis.Redis") -> None:
    configuration.change(cedar, sync_delay=2.5, sync_order=["pipedrive", "hubspot"])

    loaded = configuration.load(cedar)

    assert loaded == Config(sync_order=("pipedrive", "hubspot"), sync_delay=2.5)
    assert json.loads(str(store.get(KEY))) == {
        "tenant": cedar.pk,
        "sync_order": ["pipedrive", "hubspot"],
        "sync_delay": 2.5,
        "sync_kinds": ["lead", "voicemail", "existing_customer"],
        "speech_engine": "",
        "speech_language": "",
        "analyzer": "",
    }
    assert 290 <= int(str(store.ttl(KEY))) <= 300


def test_one_process_fills_redis_and_the_next_one_does_not_ask_postgres(cedar: Tenant) -> None:
    assert queries_of_load(cedar) > 0
    first = configuration.load(cedar)

    forget()

    assert queries_of_load(cedar) == 0
    assert configuration.load(cedar) == first


def test_nothing_chosen_means_the_defaults(cedar: Tenant) -> None:
    TenantConfig.objects.filter(tenant=cedar).update(sync_order=[], sync_kinds=[])
    assert configuration.load(cedar) == Config()

    TenantConfig.objects.filter(tenant=cedar).delete()
    forget()
    assert configuration.load(cedar) == Config()


def test_ones_own_change_is_seen_at_once(cedar: Tenant) -> None:
    configuration.load(cedar)

    assert configuration.change(cedar, sync_delay=9).sync_delay == 9

    assert configuration.load(cedar).sync_delay == 9


def test_another_processs_change_is_seen_after_five_seconds_at_most(
    cedar: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration.load(cedar)
    now = time.monotonic()
    change_elsewhere(cedar, sync_delay=9)

    monkeypatch.setattr("tenants.configuration.time.monotonic", lambda: now + 4)
    assert configuration.load(cedar).sync_delay == 5
    monkeypatch.setattr("tenants.configuration.time.monotonic", lambda: now + 6)
    assert configuration.load(cedar).sync_delay == 9


def test_the_copy_is_dropped_when_the_change_is_committed_and_not_before(cedar: Tenant, store: "redis.Redis") -> None:
    configuration.load(cedar)

    with transaction.atomic():
        configuration.change(cedar, sync_delay=9)
        assert store.exists(KEY)

    assert not store.exists(KEY)


def test_a_change_that_is_rolled_back_leaves_every_copy(cedar: Tenant, store: "redis.Redis") -> None:
    configuration.load(cedar)

    with transaction.atomic():
        configuration.change(cedar, sync_delay=9)
        transaction.set_rollback(True)

    assert store.exists(KEY)
    assert configuration.load(cedar).sync_delay == 5


def test_what_only_a_transaction_sees_is_left_in_no_copy(cedar: Tenant, store: "redis.Redis") -> None:
    with transaction.atomic():
        configuration.change(cedar, sync_delay=9)
        forget()
        assert configuration.load(cedar).sync_delay == 9
        transaction.set_rollback(True)

    assert not store.exists(KEY)
    assert configuration.load(cedar).sync_delay == 5


def test_a_change_between_reading_and_filling_leaves_no_old_copy(
    cedar: Tenant, store: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    read = configuration._from_postgres
    turns = iter([True])

    def read_and_be_overtaken(tenant: Tenant) -> Config:
        found = read(tenant)
        if next(turns, False):
            change_elsewhere(tenant, sync_delay=9)
        return found

    monkeypatch.setattr(configuration, "_from_postgres", read_and_be_overtaken)

    configuration.load(cedar)

    assert not store.exists(KEY)
    forget()
    assert configuration.load(cedar).sync_delay == 9


@pytest.mark.parametrize(
    "found",
    [
        "",
        "null",
        "[]",
        "not json",
        '"text"',
        '{"sync_delay": 1}',
        '{"tenant": 0, "sync_delay": 1}',
        '{"tenant": CEDAR, "sync_delay": 1, "of_another_version": 2}',
    ],
)
def test_a_copy_that_is_not_this_tenants_or_not_this_codes_is_replaced(
    cedar: Tenant, store: "redis.Redis", found: str
) -> None:
    store.set(KEY, found.replace("CEDAR", str(cedar.pk)))

    assert configuration.load(cedar) == Config()

    assert json.loads(str(store.get(KEY)))["tenant"] == cedar.pk


def test_each_tenant_has_its_own(cedar: Tenant, committed: dict[str, Tenant]) -> None:
    configuration.change(cedar, sync_delay=9)

    assert configuration.load(committed["birch"]).sync_delay == 5
    assert configuration.load(cedar).sync_delay == 9


def test_without_redis_postgres_is_read_and_written(cedar: Tenant, settings: Settings) -> None:
    away(settings)

    assert configuration.load(cedar).sync_delay == 5
    configuration.change(cedar, sync_delay=9)
    assert configuration.load(cedar).sync_delay == 9


def test_a_redis_that_takes_connections_and_says_nothing_is_no_different(cedar: Tenant, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings.REDIS_URL = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        shared.client.cache_clear()

        assert configuration.load(cedar).sync_delay == 5


def test_a_redis_that_was_away_is_left_alone_for_a_while(
    cedar: Tenant, settings: Settings, store: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    here, now = settings.REDIS_URL, time.monotonic()
    away(settings)
    configuration.load(cedar)
    settings.REDIS_URL = here
    forget()

    configuration.load(cedar)
    assert not store.exists(KEY)

    forget()
    monkeypatch.setattr("tenants.configuration.time.monotonic", lambda: now + 60)
    configuration.load(cedar)
    assert store.exists(KEY)


def test_a_copy_that_could_not_be_dropped_is_dropped_once_redis_is_back(
    cedar: Tenant, settings: Settings, store: "redis.Redis"
) -> None:
    here = settings.REDIS_URL
    configuration.load(cedar)
    away(settings)
    configuration.change(cedar, sync_delay=9)
    assert store.exists(KEY)

    settings.REDIS_URL = here
    shared.client.cache_clear()

    until = time.monotonic() + WAIT_SECONDS
    while store.exists(KEY):
        assert time.monotonic() < until, "the old copy stayed"
        time.sleep(0.05)
