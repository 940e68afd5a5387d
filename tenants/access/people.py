"""Gives people their place in a tenant."""

import dataclasses
import secrets

from django.db import transaction

from tenants.audit import trail
from tenants.audit.actor import Actor
from tenants.models import Membership, Tenant, User

PASSWORD_BYTES = 15


@dataclasses.dataclass(frozen=True, slots=True)
class Joined:
    """A member, and the password that is shown this once; None: the person had an account already."""

    membership: Membership
    password: str | None


def join(tenant: Tenant, *, email: str, role: Membership.Role, by: Actor) -> Joined:
    """Make the person with this address a member, or change a member's role; a new person gets a random password."""
    address = User.objects.normalize_email(email).lower()
    with transaction.atomic():
        user = User.objects.filter(email=address).first()
        password = None if user else secrets.token_urlsafe(PASSWORD_BYTES)
        user = user or User.objects.create_user(address, password)
        before = Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True).first()
        membership, _ = Membership.objects.update_or_create(tenant=tenant, user=user, defaults={"role": role})
        if before != role:
            event = "member.role_changed" if before else "member.joined"
            trail.record(
                event, by=by, tenant=tenant, target="user", target_id=user.pk, role=role.value, before=before or ""
            )
    return Joined(membership, password)
