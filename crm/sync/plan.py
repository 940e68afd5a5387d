"""Which CRMs a call goes to, and in which order."""

from django.db import transaction

from crm.models import CrmConnection, LeadSync, LoggedCall
from tenants import configuration
from tenants.audit import trail
from tenants.audit.actor import Actor
from tenants.models import Tenant

NOT_CONNECTED = "sync.no_connection"
"""The code of a call that had no CRM to go to."""


def in_order(tenant: Tenant) -> list[str]:
    """Return the slugs of the connected CRMs, the primary first; a connection that needs attention is one of them."""
    connected = set(CrmConnection.objects.exclude(state=CrmConnection.State.OFF).values_list("slug", flat=True))
    return [slug for slug in configuration.load(tenant).sync_order if slug in connected]


def move(tenant: Tenant, slug: str, *, to: int, by: Actor) -> list[str]:
    """Give a CRM another place in the order, counted from 0; returns the order. Calls under way go by it at once."""
    order = [one for one in configuration.load(tenant).sync_order if one != slug]
    order.insert(max(to, 0), slug)
    with transaction.atomic():
        configuration.change(tenant, sync_order=order)
        trail.record("crm.order_changed", by=by, tenant=tenant, target="crm", target_id=slug, order=order)
    return order


def next_crm(tenant: Tenant, *, after: str, call_id: int) -> str | None:
    """Return the CRM that follows `after` in the tenant's order, the first one after "", None: that was the last.

    A CRM that is connected no more keeps its place: the one behind it follows. The order may have been changed while
    the call was on its way: behind the last one come those that it was not logged in.
    """
    order = configuration.load(tenant).sync_order
    if after in order:
        behind = order[order.index(after) + 1 :]
        connected = in_order(tenant) if behind else []
        if found := next((slug for slug in behind if slug in connected), None):
            return found
    there = _logged(call_id) | {after} if after else set()
    missing = [slug for slug in order if slug not in there]
    connected = in_order(tenant) if missing else []
    return next((slug for slug in missing if slug in connected), None)


def _logged(call_id: int) -> set[str]:
    return set(LoggedCall.objects.filter(call_id=call_id).exclude(remote_id="").values_list("crm", flat=True))


def primary_crm_id(tenant: Tenant, lead_id: int, *, target: str) -> str:
    """Return the lead's id in the first CRM of the order that has one, for the others; empty for that CRM itself."""
    order = configuration.load(tenant).sync_order
    if order[:1] == (target,):
        return ""
    known = dict(LeadSync.objects.filter(lead_id=lead_id).exclude(remote_id="").values_list("crm", "remote_id"))
    first = next((slug for slug in order if slug in known or slug == target), target)
    return "" if first == target else known[first]
