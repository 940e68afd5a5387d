"""Statements that a connection parses once: those of every step, where reading and planning cost more than running."""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import NotSupportedError, connection

Row = tuple[Any, ...]


def rows(statement: str, values: Mapping[str, Any]) -> list[Row]:
    """Run a statement and return its rows; it is prepared the first time.

    With another search path than the last time Postgres plans it again, for the tables of that path.
    """
    try:
        return _run(statement, values)
    except NotSupportedError:
        # A migration has changed a column that it returns: Postgres holds on to the type of the first time. A
        # rollback forgets what was prepared; without a transaction a new connection does.
        if connection.in_atomic_block:
            raise
        connection.close()
        return _run(statement, values)


def _run(statement: str, values: Mapping[str, Any]) -> list[Row]:
    with connection.cursor() as cursor, connection.wrap_database_errors:
        return psycopg.Cursor(cursor.connection).execute(statement, values, prepare=True).fetchall()
