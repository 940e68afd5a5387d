"""Switched off."""

from tenants.management.switched_off import SwitchedOff


class Command(SwitchedOff):
    """Says what to use instead."""

    help = "Switched off."
    why = "it makes schemas without the template, the grants and the secrets"
    instead = (
        "Run `manage.py create_tenant SLUG` again for a tenant that was left half made; "
        "restore a lost schema from a backup."
    )
