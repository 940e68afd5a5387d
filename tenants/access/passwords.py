"""Checks e-mail and password, whichever door they come through: the sign-in, the admin's, a later one."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from tenants.access import client, tries
from tenants.models import User


class PasswordBackend(ModelBackend):
    """Django's own check behind a brake on guessing."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,  # noqa: ANN401  (Django's own signature)
    ) -> User | None:
        """Return the person with this address and password. Raises tries.TooMany before a password is looked at."""
        email = username or kwargs.get(User.USERNAME_FIELD)
        if email is None or password is None:
            return None
        one = tries.begin(email=email, address=_address(request))
        user = super().authenticate(request, username=email, password=password)
        (tries.failed if user is None else tries.succeeded)(one)
        return user


def _address(request: HttpRequest | None) -> str | None:
    if request is None:
        return None
    return client.address(request.META.get("REMOTE_ADDR", ""), request.headers.get("Forwarded", ""))
