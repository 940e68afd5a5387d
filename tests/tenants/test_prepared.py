"""Statements that are planned once a connection."""

from contextlib import closing

import psycopg
import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from psycopg import sql

from tenants.models import Tenant
from tenants.postgres import prepared
from tenants.scope import scope


def kept(part: str) -> dict[str, int]:
    """Return the statements that the connection holds ready, and how often each was run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
        return {statement: runs for statement, runs in cursor.fetchall() if part in statement}


def test_a_statement_is_prepared_once_and_run_with_other_values(db: None) -> None:
    statement = "SELECT %(number)s::int + 1, %(text)s::text"

    assert prepared.rows(statement, {"number": 1, "text": "a"}) == [(2, "a")]
    assert prepared.rows(statement, {"number": 2, "text": "b"}) == [(3, "b")]

    assert kept("::int + 1") == {"SELECT $1::int + 1, $2::text": 2}


def test_it_runs_in_the_scope_of_now_wherever_it_was_prepared(cedar: Tenant, birch: Tenant) -> None:
    statement = "SELECT current_schema()::text, 'calls_call'::regclass::oid = to_regclass(%(table)s)::oid"

    for tenant in (cedar, birch, cedar):
        with scope(tenant):
            assert prepared.rows(statement, {"table": f"{tenant.schema_name}.calls_call"}) == [
                (tenant.schema_name, True)
            ]


def test_it_goes_on_in_each_tenant_while_a_migration_widens_a_column_one_by_one(committed: dict[str, Tenant]) -> None:
    statement = "SELECT current_schema()::text, remote_id FROM crm_leadsync UNION ALL SELECT current_schema()::text, ''"
    change = sql.SQL("ALTER TABLE {} ALTER COLUMN remote_id TYPE varchar({})")
    schemas = [tenant.schema_name for tenant in committed.values()]

    with closing(psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True)) as owner:
        for width in (200, 128):  # there and back
            for schema_name in schemas:
                for tenant in committed.values():
                    with scope(tenant):
                        assert prepared.rows(statement, {}) == [(tenant.schema_name, "")]
                owner.execute(change.format(sql.Identifier(schema_name, "crm_leadsync"), sql.Literal(width)))


def test_a_refused_statement_is_an_error_of_django(db: None) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        prepared.rows("SELECT nothing FROM steps_step", {})
