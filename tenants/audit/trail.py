"""The one writer of the trail: an entry is committed with the change that it tells of, or neither is."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from pipeline import clock
from tenants.audit.actor import Actor, Kind
from tenants.audit.chain import hash_of
from tenants.audit.models import Entry
from tenants.models import ChainEntry, PlatformEntry, Tenant
from tenants.scope import public, scope

logger = logging.getLogger(__name__)
LOCK_SPACE = 0xA0D17
"""First half of the advisory lock under which a chain grows, one entry at a time."""

Plain = str | int | bool | None
Detail = Plain | list[str] | list[int]


def record(
    event: str,
    *,
    by: Actor,
    tenant: Tenant | None = None,
    target: str = "",
    target_id: object = "",
    **detail: Detail,
) -> ChainEntry:
    """Add an entry to the tenant's chain, or without a tenant to the platform's; in the caller's transaction.

    `detail` holds codes, ids, names of fields: never a secret, a name, an address or a number of a person.
    """
    chain: type[ChainEntry] = Entry if tenant else PlatformEntry
    with _place(tenant), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))", [LOCK_SPACE])
        last = chain.objects.order_by("-number").first()
        entry = chain(
            number=last.number + 1 if last else 1,
            at=clock.now(),
            event=event,
            actor=by.kind.value,
            actor_id=by.user_id,
            role=by.role,
            target=target,
            target_id=str(target_id),
            detail=detail,
            request_id=by.request_id,
            previous=last.hash if last else "",
        )
        entry.hash = hash_of(entry)
        entry.save(force_insert=True)
    # The head of a chain stands in the logs too, where who can change the database can't reach it. A command's
    # terminal is its user's: nothing but what it has to say.
    said = {
        "chain": tenant.slug if tenant else "platform",
        "number": entry.number,
        "event": event,
        "hash": entry.hash,
        "actor": by.kind.value,
    }
    logger.log(logging.DEBUG if by.kind is Kind.COMMAND else logging.INFO, "audit.recorded", extra=said)
    return entry


@contextmanager
def _place(tenant: Tenant | None) -> Iterator[None]:
    with scope(tenant) if tenant else public():
        yield
