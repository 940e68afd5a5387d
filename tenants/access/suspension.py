"""Stops a tenant as a whole and lets it go on: pages, webhooks and steps follow its state within 5 seconds."""

import logging
from collections.abc import Iterable

from tenants.models import Tenant, User

logger = logging.getLogger(__name__)


def suspend(tenants: Iterable[Tenant], *, by: User) -> list[Tenant]:
    """Suspend those that are active: pages closed, webhooks refused, steps standing still, nothing deleted."""
    return _change(tenants, Tenant.State.ACTIVE, Tenant.State.SUSPENDED, by)


def activate(tenants: Iterable[Tenant], *, by: User) -> list[Tenant]:
    """Let those that are suspended go on where they stopped."""
    return _change(tenants, Tenant.State.SUSPENDED, Tenant.State.ACTIVE, by)


def _change(tenants: Iterable[Tenant], before: Tenant.State, after: Tenant.State, by: User) -> list[Tenant]:
    """Return those that changed; one whose state is another stays as it is."""
    changed = [one for one in tenants if Tenant.objects.filter(pk=one.pk, state=before).update(state=after)]
    for one in changed:
        logger.info("tenant.state_changed", extra={"tenant": one.slug, "state": after.value, "user": by.pk})
    return changed
