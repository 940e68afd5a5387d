"""Signing in, and the users of the admin."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm


class SignInForm(AuthenticationForm):
    """E-mail and password; the same answer for an unknown address, a wrong password and a closed account."""

    error_messages = {
        "invalid_login": "E-mail and password do not match.",
        "inactive": "E-mail and password do not match.",
    }

    username = forms.EmailField(
        label="E-mail",
        max_length=254,
        error_messages={"required": "Write your e-mail address.", "invalid": "Write it as name@company.com."},
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        error_messages={"required": "Write your password."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_username(self) -> str:
        """Return the address as accounts keep it: in small letters."""
        return str(self.cleaned_data["username"]).lower()
