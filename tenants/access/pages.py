"""Who may see a page: signed in, a member with one of the roles, inside the tenant's schema."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh
from structlog.contextvars import bound_contextvars

from tenants.models import Membership, Tenant
from tenants.scope import scope

P = ParamSpec("P")
ANYONE = frozenset(Membership.Role)
SAFE = frozenset({"GET", "HEAD"})
SESSION_KEY = "tenant_id"
"""Where the session keeps the chosen tenant."""
MANAGERS = frozenset({Membership.Role.OWNER, Membership.Role.ADMIN})


class TenantRequest(HttpRequest):
    """A request as the views of a tenant's pages get it."""

    tenant: Tenant
    membership: Membership


def member_required(
    roles: frozenset[Membership.Role] = ANYONE,
) -> Callable[
    [Callable[Concatenate[TenantRequest, P], HttpResponseBase]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]
]:
    """Let only members with one of the roles in, inside their tenant's schema; refuse a streamed answer.

    A streamed body is made after the view returned, outside the tenant's schema: render it whole. Only a file may be
    streamed: the view opened it inside the schema, and to read on takes no database.
    """

    def decorate(
        view: Callable[Concatenate[TenantRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if elsewhere := _turned_away(request, roles):
                return elsewhere
            ours = cast(TenantRequest, request)
            ours.tenant = ours.membership.tenant
            with bound_contextvars(tenant=ours.tenant.slug), scope(ours.tenant):
                response = view(ours, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):  # would be rendered later, outside the schema
                    response = response.render()
            if response.streaming and not _is_open_file(response):
                raise TypeError(f"{view.__name__} streams its answer; it would be made outside the tenant's schema.")
            return response

        return guarded

    return decorate


def _turned_away(request: HttpRequest, roles: frozenset[Membership.Role]) -> HttpResponse | None:
    """Return where a request goes that this page is not for, None: it is. Raises PermissionDenied."""
    if not request.user.is_authenticated:
        return to_sign_in(request)
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return no_tenant(request)
    if not _is_of(request, membership.tenant):
        return _of_another_tenant(request, membership.tenant)
    if membership.role not in roles:
        raise PermissionDenied
    return None


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send the person to the sign-in, and from there back to the page that they see: the whole page, never a part."""
    is_part = _is_part(request)
    page = _page_before(request, "HX-Current-URL" if is_part else "Referer")
    if not is_part and request.method in SAFE:
        page = request.get_full_path()
    answer = redirect_to_login(page) if page else redirect(settings.LOGIN_URL)
    return HttpResponseClientRedirect(answer.url) if is_part else answer


def no_tenant(request: HttpRequest) -> HttpResponse:
    """Tell a person who is in no active tenant what to do; a page that asks for its live part loads itself anew."""
    if _is_part(request):
        return HttpResponseClientRefresh()
    own = Membership.objects.select_related("tenant").filter(user=request.user.pk)
    suspended = [one.tenant for one in own.filter(tenant__state=Tenant.State.SUSPENDED).order_by("tenant__name")]
    return render(request, "tenants/no_tenant.html", {"suspended": suspended}, status=403)


def _is_of(request: HttpRequest, tenant: Tenant) -> bool:
    """Return whether the page that asks is this tenant's: in another tab the person may have chosen another one.

    What a page asks by itself names its tenant: its live parts, its forms, its recording.
    """
    asked = request.headers.get("X-Tenant") or request.POST.get("of") or request.GET.get("of")
    must_say = _is_part(request) or request.method not in SAFE
    return asked == tenant.slug if asked or must_say else True


def _of_another_tenant(request: HttpRequest, now: Tenant) -> HttpResponse:
    """Do nothing, and go to the tenant's own first page, which says why."""
    text = f"You are in {now.name} now, and this page belonged to another company. Nothing was changed."
    messages.error(request, text)
    return HttpResponseClientRedirect(reverse("home")) if _is_part(request) else redirect("home")


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _page_before(request: HttpRequest, header: str) -> str:
    """Return the path of the page that a header names, if it is one of ours."""
    try:
        there = urlsplit(request.headers.get(header, ""))
    except ValueError:
        return ""
    return there._replace(scheme="", netloc="").geturl() if there.netloc == request.get_host() else ""


def _is_open_file(response: HttpResponseBase) -> bool:
    return isinstance(response, FileResponse) and response.file_to_stream is not None
