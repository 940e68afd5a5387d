"""Switched off."""

from tenants.management.switched_off import SwitchedOff


class Command(SwitchedOff):
    """Says what to use instead."""

    help = "Switched off."
    why = "its copy loses the constraints' names, so that later migrations fail"
    instead = "Use `manage.py create_tenant SLUG` for an empty tenant."
