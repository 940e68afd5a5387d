"""Where each of a tenant's CRMs stands, in the order that calls go to them. In the tenant's scope."""

import dataclasses

from crm.models import CrmConnection
from crm.sync import registry
from pipeline.steps import letters
from tenants import configuration
from tenants.models import Tenant


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One CRM."""

    slug: str
    label: str
    place: int
    """Counted from 1."""
    connection: CrmConnection | None
    halted: int
    """Calls that stopped here."""

    @property
    def is_on(self) -> bool:
        """Return whether calls go there."""
        return self.connection is not None and self.connection.state != CrmConnection.State.OFF

    @property
    def shape(self) -> str:
        """Return the shape of its state."""
        if self.connection is None or not self.is_on:
            return "none" if self.connection is None else "skip"
        return "bad" if self.connection.state == CrmConnection.State.NEEDS_ATTENTION else "ok"

    @property
    def account(self) -> str:
        """Return what names the account, as far as it is no secret."""
        return str(self.connection.config.get("domain", "")) if self.connection else ""

    @property
    def state(self) -> str:
        """Return the state in a word."""
        return self.connection.state.lower() if self.connection else "not_connected"


def rows(tenant: Tenant) -> list[Row]:
    """Return each CRM that there is."""
    connected = {one.slug: one for one in CrmConnection.objects.all()}
    halted = letters.halted(tenant, stage="sync")
    order = [slug for slug in configuration.load(tenant).sync_order if slug in registry.PROVIDERS]
    return [
        Row(slug, registry.provider(slug).label, place, connected.get(slug), halted.get(slug, 0))
        for place, slug in enumerate(order, 1)
    ]
