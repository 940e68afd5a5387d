"""Switched off."""

from tenants.management.switched_off import SwitchedOff


class Command(SwitchedOff):
    """Says what to use instead."""

    help = "Switched off."
    why = "all tenants share one set of static files"
    instead = "Use `manage.py collectstatic`."
