"""Switched off."""

from tenants.management.switched_off import SwitchedOff


class Command(SwitchedOff):
    """Says what to use instead."""

    help = "Switched off."
    why = "it enters a schema by name, and reads public if that schema is missing"
    instead = "Our commands take `--tenant SLUG`."
