"""Switched off."""

from tenants.management.switched_off import SwitchedOff


class Command(SwitchedOff):
    """Says what to use instead."""

    help = "Switched off."
    why = "one host serves all tenants, a domain routes nothing"
    instead = "Set PUBLIC_URL to the address of this installation."
