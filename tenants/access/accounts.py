"""How allauth's accounts behave here: nobody signs up, mails name PUBLIC_URL, no messages of its own."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tenants.access import grants, mail
from tenants.audit import trail
from tenants.audit.actor import Actor, Kind
from tenants.models import User

NO_MATCH = "E-mail and password do not match."
"""The same for an unknown address, a wrong password and a closed account."""


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The hooks that allauth asks."""

    error_messages = DefaultAccountAdapter.error_messages | {"email_password_mismatch": NO_MATCH}

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  (allauth's own signature)
        """Return False: one is invited."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (allauth's own signature)
        """Say nothing: our pages say what happened."""

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of a mail, under PUBLIC_URL: the request's Host is anybody's to write."""
        uid, _, secret = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": secret})
        return f"{settings.PUBLIC_URL}{path}"

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:  # noqa: ARG002
        """Send the link to the account's own address, whatever way of writing it was asked for."""
        minutes = settings.PASSWORD_RESET_TIMEOUT // 60
        mail.send("reset", user.email, address=context["password_reset_url"], minutes=minutes)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:  # noqa: ARG002
        """Send who holds a link to a closed account to the sign-in, which lets nobody in."""
        return redirect("sign_in")

    def set_password(self, user: User, password: str) -> None:
        """Set it; the person's sessions and API tokens end with the former one."""
        user.set_password(password)
        user.is_proven = True  # the link came by a mail to the address
        user.save()
        grants.revoke_all(user, reason="password")
        trail.record(
            "user.password_changed", by=Actor(Kind.USER, user.pk), target="user", target_id=user.pk, way="reset"
        )
