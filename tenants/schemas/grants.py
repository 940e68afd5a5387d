"""What the app's role may do: read and write rows, never tables; histories only grow."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection
from psycopg import sql

# The app's role adds to these and reads them; nothing of ours may change or delete their rows.
APPEND_ONLY = ("history_attempt", "audit_entry", "tenants_platformentry")
# The owner replays the template's DDL: whoever writes there has the owner's rights.
READ_ONLY = ("django_migrations", "tenants_schematemplate")

Execute = Callable[[sql.Composed], object]
"""Runs one statement as the owner: a psycopg connection's or a Django cursor's `execute`."""

_GRANTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
)

# A CASE, not an AND: has_sequence_privilege raises for what is not a sequence.
_WRONG = """
SELECT DISTINCT n.nspname FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'S')
WHERE n.nspname = ANY(%(schemas)s) AND CASE c.relkind
    WHEN 'S' THEN NOT has_sequence_privilege(%(role)s, c.oid, 'USAGE')
    WHEN 'r' THEN NOT has_table_privilege(%(role)s, c.oid, 'SELECT')
        OR has_table_privilege(%(role)s, c.oid, 'INSERT') = (c.relname = ANY(%(read_only)s))
        OR has_table_privilege(%(role)s, c.oid, 'UPDATE') = (c.relname = ANY(%(kept)s))
        OR has_table_privilege(%(role)s, c.oid, 'DELETE') = (c.relname = ANY(%(kept)s))
    ELSE NOT has_schema_privilege(%(role)s, n.oid, 'USAGE') END
"""


def app_role() -> str:
    """Return the app's role; empty where the app and the owner are one role (`check --deploy` refuses that)."""
    role = unquote(urlsplit(settings.DATABASE_URL).username or "")
    return "" if role == unquote(urlsplit(settings.DATABASE_OWNER_URL).username or "") else role


def grant(schema_name: str, execute: Execute | None = None) -> None:
    """Let the app's role read and write the rows of a schema, as far as each table allows it."""
    role = app_role()
    if not role:
        return
    if execute is None:
        with connection.cursor() as cursor:
            grant(schema_name, cursor.execute)
        return
    names = {"schema": sql.Identifier(schema_name), "role": sql.Identifier(role)}
    for statement in _GRANTS:
        execute(sql.SQL(statement).format(**names))
    for table in APPEND_ONLY + READ_ONLY:
        refused = "UPDATE, DELETE" if table in APPEND_ONLY else "INSERT, UPDATE, DELETE"
        execute(_if_there(schema_name, table, sql.SQL("REVOKE " + refused + " ON {table} FROM {role}"), names["role"]))


def close_public() -> None:
    """Take from everybody the right to make tables in `public`, which PostgreSQL 14 gives by default."""
    with connection.cursor() as cursor:
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def wrong(schema_names: list[str]) -> list[str]:
    """Return those of the schemas where the app's role may do more or less than it should."""
    role = app_role()
    if not role:
        return []
    values: dict[str, Any] = {
        "schemas": schema_names,
        "role": role,
        "read_only": list(READ_ONLY),
        "kept": [*APPEND_ONLY, *READ_ONLY],
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRONG, values)
        found = {str(name) for (name,) in cursor.fetchall()}
    return [name for name in schema_names if name in found]


def _if_there(schema_name: str, table: str, statement: sql.SQL, role: sql.Identifier) -> sql.Composed:
    """Return a block that runs the statement if the schema has the table (REVOKE knows no IF EXISTS)."""
    qualified = sql.Identifier(schema_name, table)
    inner = statement.format(table=qualified, role=role).as_string(None)
    name = sql.Literal(qualified.as_string(None))
    body = sql.SQL("BEGIN IF to_regclass({name}) IS NOT NULL THEN {inner}; END IF; END").format(
        name=name, inner=sql.SQL(inner)
    )
    return sql.SQL("DO {body}").format(body=sql.Literal(body.as_string(None)))
