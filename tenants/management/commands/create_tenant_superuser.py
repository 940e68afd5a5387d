"""Switched off."""

from tenants.management.switched_off import SwitchedOff


class Command(SwitchedOff):
    """Says what to use instead."""

    help = "Switched off."
    why = "people lie in public, not in a tenant's schema"
    instead = (
        "Use `manage.py create_tenant SLUG --owner EMAIL` for a tenant's owner, "
        "`manage.py createsuperuser` for platform staff."
    )
