"""Switched off."""

from tenants.management.switched_off import SwitchedOff


class Command(SwitchedOff):
    """Says what to use instead."""

    help = "Switched off."
    why = "it enters schemas by name, and reads public if one is missing"
    instead = "Our commands work on all tenants, or on one with `--tenant SLUG`."
