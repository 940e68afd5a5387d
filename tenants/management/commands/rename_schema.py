"""Switched off."""

from tenants.management.switched_off import SwitchedOff


class Command(SwitchedOff):
    """Says what to use instead."""

    help = "Switched off."
    why = "a tenant's schema is named after its id, and the web processes keep that name"
    instead = "A tenant's display name is changed in the admin; its id stays."
