"""Brings every schema to this code's migrations: public, the template, then the tenants that are behind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django_tenants.migration_executors.base import run_migrations

from tenants.schemas import grants, state, template
from tenants.schemas.state import SchemaTrouble

WAIT_SECONDS = 600
"""How long a second migration (a rolling deployment) waits for the first."""

Report = Callable[[str], None]

_PUBLIC_OPTIONS: dict[str, object] = {
    "database": "default",
    "verbosity": 0,
    "interactive": False,
    "app_label": None,
    "migration_name": None,
    "fake": False,
    "fake_initial": False,
    "plan": False,
    "check_unapplied": False,
    "run_syncdb": False,
    "prune": False,
    "skip_checks": True,
    "force_color": False,
    "no_color": True,
    "traceback": False,
}


@contextmanager
def alone() -> Iterator[None]:
    """Let no second migration and no making of a tenant run beside the block. Raises SchemaTrouble."""
    database = str(connection.settings_dict["NAME"])
    with psycopg.connect(settings.DATABASE_OWNER_URL, dbname=database, autocommit=True) as owner:
        owner.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
        try:
            owner.execute("SELECT pg_advisory_lock(%s, 0)", [state.LOCK_SPACE])
        except psycopg.errors.LockNotAvailable as error:
            raise SchemaTrouble(
                f"Another migration has been running for {WAIT_SECONDS} s. Wait for it and try again."
            ) from error
        yield


def public() -> None:
    """Migrate the public schema and grant the app's role its rows."""
    run_migrations([], _PUBLIC_OPTIONS, "public", "public")
    grants.close_public()
    if grants.wrong(["public"]):
        grants.grant("public")


def tenants(report: Report) -> list[str]:
    """Migrate the template and every tenant's schema that is behind; returns the failures, one sentence each.

    It goes on after a failure, so that the healthy tenants are served, and may be run again: a schema whose
    tables are at head but whose grants are not (a crash between the two) is granted then.
    """
    template.ensure_schema()
    names = state.all_names()
    todo = state.behind(names)
    failures: dict[str, str] = {}
    for position, name in enumerate(todo, 1):
        report(f"{position} of {len(todo)}: {name}")
        try:
            schema(name)
        except Exception as error:  # noqa: BLE001  (whatever a migration raises: named, and the others go on)
            connection.close()
            failures[name] = f"{name}: {type(error).__name__}: {error}".strip()
        finally:
            connection.set_schema_to_public()  # type: ignore[attr-defined]
    for name in grants.wrong([name for name in names if name not in failures]):
        grants.grant(name)
    if settings.TEMPLATE_SCHEMA not in failures:
        template.store()
    return list(failures.values())


def schema(schema_name: str) -> None:
    """Apply what one schema lacks of the tenant apps' migrations, and leave it the active one. Raises SchemaTrouble.

    Not by Django's migrate command: its signals would renew permissions and content types, which lie in
    `public`, once a tenant. `public` is not in the search path, so that no migration can fall through to it.
    """
    if schema_name not in state.existing([schema_name]):
        raise SchemaTrouble("the schema does not exist; restore it from a backup, or remove the tenant")
    connection.set_schema(schema_name, include_public=False)  # type: ignore[attr-defined]  # django-tenants' backend has it
    with connection.cursor() as cursor:  # building an index on a large table may take its time
        cursor.execute("SET statement_timeout = 0")
    MigrationRecorder(connection).ensure_schema()
    executor = MigrationExecutor(connection)
    labels = state.tenant_apps()
    executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in labels])
