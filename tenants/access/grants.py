"""What a sign-in to the API opens: a grant, whose refresh token is good once.

A refresh token is signed and names its grant and its number. One that was used before comes from two hands: all of
the person's grants end (reuse detection).
"""

import datetime as dt
import uuid

from django.core import signing
from django.db import transaction

from pipeline import clock
from tenants.access import tokens
from tenants.audit import trail
from tenants.audit.actor import SYSTEM
from tenants.models import ApiGrant, Membership, Tenant, User

LIFE = dt.timedelta(days=30)
SALT = "tenants.access.refresh"


class Refused(Exception):
    """The refresh token is not good: unknown, used, ended, or the person is no member any more."""


class Pair:
    """The two tokens of an answer."""

    def __init__(self, grant: ApiGrant, tenant: Tenant) -> None:
        self.access = tokens.issue(user_id=grant.user_id, tenant_id=tenant.slug, grant_id=grant.pk)
        self.refresh = signing.dumps([grant.pk.hex, grant.refreshes], salt=SALT)


def begin(membership: Membership) -> Pair:
    """Open a grant for a member who has just shown the password."""
    now = clock.now()
    mark = membership.user.get_session_auth_hash()
    grant = ApiGrant(user=membership.user, tenant=membership.tenant, password_mark=mark, expires_at=now + LIFE)
    grant.save()
    return Pair(grant, membership.tenant)


def refresh(token: str) -> Pair:
    """Return the next pair. Raises Refused; a token that was used before ends all of the person's grants."""
    grant_id, number = _read(token)
    with transaction.atomic():
        grant = ApiGrant.objects.select_for_update().filter(pk=grant_id).first()
        if grant is None:
            raise Refused
        if grant.refreshes == number:
            return _next(grant)
    revoke_all(grant.user, reason="reused")
    raise Refused


def member(grant_id: uuid.UUID, *, user_id: int, tenant_slug: str) -> Membership | None:
    """Return the membership that a grant stands for now; None: it has ended, or the person's place has."""
    grant = ApiGrant.objects.select_related("user", "tenant").filter(pk=grant_id, user=user_id).first()
    if grant is None or grant.tenant.slug != tenant_slug:
        return None
    return _member(grant)


def clear_ended() -> None:
    """Delete the grants whose time is over."""
    ApiGrant.objects.filter(expires_at__lt=clock.now()).delete()


def revoke_all(user: User, *, reason: str) -> None:
    """End all of a person's grants: access tokens stop with them."""
    with transaction.atomic():
        ended = ApiGrant.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())
        if ended:
            trail.record("grants.revoked", by=SYSTEM, target="user", target_id=user.pk, reason=reason, count=ended)


def _next(grant: ApiGrant) -> Pair:
    membership = _member(grant)
    if membership is None:
        raise Refused
    grant.refreshes += 1
    grant.save(update_fields=["refreshes"])
    return Pair(grant, membership.tenant)


def _member(grant: ApiGrant) -> Membership | None:
    if grant.revoked_at or grant.expires_at <= clock.now():
        return None
    own = Membership.objects.select_related("user", "tenant").filter(user=grant.user_id, tenant=grant.tenant_id)
    found = own.filter(user__is_active=True, tenant__state=Tenant.State.ACTIVE).first()
    if found is None or found.user.get_session_auth_hash() != grant.password_mark:
        return None
    if found.created_at > grant.created_at:
        return None  # the person was out of the tenant in between
    return found


def _read(token: str) -> tuple[uuid.UUID, int]:
    try:
        grant_id, number = signing.loads(token, salt=SALT)
        return uuid.UUID(grant_id), int(number)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Refused from error
