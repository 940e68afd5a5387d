"""One's own page, the choice of the tenant."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tenants.access import pages
from tenants.models import Membership, Tenant


@require_safe
@never_cache
@login_required
def you(request: HttpRequest) -> HttpResponse:
    """Show the person's own page: theme, tenants, sign out."""
    return render(request, "tenants/you.html", {"section": "you"})


@require_POST
def choose_tenant(request: HttpRequest) -> HttpResponse:
    """Go on in another of the person's tenants."""
    if not request.user.is_authenticated:
        return pages.to_sign_in(request)
    slug = request.POST.get("tenant", "")
    own = Membership.objects.select_related("tenant").filter(user=request.user.pk, tenant__state=Tenant.State.ACTIVE)
    chosen = next((one for one in own if one.tenant.slug == slug), None)
    if chosen is None:
        raise PermissionDenied
    request.session[pages.SESSION_KEY] = chosen.tenant_id
    return redirect("home")
