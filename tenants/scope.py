"""The one way into a tenant's schema (the intake's schema-qualified SQL apart)."""

import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from tenants.models import Tenant

KEEP_SECONDS = 5.0
WORN_AFTER = 300
"""Tenants after which a connection is renewed: its backend keeps what it knows of each one's tables (0.3 MB)."""
_known: dict[int, tuple[float, Tenant]] = {}
_lock = threading.Lock()
_touched: weakref.WeakKeyDictionary[object, set[int]] = weakref.WeakKeyDictionary()


class NoTenant(Exception):
    """There is no such active tenant, or its schema is missing; the text says which."""


@contextmanager
def scope(tenant: Tenant) -> Iterator[Tenant]:
    """Make the tenant's schema the active one inside the block, proven; the former one is back after it.

    Raises NoTenant if the schema doesn't exist: `search_path` alone would fall through to `public`.
    """
    with tenant_context(tenant):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            row = cursor.fetchone()
        if row is None or row[0] != tenant.schema_name:
            raise NoTenant(f"The schema of tenant {tenant.slug} is missing. Restore it, or remove the tenant.")
        with _lock:
            _touched.setdefault(connection.connection, set()).add(tenant.pk)
        yield tenant


@contextmanager
def public() -> Iterator[None]:
    """Make `public` the active schema inside the block, whatever scope surrounds it; that one is back after it."""
    with schema_context(get_public_schema_name()):
        yield


def renew_worn_connection() -> None:
    """Close this thread's connection if it has been in some hundred tenants; the next query opens a fresh one.

    Call it where a task or request begins or ends. Not in a process that holds a lock on its connection.
    """
    worn = connection.connection
    if worn is None or connection.in_atomic_block:
        return
    with _lock:
        count = len(_touched.get(worn, ()))
    if count > WORN_AFTER:
        worn.close()  # first this: the web's pool would hand a connection that is merely given back out again
        connection.close()


def by_id(tenant_id: int) -> Tenant:
    """Return the active tenant with this id, at most 5 s old. Raises NoTenant."""
    with _lock:
        found = _known.get(tenant_id)
    if found and time.monotonic() - found[0] < KEEP_SECONDS:
        return found[1]
    asked_at = time.monotonic()
    tenant: Tenant | None = Tenant.objects.filter(pk=tenant_id, state=Tenant.State.ACTIVE).first()
    if tenant is None:
        with _lock:
            _known.pop(tenant_id, None)
        raise NoTenant(f"There is no active tenant with the id {tenant_id}.")
    with _lock:
        _known[tenant_id] = (asked_at, tenant)
    return tenant


def by_slug(slug: str) -> Tenant:
    """Return the active tenant with this `tenant_id`. Raises NoTenant."""
    tenant: Tenant | None = Tenant.objects.filter(slug=slug).exclude(state=Tenant.State.PROVISIONING).first()
    if tenant is None:
        raise NoTenant(f"There is no active tenant {slug!r}. `manage.py create_tenant` makes one.")
    if tenant.state == Tenant.State.SUSPENDED:
        raise NoTenant(
            f"There is no active tenant {slug!r}: it is suspended. Activate it in the admin, then try again."
        )
    return tenant
