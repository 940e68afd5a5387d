"""Who may see a page: signed in, a member with one of the roles, inside the tenant's schema."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.template.response import SimpleTemplateResponse

from tenants.models import Membership, Tenant
from tenants.scope import scope

P = ParamSpec("P")
ANYONE = frozenset(Membership.Role)
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
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            membership: Membership | None = getattr(request, "membership", None)
            if membership is None:
                return render(request, "tenants/no_tenant.html", status=403)
            if membership.role not in roles:
                raise PermissionDenied
            ours = cast(TenantRequest, request)
            ours.tenant = membership.tenant
            with scope(membership.tenant):
                response = view(ours, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse):  # would be rendered later, outside the schema
                    response = response.render()
            if response.streaming and not _is_open_file(response):
                raise TypeError(f"{view.__name__} streams its answer; it would be made outside the tenant's schema.")
            return response

        return guarded

    return decorate


def _is_open_file(response: HttpResponseBase) -> bool:
    return isinstance(response, FileResponse) and response.file_to_stream is not None
