"""Signing in, a forgotten password, an invitation: allauth's views with our pages."""

from typing import Any

from allauth.account import views as allauth
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants.access import client, invitations, mail, tries
from tenants.access.pages import SESSION_KEY
from tenants.forms import JoinForm
from tenants.models import Invitation, User

REFUSED, NOT_SENT = 422, 503
BACKEND = "tenants.access.passwords.PasswordBackend"


class SaysWhatIsWrong:
    """A refused form is shown again with 422, so that nothing takes it for a success."""

    def form_invalid(self, form: Any) -> HttpResponse:  # noqa: ANN401  (allauth ships no types)
        """Show the form again, with what to put right."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]  # of the view that this is mixed into
        response.status_code = REFUSED
        return response


class SignIn(SaysWhatIsWrong, allauth.LoginView):  # type: ignore[misc]  # allauth ships no types
    """Sign in by e-mail and password."""

    template_name = "tenants/sign_in.html"


class Reset(SaysWhatIsWrong, allauth.PasswordResetView):  # type: ignore[misc]
    """Ask for a link to a new password; the answer is the same whether there is an account or not."""

    template_name = "tenants/reset.html"

    def form_valid(self, form: Any) -> HttpResponse:  # noqa: ANN401  (allauth ships no types)
        """Send the mail, if there is an account."""
        asked, forwarded = self.request.META.get("REMOTE_ADDR", ""), self.request.headers.get("Forwarded", "")
        address = client.address(asked, forwarded)
        tries.failed(tries.begin(email=form.cleaned_data["email"], address=address, door="reset"))
        try:
            response: HttpResponse = super().form_valid(form)
        except mail.NotSent:
            return render(self.request, "tenants/reset.html", {"form": form, "is_not_sent": True}, status=NOT_SENT)
        return response


class ResetSent(allauth.PasswordResetDoneView):  # type: ignore[misc]
    """Say where the mail is."""

    template_name = "tenants/reset_sent.html"
    extra_context = {"is_sent": mail.is_sent}


class NewPassword(SaysWhatIsWrong, allauth.PasswordResetFromKeyView):  # type: ignore[misc]
    """Set a new password by the link of the mail; then the person is signed in."""

    template_name = "tenants/new_password.html"
    success_url = "/"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Take the place that an invitation's link holds: with one's account, or with a new one."""
    found = invitations.find(token)
    if found is None:
        return render(request, "tenants/join_over.html", status=404)
    account = invitations.account_of(found)
    if account is not None:
        return _join_as(request, found, account)
    form = JoinForm(request.POST or None, email=found.email)
    if request.method == "POST" and form.is_valid():
        name, password = form.cleaned_data["name"], form.cleaned_data["password1"]
        user = invitations.accept_anew(found, name=name, password=password)
        if user is None:
            return render(request, "tenants/join_over.html", status=404)
        login(request, user, BACKEND)
        return _enter(request, found)
    status = REFUSED if form.errors else 200
    return render(request, "tenants/join.html", {"invitation": found, "form": form}, status=status)


def _join_as(request: HttpRequest, found: Invitation, account: User) -> HttpResponse:
    """Let the person of the account take it; anybody else is told to sign in as that person."""
    if request.user.pk != account.pk:
        return render(request, "tenants/join_sign_in.html", {"invitation": found})
    if request.method != "POST":
        return render(request, "tenants/join.html", {"invitation": found})
    if invitations.accept(found, account) is None:
        return render(request, "tenants/join_over.html", status=404)
    return _enter(request, found)


def _enter(request: HttpRequest, found: Invitation) -> HttpResponse:
    request.session[SESSION_KEY] = found.tenant_id
    return redirect("home")
