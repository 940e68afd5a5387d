"""The CRMs that there are. Adding one: its file, its line here, its contract test."""

import importlib
from collections.abc import Mapping
from typing import cast

from crm.sync.provider import CrmProvider, Observe

# Paths, so that a broken SDK hurts only its own tenants and the web process loads none.
PROVIDERS = {
    "hubspot": "crm.sync.providers.hubspot.HubSpot",
    "salesforce": "crm.sync.providers.salesforce.Salesforce",
    "pipedrive": "crm.sync.providers.pipedrive.Pipedrive",
}


class UnknownCrm(Exception):
    """There is no such CRM; the text lists those there are."""


def provider(slug: str) -> type[CrmProvider]:
    """Return the connector's class. Raises UnknownCrm."""
    if slug not in PROVIDERS:
        raise UnknownCrm(f"There is no CRM {slug!r}. There are: {', '.join(PROVIDERS)}.")
    module, _, name = PROVIDERS[slug].rpartition(".")
    return cast(type[CrmProvider], getattr(importlib.import_module(module), name))


def make(slug: str, config: Mapping[str, str], *, observe: Observe) -> CrmProvider:
    """Return a connector for one connection. Raises UnknownCrm."""
    return provider(slug)(config, observe=observe)
