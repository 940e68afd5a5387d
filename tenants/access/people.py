"""Gives people their place in a tenant, changes it, takes it away."""

import dataclasses
import secrets

from django.db import transaction

from tenants.audit import trail
from tenants.audit.actor import Actor, Kind
from tenants.models import Invitation, Membership, Tenant, User

PASSWORD_BYTES = 15
OWNER = Membership.Role.OWNER
UNPROVEN = (
    "The account {} was made by an invitation's link, and nobody has shown that the address is theirs. Nothing was "
    "changed. Have them set a new password by mail first (Forgot the password), or invite them on the page People."
)


class Refused(Exception):
    """It can't be so; the text says why and what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Joined:
    """A member, and the password that is shown this once; None: the person had an account already."""

    membership: Membership
    password: str | None


def join(tenant: Tenant, *, email: str, role: Membership.Role, by: Actor) -> Joined:
    """Make the person with this address a member, or change a member's role; a new person gets a random password.

    Raises Refused for an account of which nobody has shown that the address is theirs.
    """
    address = check_proven(email)
    with transaction.atomic():
        user = User.objects.filter(email=address).first()
        password = None if user else secrets.token_urlsafe(PASSWORD_BYTES)
        user = user or User.objects.create_user(address, password)
        membership = place(tenant, user, role, by=by)
    return Joined(membership, password)


def check_proven(email: str) -> str:
    """Return the address as accounts have it. Raises Refused: there is an account under it that may be another's.

    Whoever invites sees the link too, and can make the account with it.
    """
    address = User.objects.normalize_email(email).lower()
    if User.objects.filter(email=address, is_proven=False).exists():
        raise Refused(UNPROVEN.format(address))
    return address


def place(tenant: Tenant, user: User, role: Membership.Role, *, by: Actor) -> Membership:
    """Give a person this role, as a new member or instead of the one before."""
    with transaction.atomic():
        before = Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True).first()
        membership, _ = Membership.objects.update_or_create(tenant=tenant, user=user, defaults={"role": role})
        if before != role:
            event = "member.role_changed" if before else "member.joined"
            trail.record(
                event, by=by, tenant=tenant, target="user", target_id=user.pk, role=role.value, before=before or ""
            )
        _end_invitations(tenant, user)
    return membership


def change_role(membership: Membership, role: Membership.Role, *, by: Actor) -> None:
    """Give a member another role. Raises Refused."""
    with transaction.atomic():
        now = _locked(membership)
        check_may_give(by, Membership.Role(now.role), role)
        if role != OWNER:
            _check_an_owner_stays(now)
        place(now.tenant, now.user, role, by=by)


def remove(membership: Membership, *, by: Actor) -> None:
    """End a membership; the account stays. Raises Refused."""
    with transaction.atomic():
        now = _locked(membership)
        check_may_give(by, Membership.Role(now.role))
        _check_an_owner_stays(now)
        Membership.objects.filter(pk=now.pk).delete()
        _end_invitations(now.tenant, now.user)
        trail.record("member.left", by=by, tenant=now.tenant, target="user", target_id=now.user_id, before=now.role)


def check_may_give(by: Actor, *roles: Membership.Role) -> None:
    """Let only owners touch owners. Raises Refused."""
    if by.kind is Kind.USER and by.role != OWNER and OWNER in roles:
        raise Refused("Only an owner makes, changes or removes owners. Ask one of them.")


def _end_invitations(tenant: Tenant, user: User) -> None:
    """End what would give the person another role by an old link."""
    Invitation.objects.filter(tenant=tenant, email=user.email).delete()


def _locked(membership: Membership) -> Membership:
    """Read the membership anew, all of its tenant held: two owners must not leave at once."""
    Membership.objects.select_for_update().filter(tenant=membership.tenant_id).order_by("pk").first()
    list(Membership.objects.select_for_update().filter(tenant=membership.tenant_id, role=OWNER).order_by("pk"))
    found = Membership.objects.select_related("tenant", "user").filter(pk=membership.pk).first()
    if found is None:
        raise Refused("This person is no member any more. Nothing was changed.")
    return found


def _check_an_owner_stays(membership: Membership) -> None:
    others = Membership.objects.filter(tenant=membership.tenant_id, role=OWNER).exclude(pk=membership.pk)
    if membership.role == OWNER and not others.exists():
        raise Refused("This is the only owner. Make somebody else an owner first.")
