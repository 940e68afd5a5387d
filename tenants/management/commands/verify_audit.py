"""Says whether the trail of changes is whole."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.audit import verify
from tenants.models import Tenant
from tenants.scope import NoTenant, by_slug, renew_worn_connection


class Command(BaseCommand):
    """Walk the chains."""

    help = (
        "Walks the chain of changes of each tenant and of the platform, entry by entry, and says which one was "
        "changed, removed or put in later. Exit 0: all are whole; 1: one is not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one tenant, --json."""
        parser.add_argument("--tenant", default="", help="Only this tenant's chain (tenant_id of its webhooks)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON line")

    def handle(self, *args: Any, tenant: str, as_json: bool, **_: Any) -> None:
        """Walk them and say what was found."""
        try:
            found = {tenant: verify.of(by_slug(tenant))} if tenant else _all()
        except NoTenant as error:
            raise CommandError(str(error)) from error
        if as_json:
            told = {name: {"entries": one.entries, "head": one.head, "wrong": one.wrong} for name, one in found.items()}
            self.stdout.write(json.dumps(told))
        else:
            for name, one in found.items():
                self.stdout.write(f"{name:<24} {one.entries:>6} entries  {one.wrong or 'whole'}")
        if broken := [name for name, one in found.items() if one.wrong]:
            raise CommandError(
                f"The trail of {', '.join(broken)} is not whole. Keep the database as it is, compare with a backup "
                "and with the lines audit.recorded of the logs, which hold each entry's hash."
            )


def _all() -> dict[str, verify.Verdict]:
    found = {"(platform)": verify.platform()}
    for one in Tenant.objects.exclude(state=Tenant.State.PROVISIONING).order_by("slug"):
        renew_worn_connection()
        try:
            found[one.slug] = verify.of(one)
        except NoTenant as error:
            found[one.slug] = verify.Verdict(0, "", str(error))
    return found
