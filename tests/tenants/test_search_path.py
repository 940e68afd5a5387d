"""Isolation of tenants on one connection: the search path is set once a scope, and is never another tenant's."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from calls.models import Call
from pipeline import clock
from tenants.models import Tenant
from tenants.scope import scope

Tenants = dict[str, Tenant]


class Undone(Exception):
    """Rolls a transaction back."""


def add(external_id: str) -> None:
    Call.objects.create(external_id=external_id, started_at=clock.now(), duration=60)


def seen() -> list[str]:
    """Return what the active tenant holds."""
    return list(Call.objects.order_by("external_id").values_list("external_id", flat=True))


@pytest.fixture
def tenants(committed: Tenants) -> Iterator[Tenants]:
    """Give two tenants that hold one call each, named after them; the connection has been in both."""
    for slug, tenant in committed.items():
        with scope(tenant):
            add(slug)
    yield committed
    connection.close()


def rolled_back(tenants: Tenants) -> None:
    with suppress(Undone), transaction.atomic():
        add("undone")
        raise Undone


def rolled_back_to_a_savepoint(tenants: Tenants) -> None:
    with transaction.atomic():
        with suppress(Undone), transaction.atomic():
            add("undone")
            raise Undone
        assert seen() == ["cedar"]


def refused_in_a_savepoint(tenants: Tenants) -> None:
    with transaction.atomic():
        with suppress(IntegrityError), transaction.atomic():
            add("cedar")
        assert seen() == ["cedar"]


def refused_and_swallowed(tenants: Tenants) -> None:
    with transaction.atomic(), connection.cursor() as cursor, suppress(DatabaseError):
        cursor.execute("SELECT 1 / 0")


def another_scope_inside(tenants: Tenants) -> None:
    with scope(tenants["birch"]):
        assert seen() == ["birch"]


def another_scope_inside_that_rolls_back(tenants: Tenants) -> None:
    with transaction.atomic():
        with suppress(Undone), transaction.atomic(), scope(tenants["birch"]):
            assert seen() == ["birch"]
            raise Undone
        assert seen() == ["cedar"]


def another_scope_inside_that_fails(tenants: Tenants) -> None:
    with suppress(IntegrityError), scope(tenants["birch"]):
        add("birch")


def the_connection_is_closed(tenants: Tenants) -> None:
    connection.close()


def the_connection_is_lost(tenants: Tenants) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with psycopg.connect(settings.DATABASE_OWNER_URL, dbname=connection.settings_dict["NAME"]) as owner:
        owner.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with suppress(DatabaseError):
        seen()
    connection.close_if_unusable_or_obsolete()


def read_through_a_cursor_of_the_server(tenants: Tenants) -> None:
    with transaction.atomic():
        assert [call.external_id for call in Call.objects.iterator(chunk_size=1)] == ["cedar"]


@pytest.mark.parametrize(
    "event",
    [
        rolled_back,
        rolled_back_to_a_savepoint,
        refused_in_a_savepoint,
        refused_and_swallowed,
        another_scope_inside,
        another_scope_inside_that_rolls_back,
        another_scope_inside_that_fails,
        the_connection_is_closed,
        the_connection_is_lost,
        read_through_a_cursor_of_the_server,
    ],
)
def test_a_scope_stays_in_its_tenant(tenants: Tenants, event: Callable[[Tenants], None]) -> None:
    with scope(tenants["cedar"]):
        event(tenants)

        assert seen() == ["cedar"]
        add("later")

    with scope(tenants["birch"]):
        assert seen() == ["birch"]


def test_a_path_that_postgres_took_back_in_silence_is_set_again(tenants: Tenants) -> None:
    with scope(tenants["cedar"]):
        # The session's own path is birch's, as that of a connection from the pool may be.
        with connection.cursor() as cursor:
            cursor.execute("SET search_path = t_birch, public")
        connection.search_path_set_schemas = None  # type: ignore[attr-defined]  # the tenants' backend has it
        with transaction.atomic(), connection.cursor() as cursor, suppress(DatabaseError):
            cursor.execute("SELECT 1 / 0")

        assert seen() == ["cedar"]


def test_after_a_scope_no_tenant_is_in_reach(tenants: Tenants) -> None:
    with scope(tenants["cedar"]):
        assert seen() == ["cedar"]

    with pytest.raises(DatabaseError, match="calls_call"):
        seen()


def test_the_path_is_set_once_a_scope(tenants: Tenants) -> None:
    with CaptureQueriesContext(connection) as queries, scope(tenants["cedar"]), transaction.atomic():
        assert seen() == seen() == ["cedar"]

    assert [one["sql"] for one in queries if "search_path" in one["sql"]] == ['SET search_path = "t_cedar","public"']
