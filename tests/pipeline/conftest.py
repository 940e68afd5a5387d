"""The intake in this process, and as it is served.

It writes on connections of its own, so its tests see committed rows, and clean up after themselves.
"""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings

from benchmarks import services
from calls.webhook import doors, refused
from tenants.provisioning import Made
from tests import served

SCHEMAS = ("t_cedar", "t_birch")


class Tables:
    """What is stored, read as the owner."""

    def __init__(self, owner: psycopg.Connection[Any]) -> None:
        self.owner = owner

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self.owner.execute(statement.encode(), values).fetchall()

    def count(self, slug: str) -> int:
        """Return how many deliveries a tenant has; each must have its step."""
        [(deliveries,)] = self.rows(f"SELECT count(*) FROM t_{slug}.calls_webhookdelivery")
        [(steps,)] = self.rows(
            "SELECT count(*) FROM steps_step s JOIN tenants_tenant t ON t.id = s.tenant_id WHERE t.slug = %s", slug
        )
        assert deliveries == steps
        return int(deliveries)

    def clean(self) -> None:
        """Delete what the intake wrote."""
        for schema in SCHEMAS:
            self.owner.execute(f"DELETE FROM {schema}.calls_webhookdelivery".encode())
        self.owner.execute("DELETE FROM steps_step")
        self.owner.execute("DELETE FROM tenants_refuseddelivery")


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[refused.Keeper]:
    """Give every test its own keeper of refused requests, and let it end its work."""
    found = refused.Keeper()
    monkeypatch.setattr(refused, "keeper", found)
    yield found
    found.wait()


@pytest.fixture
def tables(made: dict[str, Made], keeper: refused.Keeper) -> Iterator[Tables]:
    """Give the tables before and after the intake."""
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        found = Tables(owner)
        found.clean()
        yield found
        keeper.wait()
        found.clean()


@pytest.fixture
def secret(made: dict[str, Made], tables: Tables) -> str:
    """Return the webhook secret of cedar, known to the doors."""
    doors.guide.renew().wait(5)
    return made["cedar"].webhook_secret


@pytest.fixture(scope="session")
def bench() -> Iterator[services.Bench]:
    """Start a web server with one tenant, on services of its own."""
    with served.bench() as made:
        yield made


@pytest.fixture
def owner(bench: services.Bench) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Give a connection of the owner's to its emptied tables."""
    with psycopg.connect(bench.urls.owner, autocommit=True) as connection:
        connection.execute("DELETE FROM t_cedar.calls_webhookdelivery; DELETE FROM steps_step")
        yield connection
