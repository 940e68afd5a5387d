"""Who acts: what each change says of the person, the command or the process behind it."""

import dataclasses
import enum

from django.http import HttpRequest

from pipeline.logs import REQUEST_ID
from tenants.models import User


class Kind(enum.StrEnum):
    """What kind of actor."""

    USER = "user"
    STAFF = "staff"
    COMMAND = "command"
    SYSTEM = "system"


@dataclasses.dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; a person by the id, never by name or address."""

    kind: Kind
    user_id: int | None = None
    role: str = ""
    request_id: str = ""


COMMAND = Actor(Kind.COMMAND)
"""Whoever runs a management command: the machine's own log knows who that was."""
SYSTEM = Actor(Kind.SYSTEM)


def of_request(request: HttpRequest) -> Actor:
    """Return who sent a request: the platform's staff outside a tenant, or a member with the role. Raises TypeError."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("Nobody is signed in: a page that changes something must ask for a sign-in first.")
    request_id = str(request.META.get(REQUEST_ID, ""))
    membership = getattr(request, "membership", None)
    if membership is None:
        return Actor(Kind.STAFF if user.is_staff else Kind.USER, user.pk, request_id=request_id)
    return Actor(Kind.USER, user.pk, str(membership.role), request_id)
