"""Fixtures of all tests: two tenants with the same keys and different contents."""

import copy
import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test.utils import override_settings
from pytest_django.plugin import DjangoDbBlocker

from pipeline.local import chromium
from pipeline.logs import JsonLines
from tenants import configuration, provisioning, shared
from tenants import scope as scopes
from tenants.models import Tenant
from tenants.provisioning import Made
from tests import planted

TENANTS = ("cedar", "birch")
SECRETS: list[str] = []
"""Webhook secrets of this run: no log may hold them (tests/planted.py)."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a browser test where there is no Chromium, with the command that brings one; in CI that is a failure."""
    if item.get_closest_marker("browser") is None or chromium.chosen():
        return
    tell = pytest.fail if os.environ.get("CI", "").lower() in {"1", "true"} else pytest.skip
    tell(f"Browser tests need a Chromium. {chromium.ADVICE}")


@pytest.fixture(scope="session")
def _suite_handler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[logging.FileHandler]:
    """Write every line of the product's log to a file as well; at the end no planted secret may be in any log."""
    folder = tmp_path_factory.getbasetemp()
    handler = logging.FileHandler(folder / "suite.jsonl")
    handler.setFormatter(JsonLines())
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
    handler.close()
    assert list(planted.found(folder, SECRETS)) == []


@pytest.fixture(autouse=True)
def suite_log(_suite_handler: logging.FileHandler) -> Path:
    """Return the file that each test's log goes to; a test that sets Django up again took the handler away."""
    if _suite_handler not in logging.getLogger().handlers:
        logging.getLogger().addHandler(_suite_handler)
    return Path(_suite_handler.baseFilename)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hash passwords in one round, which takes no time; any process of the product can check them."""
    with override_settings(PASSWORD_HASHERS=["tests.passwords.OneRound"]):
        yield


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Take the database of tests/services.py: pytest-django would make another as the app's role, which may not."""


@pytest.fixture(scope="session")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[str, Made]:
    """Two tenants, made once a worker by the product's own provisioning, with their webhook secrets."""
    with django_db_blocker.unblock():
        made = {slug: provisioning.create(slug, name=slug.title()) for slug in TENANTS}
    SECRETS.extend(one.webhook_secret for one in made.values())
    return made


@pytest.fixture
def cedar(made: dict[str, Made], db: None) -> Tenant:
    """Give the tenant that the test is about: a copy, for what a test reads into it is rolled back with it."""
    return copy.copy(made["cedar"].tenant)


@pytest.fixture
def birch(made: dict[str, Made], db: None) -> Tenant:
    """Give another tenant, whose rows must never be seen."""
    return copy.copy(made["birch"].tenant)


@pytest.fixture
def in_cedar(cedar: Tenant) -> Iterator[Tenant]:
    """Run the test inside cedar's schema."""
    with scopes.scope(cedar):
        yield cedar


@pytest.fixture
def committed(made: dict[str, Made], django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Tenant]]:
    """Let the test commit for real (threads, processes, own connections); its rows are gone after it.

    pytest-django's transactional tests truncate all tables, which the app's role may not and which takes the
    tenants along.
    """
    with django_db_blocker.unblock():
        yield {slug: copy.copy(one.tenant) for slug, one in made.items()}
        connection.close()
        with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
            tables = owner.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE tablename NOT IN"
                " ('django_migrations', 'audit_entry')"
                " AND (schemaname LIKE 't\\_%' OR (schemaname = 'public' AND (tablename LIKE 'steps%'"
                " OR tablename IN ('tenants_refuseddelivery', 'tenants_tenantconfig', 'health_process'))))"
            ).fetchall()
            owner.execute("TRUNCATE " + ", ".join(name for (name,) in tables) + " RESTART IDENTITY CASCADE")


@pytest.fixture(autouse=True)
def _clean_copies() -> Iterator[None]:
    """Forget what Redis and this process keep of another test's transaction; leave the connection in `public`."""
    configuration._copies.clear()
    scopes._known.clear()
    with suppress(redis.RedisError):
        shared.client().delete(*(f"tenant_config:{slug}" for slug in TENANTS))
    yield
    if connection.connection is not None:
        connection.set_schema_to_public()  # type: ignore[attr-defined]  # the tenants' backend has it
