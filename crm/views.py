"""A tenant's CRMs: which are connected, in which order, what each needs of whom."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.forms import ConnectionForm
from crm.models import CrmConnection
from crm.sync import connect, overview, plan, registry
from crm.sync.provider import CrmProvider
from tenants import configuration
from tenants.access.pages import MANAGERS, TenantRequest, member_required
from tenants.audit import actor

REFUSED = 422


@require_safe
@never_cache
@member_required()
def connections(request: TenantRequest) -> HttpResponse:
    """Show the CRMs in the order that calls go to them."""
    rows = overview.rows(request.tenant)
    context = {"rows": rows, "on": [row for row in rows if row.is_on], "section": "crm"}
    return render(request, "crm/connections.html", context | _may(request))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_required(MANAGERS)
def connection(request: TenantRequest, slug: str) -> HttpResponse:
    """Connect a CRM, or change its credentials."""
    fields, label = _crm(slug).config_fields, _crm(slug).label
    found = CrmConnection.objects.filter(slug=slug).first()
    kept = {name: str(value) for name, value in (found.config if found else {}).items()}
    form = ConnectionForm(fields, kept, request.POST or None, has_secrets=bool(found and found.secrets))
    if request.method == "POST" and form.is_valid():
        try:
            connect.save(slug, form.cleaned_data, by=actor.of_request(request))
        except connect.BadConnection as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{label} is connected. What waited for it is on its way.")
            return redirect("crm")
    context = {"form": form, "label": label, "connection": found, "secrets": _secrets(slug), "section": "crm"}
    return render(request, "crm/connection.html", context, status=REFUSED if form.errors else 200)


@require_POST
@member_required(MANAGERS)
def switch(request: TenantRequest, slug: str) -> HttpResponse:
    """Let calls go to a CRM again, or past it."""
    found = CrmConnection.objects.filter(slug=_crm(slug).slug).first()
    if found is None:
        raise Http404
    on = request.POST.get("on") == "yes"
    connect.switch(found, on=on, by=actor.of_request(request))
    label = _crm(slug).label
    messages.success(request, f"{label} gets the calls again." if on else f"{label} is off: calls go past it.")
    return redirect("crm")


@require_POST
@member_required(MANAGERS)
def move(request: TenantRequest, slug: str) -> HttpResponse:
    """Give a CRM the place before or behind its neighbour."""
    order = list(configuration.load(request.tenant).sync_order)
    if _crm(slug).slug not in order:
        raise Http404
    by = -1 if request.POST.get("way") == "up" else 1
    order = plan.move(request.tenant, slug, to=order.index(slug) + by, by=actor.of_request(request))
    messages.success(request, f"Calls go to {', then '.join(_crm(one).label for one in order)}.")
    return redirect("crm")


def _may(request: TenantRequest) -> dict[str, Any]:
    return {"may_change": request.membership.role in MANAGERS}


def _secrets(slug: str) -> set[str]:
    return {field.name for field in _crm(slug).config_fields if field.secret}


def _crm(slug: str) -> type[CrmProvider]:
    """Return a connector's class. Raises Http404."""
    try:
        return registry.provider(slug)
    except registry.UnknownCrm as error:
        raise Http404 from error
