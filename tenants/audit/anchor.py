"""Writes the heads of the tenants' chains into the platform's, so that a cut or rewritten chain shows."""

from tenants.audit import trail
from tenants.audit.actor import SYSTEM
from tenants.audit.models import Entry
from tenants.audit.verify import ANCHORED
from tenants.models import PlatformEntry, Tenant
from tenants.scope import public, renew_worn_connection, scope


def anchor_all() -> int:
    """Keep the head of each active tenant's chain that has grown since it was last kept; returns how many."""
    kept = 0
    for tenant in Tenant.objects.filter(state=Tenant.State.ACTIVE).order_by("pk"):
        renew_worn_connection()
        with scope(tenant):
            head = Entry.objects.order_by("-number").first()
        if head and head.number > _last(tenant):
            trail.record(ANCHORED, by=SYSTEM, target="tenant", target_id=tenant.pk, number=head.number, hash=head.hash)
            kept += 1
    return kept


def _last(tenant: Tenant) -> int:
    with public():
        known = PlatformEntry.objects.filter(event=ANCHORED, target="tenant", target_id=str(tenant.pk))
        newest = known.order_by("-number").first()
    return int(newest.detail["number"]) if newest else 0
