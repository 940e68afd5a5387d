"""Where the schemas stand: which migrations this code has, and which schemas lack one."""

import functools
import hashlib
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from tenants.models import Tenant

CHUNK = 100
LOCK_SPACE = 0x7E4A
"""First half of our advisory locks: (space, 0) is a migration, (space + 1, hash) the making of one tenant."""


class SchemaTrouble(Exception):
    """A schema can't be migrated or made; the text says which, why and what to do."""


def tenant_apps() -> set[str]:
    """Return the labels of the apps whose tables lie in each tenant's schema."""
    return {app.label for app in apps.get_app_configs() if app.name in settings.TENANT_APPS}


@functools.cache
def tenant_migrations() -> frozenset[str]:
    """Return the migrations of the tenant apps on disk, as `app.name`."""
    labels = tenant_apps()
    return frozenset(f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations if app in labels)


def digest() -> str:
    """Return what names the present state of the tenant apps' tables."""
    return hashlib.sha256("\n".join(sorted(tenant_migrations())).encode()).hexdigest()


def existing(schema_names: list[str]) -> set[str]:
    """Return those of the schemas that exist."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)", [schema_names])
        return {str(name) for (name,) in cursor.fetchall()}


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


def is_public_behind() -> bool:
    """Say whether the public schema lacks a migration of the apps whose tables lie there."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    labels = tenant_apps()  # public's table names their migrations too, and has no table of theirs
    return any(migration.app_label not in labels for migration, _ in plan)


def all_names() -> list[str]:
    """Return the template's schema and those of all tenants, oldest first; a tenant still being made may have none."""
    rows = list(Tenant.objects.order_by("pk").values_list("schema_name", "state"))
    there = existing([name for name, _ in rows])
    names = [name for name, state in rows if state != Tenant.State.PROVISIONING or name in there]
    return [settings.TEMPLATE_SCHEMA, *names]


def all_behind() -> list[str]:
    """Return the schemas that lack a migration; if public does, it alone: the list of tenants lies there."""
    return ["public"] if is_public_behind() else behind(all_names())


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
        cursor.execute(sql.SQL(" UNION ALL ").join(parts))
        yield from cursor.fetchall()
