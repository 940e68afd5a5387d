"""Says how a tenant's webhook secret stands, or renews it."""

import datetime as dt
import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tenants import provisioning
from tenants.audit.actor import COMMAND
from tenants.models import Tenant, WebhookDoor

GRACE_HOURS = 24.0
MOST_HOURS = 720


class Command(BaseCommand):
    """Show or renew."""

    help = (
        "Says how a tenant's webhook secret stands. It is shown once, when it is made: if it was lost, or may be known "
        "to others, --renew gives a new one. The former one is taken beside it for --grace hours."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the tenant, --renew, --grace, --json."""
        parser.add_argument("tenant", help="The tenant's id (tenant_id of its webhooks)")
        parser.add_argument("--renew", action="store_true", help="Make a new secret and show it this once")
        parser.add_argument(
            "--grace",
            type=float,
            metavar="HOURS",
            help=f"How long the former one is taken too: {GRACE_HOURS:g} unless told, 0 to {MOST_HOURS}",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON line")

    def handle(self, *args: Any, tenant: str, renew: bool, grace: float | None, as_json: bool, **_: Any) -> None:
        """Renew if asked, and say what counts now."""
        if grace is not None and not renew:
            raise CommandError("--grace goes with --renew. Nothing was changed.")
        hours = GRACE_HOURS if grace is None else grace
        if not 0 <= hours <= MOST_HOURS:
            raise CommandError(f"--grace is {hours:g}; write hours from 0 to {MOST_HOURS}. Nothing was changed.")
        door = _door(tenant)
        secret = None
        if renew:
            secret, door = provisioning.renew_secret(door.tenant, grace=dt.timedelta(hours=hours), by=COMMAND)
        until = door.previous_valid_until if door.previous_secret else None
        shown = {
            "tenant": tenant,
            "webhook_url": f"{settings.PUBLIC_URL}/v1/callrail/webhook",
            "webhook_secret": secret,
            "former_valid_until": until.isoformat(timespec="seconds") if until and until > timezone.now() else None,
        }
        self.stdout.write(json.dumps(shown) if as_json else _for_people(shown))


def _door(slug: str) -> WebhookDoor:
    doors = WebhookDoor.objects.select_related("tenant").exclude(tenant__state=Tenant.State.PROVISIONING)
    door = doors.filter(tenant__slug=slug, scheme=WebhookDoor.Scheme.GUIDE).first()
    if door is None:
        raise CommandError(f"There is no tenant {slug!r}. `manage.py create_tenant` makes one.")
    return door


def _for_people(shown: dict[str, str | None]) -> str:
    secret, until = shown["webhook_secret"], shown["former_valid_until"]
    told = f"{secret}   (shown this once: keep it)" if secret else "never shown again; --renew gives a new one"
    lines = [
        f"  webhook URL     {shown['webhook_url']}",
        f"  webhook secret  {told}",
        f"  former secret   {f'taken until {until}' if until else 'not taken'}",
    ]
    if secret:
        lines.insert(0, f"The webhook secret of {shown['tenant']} is renewed; it takes effect within 5 seconds.")
    return "\n".join(lines)
