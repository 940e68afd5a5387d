"""Signing in, and the users of the admin."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from unfold.forms import UserChangeForm, UserCreationForm

from tenants.models import User

NO_MATCH = "E-mail and password do not match."


class SignInForm(AuthenticationForm):
    """E-mail and password; the same answer for an unknown address, a wrong password and a closed account."""

    error_messages = {"invalid_login": NO_MATCH, "inactive": NO_MATCH}

    username = forms.EmailField(
        label="E-mail",
        max_length=254,
        error_messages={"required": "Write your e-mail address.", "invalid": "Write it as name@company.com."},
    )
    password = forms.CharField(label="Password", strip=False, error_messages={"required": "Write your password."})

    def clean_username(self) -> str:
        """Return the address as accounts keep it: in small letters."""
        return str(self.cleaned_data["username"]).lower()


class CreateUserForm(UserCreationForm):  # type: ignore[misc]  # unfold ships no types
    """A new person in the admin; two addresses that differ only in capitals are one."""

    class Meta:
        model = User
        fields = ("email", "name")

    def clean_email(self) -> str:
        """Return the address in small letters."""
        return str(self.cleaned_data["email"]).lower()


class ChangeUserForm(UserChangeForm):  # type: ignore[misc]
    """A person in the admin; the password is changed by a form of its own."""

    class Meta:
        model = User
        fields: Any = "__all__"

    def clean_email(self) -> str:
        """Return the address in small letters."""
        return str(self.cleaned_data["email"]).lower()
