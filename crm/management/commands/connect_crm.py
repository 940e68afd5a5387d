"""Connects a tenant to a CRM, or gives the connection new credentials, and tests it."""

import getpass
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm.sync import connect, registry
from crm.sync.provider import ConfigField
from pipeline.errors import StepError
from tenants.audit.actor import COMMAND
from tenants.scope import NoTenant, by_slug, scope


class Command(BaseCommand):
    """Connect a CRM."""

    help = (
        "Connects a tenant to a CRM and tests the connection; calls that waited for it go on. Asks for each field, "
        "or takes them as one JSON object on standard input. What is left empty keeps its stored value."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the CRM and the tenant; never a secret, which would stand in the list of processes."""
        parser.add_argument("crm", choices=list(registry.PROVIDERS))
        parser.add_argument("--tenant", required=True, help="The tenant's id (tenant_id of its webhooks)")

    def handle(self, *args: Any, crm: str, tenant: str, **_: Any) -> None:
        """Store what was given, ask the CRM whose account it is."""
        fields = registry.provider(crm).config_fields
        try:
            with scope(by_slug(tenant)):
                values = self._asked(fields) if sys.stdin.isatty() else _piped()
                account = connect.test(connect.save(crm, values, by=COMMAND))
        except (NoTenant, connect.BadConnection) as error:
            raise CommandError(str(error)) from error
        except StepError as error:
            raise CommandError(f"Stored, but it does not work yet. {error.text}") from error
        self.stdout.write(f"Connected: {account}. Calls of {tenant} go there from now on.")

    def _asked(self, fields: tuple[ConfigField, ...]) -> dict[str, str]:
        values = {}
        for field in fields:
            if field.help:
                self.stdout.write(f"  {field.help}")
            values[field.name] = (getpass.getpass if field.secret else input)(f"{field.label}: ")
        return values


def _piped() -> dict[str, str]:
    """Read the fields from standard input. Raises CommandError."""
    try:
        values = json.load(sys.stdin)
    except ValueError as error:
        raise CommandError(f"Standard input holds no JSON: {error}. Nothing was changed.") from error
    if not isinstance(values, dict) or not all(isinstance(one, str) for one in values.values()):
        raise CommandError('Standard input holds no object of texts such as {"api_token": "…"}. Nothing was changed.')
    return values
