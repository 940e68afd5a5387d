"""What every page goes through: an id, the public schema, PUBLIC_URL's scheme, a policy for the browser, the tenant."""

import uuid
from collections.abc import Callable
from typing import ClassVar

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from structlog.contextvars import bound_contextvars

from pipeline.logs import REQUEST_ID
from tenants.access import tries
from tenants.access.pages import SESSION_KEY
from tenants.models import Membership, Tenant
from tenants.scope import renew_worn_connection

Next = Callable[[HttpRequest], HttpResponse]
UNREADABLE, WRONG_METHOD, TOO_MANY = 400, 405, 429


class RequestIdMiddleware:
    """Gives every request an id: its log lines have it, its answer says it. What a client sends as one is not read."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id bound."""
        request.META[REQUEST_ID] = request_id = str(uuid.uuid4())
        with bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response


class Utf8Middleware:
    """Refuses a form in another encoding before anything reads it: Django takes UTF-8 only."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; the API says so itself."""
        encoding = str((request.content_params or {}).get("charset", "utf-8")).lower()
        if encoding not in {"utf-8", "utf8"} and not request.path_info.startswith("/v1/"):
            request.encoding = "utf-8"  # the page must not trip over it again
            return render(request, "400.html", status=UNREADABLE)
        return self.get_response(request)


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


class PublicSchemeMiddleware:
    """Says `https` where PUBLIC_URL does: TLS ends at the proxy, so our own socket would say `http`.

    HSTS, secure cookies and the checks of forms hang on it. No header is asked: anyone could send it.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set the scheme and answer."""
        request.META["wsgi.url_scheme"] = settings.PUBLIC_URL.partition(":")[0]
        return self.get_response(request)


class PolicyMiddleware(CSPMiddleware):
    """Sends the strict policy with our pages, and with the admin's and the API's docs what their scripts need."""

    OWN: ClassVar[dict[str, dict[str, list[str]]]] = {
        "/admin/": settings.ADMIN_POLICY,
        "/v1/docs": settings.DOCS_POLICY,
    }

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002  (django-csp's own signature)
    ) -> PolicyParts:
        """Return the parts of the answer's policy."""
        parts = super().get_policy_parts(request, response, report_only)
        policy = next((own for path, own in self.OWN.items() if request.path_info.startswith(path)), None)
        if policy and not report_only:
            parts.replace = policy
        return parts


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


def too_many_tries(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Answer 429 to a try to sign in that came too early, whichever page it was made on."""
    if not isinstance(error, tries.TooMany):
        return None
    page = render(request, "429.html", {"error": error}, status=TOO_MANY)
    page.headers["Retry-After"] = str(error.seconds)
    return page


class PlainAnswersMiddleware:
    """Gives answers that Django leaves blank, or doesn't know, a page.

    A wrong method, too many tries to sign in, a NUL in the address: Postgres takes none in a text.
    """

    process_exception = staticmethod(too_many_tries)

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a 405 without a body gets one."""
        in_query = request.path_info.startswith("/admin/") and "%00" in request.META["QUERY_STRING"]
        if in_query or "\0" in request.path_info:
            return render(request, "400.html", status=UNREADABLE)
        response = self.get_response(request)
        if response.status_code == WRONG_METHOD and not response.streaming and not response.content:
            page = render(request, "405.html", status=WRONG_METHOD)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response
