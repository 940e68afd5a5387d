"""Stops a tenant as a whole and lets it go on: pages, webhooks and steps follow its state within 5 seconds."""

import logging
from collections.abc import Iterable

from django.db import transaction

from tenants.audit import trail
from tenants.audit.actor import Actor
from tenants.models import Tenant

logger = logging.getLogger(__name__)


def suspend(tenants: Iterable[Tenant], *, by: Actor) -> list[Tenant]:
    """Suspend those that are active: pages closed, webhooks refused, steps standing still, nothing deleted."""
    return _change(tenants, Tenant.State.ACTIVE, Tenant.State.SUSPENDED, by)


def activate(tenants: Iterable[Tenant], *, by: Actor) -> list[Tenant]:
    """Let those that are suspended go on where they stopped."""
    return _change(tenants, Tenant.State.SUSPENDED, Tenant.State.ACTIVE, by)


def _change(tenants: Iterable[Tenant], before: Tenant.State, after: Tenant.State, by: Actor) -> list[Tenant]:
    """Return those that changed; one whose state is another stays as it is."""
    return [one for one in tenants if _changes(one, before, after, by)]


def _changes(tenant: Tenant, before: Tenant.State, after: Tenant.State, by: Actor) -> bool:
    with transaction.atomic():
        if not Tenant.objects.filter(pk=tenant.pk, state=before).update(state=after):
            return False
        trail.record(
            "tenant.state_changed", by=by, target="tenant", target_id=tenant.pk, state=after.value, before=before.value
        )
    logger.info("tenant.state_changed", extra={"tenant": tenant.slug, "state": after.value, "user": by.user_id})
    return True
