"""Who may use the API: a bearer token names person and tenant, the database says what they may do (one class)."""

from typing import Any

from django.http import HttpRequest
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request

from tenants.access import grants, tokens
from tenants.access.pages import ANYONE, SAFE
from tenants.models import Membership, User

MISSING = "Send a token: Authorization: Bearer … (POST /v1/auth/token gives one)."
INVALID, EXPIRED = "Invalid token", "Token expired"


class BearerAuthentication(authentication.BaseAuthentication):
    """Reads `Authorization: Bearer`; sets `membership` on the request as the pages have it."""

    def authenticate(self, request: Request) -> tuple[User, Membership] | None:
        """Return the person and the membership; None: no token was sent."""
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            claims = tokens.read(token.strip())
        except tokens.Expired as error:
            raise exceptions.AuthenticationFailed(EXPIRED, "api.token_expired") from error
        except tokens.Invalid as error:
            raise exceptions.AuthenticationFailed(INVALID, "api.token_invalid") from error
        found = grants.member(claims.grant_id, user_id=claims.user_id, tenant_slug=claims.tenant_id)
        if found is None:
            raise exceptions.AuthenticationFailed(INVALID, "api.token_invalid")
        page_request: HttpRequest = request._request  # noqa: SLF001  (DRF has no public name for it)
        page_request.membership = found  # type: ignore[attr-defined]  # read by tenants.audit.actor
        return found.user, found

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  (DRF's own signature)
        """Return what a 401 says of how to sign in (RFC 6750)."""
        return 'Bearer realm="pipeline"'


class MemberPermission(permissions.BasePermission):
    """Lets members in: to read anyone, to change the roles that the view names in `changers`."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ANN401  (an APIView, whose module imports this one)
        """Return whether this member may do this."""
        membership: Any = request.auth
        if not isinstance(membership, Membership):
            raise exceptions.NotAuthenticated(MISSING, "api.token_missing")
        roles = ANYONE if request.method in SAFE | {"OPTIONS"} else getattr(view, "changers", frozenset())
        return membership.role in roles
