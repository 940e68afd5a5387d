"""Adds a person to a tenant, or gives a member another role."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.forms import EmailField

from tenants.access import people
from tenants.audit.actor import COMMAND
from tenants.models import Membership
from tenants.scope import NoTenant, by_slug


class Command(BaseCommand):
    """Add a member."""

    help = (
        "Adds a person to a tenant, or gives a member another role. A new person's password is shown this once; "
        "someone who has an account already keeps theirs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take who, where and as what."""
        parser.add_argument("--tenant", required=True, help="The tenant's id (tenant_id of its webhooks)")
        parser.add_argument("--email", required=True, help="The person's address, by which they sign in")
        parser.add_argument("--role", required=True, choices=Membership.Role.values, help="What they may do there")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON line")

    def handle(self, *args: Any, tenant: str, email: str, role: str, as_json: bool, **_: Any) -> None:
        """Add them and say how they sign in."""
        try:
            address = EmailField(max_length=254).clean(email)
            joined = people.join(by_slug(tenant), email=address, role=Membership.Role(role), by=COMMAND)
        except ValidationError as error:
            raise CommandError(
                f"{email!r} is no e-mail address. Nothing was changed; write name@company.com."
            ) from error
        except (NoTenant, people.Refused) as error:
            raise CommandError(str(error)) from error
        shown = {
            "tenant": tenant,
            "email": joined.membership.user.email,
            "role": joined.membership.role,
            "password": joined.password,
            "url": f"{settings.PUBLIC_URL}/sign-in/",
        }
        self.stdout.write(json.dumps(shown) if as_json else _for_people(shown))


def _for_people(shown: dict[str, str | None]) -> str:
    password = f"{shown['password']}   (shown this once: keep it)" if shown["password"] else "as before"
    return "\n".join(
        [
            f"{shown['email']} is {shown['role']} of {shown['tenant']}.",
            f"  sign in at  {shown['url']}",
            f"  password    {password}",
        ]
    )
