"""Looks at schemas as the database's catalogue shows them, and runs our commands as one types them."""

import os
import subprocess
import sys
from typing import Any

import psycopg

from tests.services import ROOT

Owner = psycopg.Connection[tuple[Any, ...]]

_CATALOGUE = """
SELECT 'column', c.relname, format('%%s %%s %%s %%s %%s', a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
       a.attnotnull, coalesce(pg_get_expr(d.adbin, d.adrelid), '') || a.attidentity::text)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
 WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind IN ('r', 'S') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = %(schema)s::regnamespace
UNION ALL
SELECT 'index', tablename, indexdef FROM pg_indexes WHERE schemaname = %(schema)s::text
UNION ALL
SELECT 'sequence', sequencename, format('%%s %%s %%s', start_value, increment_by, data_type)
  FROM pg_sequences WHERE schemaname = %(schema)s::text
UNION ALL
SELECT 'owned', refobjid::regclass::text, format('%%s by column %%s', objid::regclass, refobjsubid)
  FROM pg_depend JOIN pg_class s ON s.oid = objid AND s.relkind = 'S'
 WHERE s.relnamespace = %(schema)s::regnamespace AND deptype IN ('a', 'i') AND refobjsubid > 0
"""


def catalogue(owner: Owner, schema: str) -> set[tuple[str, ...]]:
    """Return every column, constraint, index and sequence of a schema with name and definition, the schema's not."""
    owner.execute("SET search_path = pg_catalog")  # so that every other name is shown with its schema
    found = owner.execute(_CATALOGUE, {"schema": schema}).fetchall()
    return {tuple(part.replace(f"{schema}.", "") for part in row) for row in found}


def migrations(owner: Owner, schema: str) -> set[tuple[str, str]]:
    """Return the migrations that a schema's own table names."""
    return {(app, name) for app, name in owner.execute(f"SELECT app, name FROM {schema}.django_migrations").fetchall()}


def manage(*words: str, **told: str) -> "subprocess.CompletedProcess[str]":
    """Run a management command in a process of its own."""
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **told}, capture_output=True, text=True, check=False, timeout=60
    )
