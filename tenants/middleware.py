"""Chooses the tenant of a page: the signed-in person's current membership."""

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse

from tenants.access.pages import SESSION_KEY
from tenants.models import Membership, Tenant
from tenants.scope import renew_worn_connection

Next = Callable[[HttpRequest], HttpResponse]


class PublicSchemaMiddleware:
    """Starts and ends every request in `public`, whatever happened in between."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request between two switches to `public`."""
        connection.set_schema_to_public()  # type: ignore[attr-defined]  # django-tenants' backend has it
        try:
            return self.get_response(request)
        finally:
            connection.set_schema_to_public()  # type: ignore[attr-defined]
            renew_worn_connection()


class MembershipMiddleware:
    """Finds the membership that the session names, or the person's first; sets request.membership."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set `membership` (None: not signed in, or in no tenant) and answer."""
        request.membership = self.membership(request)  # type: ignore[attr-defined]  # read by tenants.access.pages
        return self.get_response(request)

    @staticmethod
    def membership(request: HttpRequest) -> Membership | None:
        """Return the membership the session names if the person still has it, else the oldest one."""
        if not request.user.is_authenticated:
            return None
        own = Membership.objects.select_related("tenant").filter(user=request.user, tenant__state=Tenant.State.ACTIVE)
        chosen = request.session.get(SESSION_KEY)
        return (own.filter(tenant_id=chosen).first() if chosen else None) or own.order_by("id").first()
