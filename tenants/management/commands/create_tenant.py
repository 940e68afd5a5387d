"""Makes a tenant: schema, webhook door, and its owner if told who."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.forms import EmailField

from tenants import provisioning
from tenants.audit.actor import COMMAND
from tenants.schemas.state import SchemaTrouble


class Command(BaseCommand):
    """Make a tenant."""

    help = (
        "Makes a tenant in less than a second and prints its webhook URL and secret; the secret and the owner's "
        "password are shown this once. May be run again after a crash: it goes on where it stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the slug, a name, the owner's address, --json."""
        parser.add_argument("slug", help="The tenant_id of webhooks and tokens: small letters, digits and _")
        parser.add_argument("--name", default="", help="What people call it; default: made from the slug")
        parser.add_argument("--owner", default="", metavar="EMAIL", help="Who gets the role owner")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON line")

    def handle(self, *args: Any, slug: str, name: str, owner: str, as_json: bool, **_: Any) -> None:
        """Make it and say how webhooks reach it."""
        try:
            if owner:
                EmailField(max_length=254).clean(owner)
            made = provisioning.create(slug, name=name or slug.replace("_", " ").title(), owner=owner, by=COMMAND)
        except ValidationError as error:
            raise CommandError(
                f"{owner!r} is no e-mail address. Nothing was made; write it as name@company.com."
            ) from error
        except (provisioning.Refused, SchemaTrouble) as error:
            raise CommandError(str(error)) from error
        shown = {
            "tenant": made.tenant.slug,
            "webhook_url": f"{settings.PUBLIC_URL}/v1/callrail/webhook",
            "webhook_secret": made.webhook_secret,
            "owner": made.owner and {"email": made.owner.membership.user.email, "password": made.owner.password},
        }
        self.stdout.write(json.dumps(shown) if as_json else _for_people(shown))


def _for_people(shown: dict[str, Any]) -> str:
    lines = [
        f"Tenant {shown['tenant']} is ready.",
        f"  tenant_id       {shown['tenant']}",
        f"  webhook URL     {shown['webhook_url']}",
        f"  webhook secret  {shown['webhook_secret']}   (shown this once: keep it)",
    ]
    if owner := shown["owner"]:
        lines.append(f"  owner           {owner['email']}")
        lines.append(f"  password        {owner['password'] or 'as before: the account existed'}")
    return "\n".join(lines)
