"""The CRMs that a tenant's calls go to."""

from crm.models import CrmConnection
from tenants import configuration
from tenants.models import Tenant


def in_order(tenant: Tenant) -> list[str]:
    """Return the slugs of the connected CRMs, the primary first. One query, in the tenant's scope."""
    connected = set(CrmConnection.objects.exclude(state=CrmConnection.State.OFF).values_list("slug", flat=True))
    return [slug for slug in configuration.load(tenant).sync_order if slug in connected]
