"""Invitations: a place in a tenant for whoever brings the link.

The link is the proof, not the address: an account under the address may be somebody else's, so that who has one signs
in, and who has none makes one, with the link in hand.
"""

import dataclasses
import datetime as dt
import hashlib
import secrets

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from pipeline import clock
from tenants.access import people
from tenants.audit import trail
from tenants.audit.actor import Actor, Kind
from tenants.models import Invitation, Membership, Tenant, User

LIFE = dt.timedelta(days=7)


@dataclasses.dataclass(frozen=True, slots=True)
class Invited:
    """An invitation and its link, which is shown this once."""

    invitation: Invitation
    link: str


def invite(tenant: Tenant, *, email: str, role: Membership.Role, by: Actor) -> Invited:
    """Invite a person, or anew with another link: the one before ends. Raises people.Refused."""
    address = User.objects.normalize_email(email).lower()
    people.check_may_give(by, role)
    if Membership.objects.filter(tenant=tenant, user__email=address).exists():
        raise people.Refused(f"{address} is a member already. Change the role in the list.")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        before = Invitation.objects.select_for_update().filter(tenant=tenant, email=address).first()
        if before:
            people.check_may_give(by, Membership.Role(before.role))
        told = {"role": role, "token_hash": _hash(token), "created_at": clock.now(), "expires_at": clock.now() + LIFE}
        made, _ = Invitation.objects.update_or_create(tenant=tenant, email=address, defaults=told)
        trail.record("member.invited", by=by, tenant=tenant, target="invitation", target_id=made.pk, role=role.value)
    return Invited(made, f"{settings.PUBLIC_URL}{reverse('join', args=[token])}")


def withdraw(tenant: Tenant, pk: int, *, by: Actor) -> Invitation | None:
    """Take an invitation back; returns it, None: there is none."""
    with transaction.atomic():
        found = Invitation.objects.filter(tenant=tenant, pk=pk).first()
        if found:
            people.check_may_give(by, Membership.Role(found.role))
            Invitation.objects.filter(pk=pk).delete()
            trail.record("member.invitation_withdrawn", by=by, tenant=tenant, target="invitation", target_id=pk)
    return found


def find(token: str) -> Invitation | None:
    """Return the invitation that a link's token stands for; None: used, replaced, withdrawn or over."""
    found = Invitation.objects.select_related("tenant").filter(token_hash=_hash(token), expires_at__gt=clock.now())
    return found.filter(tenant__state=Tenant.State.ACTIVE).first()


def account_of(invitation: Invitation) -> User | None:
    """Return the account under the invitation's address."""
    found: User | None = User.objects.filter(email=invitation.email).first()
    return found


def accept(invitation: Invitation, user: User) -> Membership | None:
    """Take the place; None: somebody has just taken it with the same link, or the person is a member already."""
    with transaction.atomic():
        if not _taken(invitation) or Membership.objects.filter(tenant=invitation.tenant, user=user).exists():
            return None
        by = Actor(Kind.USER, user.pk)
        return people.place(invitation.tenant, user, Membership.Role(invitation.role), by=by)


def accept_anew(invitation: Invitation, *, name: str, password: str) -> User | None:
    """Make the account under the invitation's address and take the place with it; None: it was just taken or made."""
    with transaction.atomic():
        if not _taken(invitation) or account_of(invitation):
            return None
        user = User.objects.create_user(invitation.email, password, name=name, is_proven=False)
        by = Actor(Kind.USER, user.pk)
        people.place(invitation.tenant, user, Membership.Role(invitation.role), by=by)
    return user


def _taken(invitation: Invitation) -> bool:
    """Use the invitation up; its row's lock lets one of several at once do it."""
    return bool(Invitation.objects.filter(pk=invitation.pk, token_hash=invitation.token_hash).delete()[0])


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
