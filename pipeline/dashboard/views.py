"""The pages that cross the apps: the list of calls and one call."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.template import loader
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from calls.models import Call
from crm.sync import connect, plan
from pipeline import clock, logs
from pipeline.dashboard import callpage, choices, listing, replay
from tenants.access.pages import MANAGERS, TenantRequest, member_required
from tenants.audit import actor

LIVE_ROWS = 50
DIGITS = 18
UNREADABLE = 400
BROKEN = 500


@require_safe
@never_cache
@member_required()
def call_list(request: TenantRequest) -> HttpResponse:
    """Show the calls that the URL's filters name, newest first unless sorted otherwise."""
    wish = listing.read(request.GET)
    now = clock.now()
    page = listing.page(request.tenant, wish, now=now)
    order = plan.in_order(request.tenant)
    context = {
        "wish": wish,
        "page": page,
        "menus": choices.menus(wish, order),
        "sort_menu": choices.sort_menu(wish),
        "sorts": choices.sorts(wish),
        "views": choices.views(wish),
        "live": choices.live(page, wish),
        "page_size": listing.PAGE,
        "counted": listing.COUNTED,
        "section": "calls",
    }
    return render(request, "calls/list.html", context)


@require_safe
@never_cache
@member_required()
def call_list_live(request: TenantRequest) -> HttpResponse:
    """Answer the list's poll: how many calls came since, and the present state of the rows that move."""
    wish = listing.read(request.GET)
    now = clock.now()
    newest = next(iter(_ids(request.GET.get("newest", ""))), None)
    rows = listing.rows_of(request.tenant, _ids(request.GET.get("open", "")), now=now)
    came = 0 if newest is None else listing.newer(request.tenant, wish, than=newest, now=now)
    still_open = [row.pk for row in rows if not row.status.has_ended]
    etag = listing.version(rows, came)
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        live = choices.Live("" if newest is None else str(newest), still_open, wish, came, etag)
        response = render(request, "calls/_live.html", {"rows": rows, "live": live, "is_update": True})
    response.headers["ETag"] = etag
    return response


@require_safe
@never_cache
@member_required()
def call(request: TenantRequest, pk: int) -> HttpResponse:
    """Show one call."""
    return render(request, "calls/call.html", _page(request, pk) | {"section": "calls"})


@require_safe
@member_required()
def call_timeline(request: TenantRequest, pk: int) -> HttpResponse:
    """Answer the call page's poll: what has changed since, 304 if nothing has."""
    context = _page(request, pk)
    etag = context["progress"].version
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        listening = context["listening"]
        context["is_update"] = True
        context["with_player"] = request.GET.get("player") != listening.player
        context["with_text"] = request.GET.get("text") != listening.text
        response = render(request, "calls/_progress.html", context)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@require_POST
@member_required(MANAGERS)
def call_replay(request: TenantRequest, pk: int) -> HttpResponse:
    """Run a call again from a stage."""
    try:
        label = replay.from_stage(
            _call(pk),
            tenant=request.tenant,
            stage=request.POST.get("stage", ""),
            target=request.POST.get("target", ""),
            by=actor.of_request(request),
        )
    except replay.Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{label} runs again, and what comes after it.")
    return redirect("call", pk=pk)


def unreadable(request: HttpRequest) -> HttpResponse:
    """Show that a request can't be read."""
    return render(request, "400.html", status=UNREADABLE)


def nothing_here(request: HttpRequest, row: str) -> HttpResponse:  # noqa: ARG001  (a view's signature)
    """Answer that there is no page. Raises Http404."""
    raise Http404


def broken(request: HttpRequest) -> HttpResponse:
    """Show that an answer failed, with the id that its line in the log has (pipeline/logs.py): our handler500."""
    request_id = request.META.setdefault(logs.REQUEST_ID, str(uuid.uuid4()))
    # Without the request: what the frame asks of Postgres may be what failed.
    return HttpResponse(loader.render_to_string("500.html", {"request_id": request_id}), status=BROKEN)


def _page(request: TenantRequest, pk: int) -> dict[str, Any]:
    found = _call(pk)
    now = clock.now()
    arrived = callpage.deliveries(found)
    lead = callpage.lead(found)
    return {
        "call": found,
        "lead": lead,
        "progress": callpage.progress(request.tenant, found, arrived, lead.score, now=now),
        "listening": callpage.listening(found, lead),
        "sent": callpage.sent(arrived),
        "neighbours": callpage.neighbours(found),
        "stages": choices.stages(),
        "can_replay": request.membership.role in MANAGERS,
        "kept_days": connect.KEPT_DAYS,
        "is_update": False,
    }


def _call(pk: int) -> Call:
    try:
        return callpage.find(pk)
    except Call.DoesNotExist as error:
        raise Http404(f"There is no call {pk} here.") from error


def _ids(text: str) -> list[int]:
    """Return the ids that a text names; one with more digits than Postgres takes names none."""
    return [int(part) for part in text.split(",")[:LIVE_ROWS] if part.isdecimal() and len(part) <= DIGITS]
