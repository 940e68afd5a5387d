"""Staff looks into a tenant: chosen with a reason, for an hour, read only; each look stands in the tenant's trail."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from unfold.widgets import UnfoldAdminSelectWidget

from pipeline import clock
from tenants.admin.rows import ReadOnly, staff
from tenants.audit import trail
from tenants.models import Tenant
from tenants.scope import scope

LIFE = dt.timedelta(hours=1)
_KEY = "look"


class Reason(models.TextChoices):
    """Why staff looks: a word of the trail."""

    ASKED = "asked", "The tenant asked for help"
    FAULT = "fault", "A fault of ours"
    INCIDENT = "incident", "A security incident"
    LAW = "law", "A duty by law"


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """The tenant that this session looks into, and until when."""

    tenant: Tenant
    until: dt.datetime


class LookForm(forms.Form):
    """Whom to look into, and why."""

    tenant = forms.ModelChoiceField(Tenant.objects.order_by("name"), widget=UnfoldAdminSelectWidget)
    reason = forms.ChoiceField(choices=Reason.choices, widget=UnfoldAdminSelectWidget)


def chosen(request: HttpRequest) -> Look | None:
    """Return what the session looks into; None: nothing, or its hour is over."""
    kept: dict[str, Any] = request.session.get(_KEY) or {}
    until = parse_datetime(kept.get("until", ""))
    if until is None or until <= clock.now():
        return None
    tenant = Tenant.objects.filter(pk=kept["tenant"]).first()
    return Look(tenant, until) if tenant else None


def badge(request: HttpRequest) -> list[str] | None:
    """Return what the head of the admin says while somebody looks (UNFOLD's ENVIRONMENT)."""
    look = chosen(request) if request.user.is_authenticated else None
    return [f"You see {look.tenant.name}, read only", "warning"] if look else None


def page(request: HttpRequest) -> HttpResponse:
    """Choose a tenant, or leave it."""
    if request.method == "POST" and "leave" in request.POST:
        _leave(request)
        return redirect("admin:index")
    form = LookForm(request.POST or None, initial={"tenant": request.GET.get("tenant")})
    if request.method == "POST" and form.is_valid():
        _enter(request, form.cleaned_data["tenant"], form.cleaned_data["reason"])
        return redirect("admin:index")
    context = {**admin.site.each_context(request), "title": "Look into a tenant", "form": form, "look": chosen(request)}
    return TemplateResponse(request, "tenants/admin/look.html", context)


def _enter(request: HttpRequest, tenant: Tenant, reason: str) -> None:
    trail.record("look.begun", by=staff(request), tenant=tenant, target="tenant", target_id=tenant.pk, reason=reason)
    request.session[_KEY] = {"tenant": tenant.pk, "until": (clock.now() + LIFE).isoformat()}
    messages.success(request, f"You see {tenant.name} for an hour, read only. Each look stands in its trail.")


def _leave(request: HttpRequest) -> None:
    look = chosen(request)
    request.session.pop(_KEY, None)
    if look:
        trail.record("look.ended", by=staff(request), tenant=look.tenant, target="tenant", target_id=look.tenant.pk)
        messages.success(request, f"You left {look.tenant.name}.")


class TenantTable(ReadOnly):
    """A table of the chosen tenant. Without one it is no part of the admin, and its pages lead to the choice."""

    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show it in the menu while a tenant is chosen."""
        return chosen(request) is not None and bool(super().has_module_permission(request))

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Let staff look while a tenant is chosen; never by the search of a field, which is no look."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            return False
        return chosen(request) is not None and bool(super().has_view_permission(request, obj))

    def changelist_view(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> HttpResponse:
        """Show the list."""
        return self._look(request, "", lambda: super(TenantTable, self).changelist_view(request, extra_context))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Mapping[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a row."""
        show = super().changeform_view
        return self._look(request, object_id or "", lambda: show(request, object_id, form_url, extra_context))

    def history_view(self, *_: object, **__: object) -> HttpResponse:
        """Lead back: these rows are not changed in the admin."""
        return redirect("..")

    def delete_view(self, *_: object, **__: object) -> HttpResponse:
        """Refuse. Raises PermissionDenied."""
        raise PermissionDenied

    def _look(self, request: HttpRequest, pk: str, show: Callable[[], HttpResponse]) -> HttpResponse:
        """Note the look in the tenant's trail, then answer inside the tenant's schema."""
        look = chosen(request)
        if look is None:
            messages.warning(request, "Choose a tenant first: this table is a tenant's.")
            return redirect("admin:look")
        with scope(look.tenant):
            name = self.model._meta.model_name or ""  # noqa: SLF001  (Django's documented interface)
            trail.record("look.taken", by=staff(request), tenant=look.tenant, target=name, target_id=pk)
            answer = show()
            if isinstance(answer, TemplateResponse):
                answer.render()  # its rows are read now, while the schema is the tenant's
        return answer
