"""The one way into a tenant's schema (the intake's schema-qualified SQL apart)."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django_tenants.utils import tenant_context

from tenants.models import Tenant

KEEP_SECONDS = 5.0
_known: dict[int, tuple[float, Tenant]] = {}
_lock = threading.Lock()


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
        yield tenant


def by_id(tenant_id: int) -> Tenant:
    """Return the active tenant with this id, at most 5 s old. Raises NoTenant."""
    with _lock:
        found = _known.get(tenant_id)
    if found and time.monotonic() - found[0] < KEEP_SECONDS:
        return found[1]
    tenant = Tenant.objects.filter(pk=tenant_id, state=Tenant.State.ACTIVE).first()
    if tenant is None:
        with _lock:
            _known.pop(tenant_id, None)
        raise NoTenant(f"There is no active tenant with the id {tenant_id}.")
    with _lock:
        _known[tenant_id] = (time.monotonic(), tenant)
    return tenant


def by_slug(slug: str) -> Tenant:
    """Return the active tenant with this `tenant_id`. Raises NoTenant."""
    tenant = Tenant.objects.filter(slug=slug, state=Tenant.State.ACTIVE).first()
    if tenant is None:
        raise NoTenant(f"There is no active tenant {slug!r}. `manage.py create_tenant` makes one.")
    return tenant
