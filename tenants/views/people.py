"""The people of a tenant: who is in it, as what; invitations."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from pipeline import clock
from tenants.access import invitations, mail, people
from tenants.access.pages import MANAGERS, TenantRequest, member_required
from tenants.audit import actor
from tenants.forms import InviteForm, RoleForm
from tenants.models import Invitation, Membership

REFUSED = 422
ROLES = {
    "owner": "does everything, and names other owners",
    "admin": "sets up CRMs, scoring and people, runs calls again",
    "agent": "works with calls and leads",
    "viewer": "reads, changes nothing",
}


@require_safe
@never_cache
@member_required()
def team(request: TenantRequest) -> HttpResponse:
    """Show who is in the tenant, and to owners and admins who is invited."""
    return _page(request, InviteForm())


@require_POST
@member_required(MANAGERS)
def invite(request: TenantRequest) -> HttpResponse:
    """Invite a person by mail; the link is shown this once, to be sent another way."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=REFUSED)
    email, role = form.cleaned_data["email"], Membership.Role(form.cleaned_data["role"])
    try:
        made = invitations.invite(request.tenant, email=email, role=role, by=actor.of_request(request))
    except people.Refused as error:
        form.add_error(None, str(error))
        return _page(request, form, status=REFUSED)
    return _page(request, InviteForm(), invited=made, is_mailed=_mailed(request, made))


@require_POST
@member_required(MANAGERS)
def withdraw(request: TenantRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    try:
        found = invitations.withdraw(request.tenant, pk, by=actor.of_request(request))
    except people.Refused as error:
        messages.error(request, str(error))
    else:
        if found is None:
            raise Http404
        messages.success(request, f"The invitation of {found.email} is taken back; its link leads nowhere now.")
    return redirect("people")


@require_POST
@member_required(MANAGERS)
def change_role(request: TenantRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    membership, form = _membership(request, pk), RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"There is no such role. Nothing was changed. Roles: {', '.join(ROLES)}.")
        return redirect("people")
    role = Membership.Role(form.cleaned_data["role"])
    try:
        people.change_role(membership, role, by=actor.of_request(request))
    except people.Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{membership.user} is {role.label.lower()} now.")
    return redirect("people")


@require_POST
@member_required(MANAGERS)
def remove(request: TenantRequest, pk: int) -> HttpResponse:
    """End a membership."""
    membership = _membership(request, pk)
    try:
        people.remove(membership, by=actor.of_request(request))
    except people.Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{membership.user} is no member any more, on all devices.")
    return redirect("people" if membership.user_id != request.user.pk else "home")


def _membership(request: TenantRequest, pk: int) -> Membership:
    found = Membership.objects.select_related("tenant", "user").filter(tenant=request.tenant, pk=pk).first()
    if found is None:
        raise Http404
    return found


def _mailed(request: TenantRequest, made: invitations.Invited) -> bool:
    """Send the invitation; returns whether it left this machine."""
    told = {"tenant": request.tenant, "role": made.invitation.get_role_display().lower()}
    try:
        mail.send("invitation", made.invitation.email, address=made.link, days=invitations.LIFE.days, **told)
    except mail.NotSent:
        return False
    return mail.is_sent()


def _page(request: TenantRequest, form: InviteForm, *, status: int = 200, **more: Any) -> HttpResponse:  # noqa: ANN401
    members = Membership.objects.select_related("user").filter(tenant=request.tenant)
    may_change = request.membership.role in MANAGERS
    waiting = Invitation.objects.filter(tenant=request.tenant, expires_at__gt=clock.now()).order_by("email")
    context = {
        "members": members.order_by("user__name", "user__email"),
        "invitations": waiting if may_change else (),
        "may_change": may_change,
        "roles": ROLES,
        "form": form,
        "section": "people",
        "is_mail_sent": mail.is_sent(),
    }
    return render(request, "tenants/people.html", context | more, status=status)
