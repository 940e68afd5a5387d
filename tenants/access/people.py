"""Gives people their place in a tenant."""

import dataclasses
import secrets

from django.db import transaction

from tenants.models import Membership, Tenant, User

PASSWORD_BYTES = 15


@dataclasses.dataclass(frozen=True, slots=True)
class Joined:
    """A member, and the password that is shown this once; None: the person had an account already."""

    membership: Membership
    password: str | None


def join(tenant: Tenant, *, email: str, role: Membership.Role) -> Joined:
    """Make the person with this address a member, or change a member's role; a new person gets a random password."""
    address = User.objects.normalize_email(email).lower()
    with transaction.atomic():
        user = User.objects.filter(email=address).first()
        password = None if user else secrets.token_urlsafe(PASSWORD_BYTES)
        user = user or User.objects.create_user(address, password)
        membership, _ = Membership.objects.update_or_create(tenant=tenant, user=user, defaults={"role": role})
    return Joined(membership, password)
