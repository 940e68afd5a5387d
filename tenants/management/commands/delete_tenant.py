"""Switched off."""

from tenants.management.switched_off import SwitchedOff


class Command(SwitchedOff):
    """Says what to use instead."""

    help = "Switched off."
    why = "it drops all calls of a tenant at once, without export or trace"
    instead = "Suspend the tenant in the admin: Tenants, choose it, action Suspend."
