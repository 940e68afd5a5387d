"""Signing in, a new password, people, and the users of the admin."""

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm, ResetPasswordKeyForm
from django import forms
from django.contrib.auth import password_validation
from unfold.forms import UserChangeForm, UserCreationForm

from tenants.access import people
from tenants.models import Membership, User

ADDRESS = {"required": "Write your e-mail address.", "invalid": "Write it as name@company.com."}
NEW_PASSWORD = "At least 12 characters; a sentence is good. Common passwords are refused."  # noqa: S105  (a text)


def _password() -> forms.CharField:
    return forms.CharField(
        label="New password",
        max_length=4096,
        strip=False,
        help_text=NEW_PASSWORD,
        error_messages={"required": "Write a new password."},
    )


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth ships no types
    """E-mail and password; the same answer for an unknown address, a wrong password and a closed account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (allauth's own signature)
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.EmailField(label="E-mail", max_length=254, error_messages=ADDRESS)
        self.fields["password"] = forms.CharField(
            label="Password", max_length=4096, strip=False, error_messages={"required": "Write your password."}
        )
        self.order_fields(["login", "password"])

    def clean_login(self) -> str:
        """Return the address as accounts keep it: in small letters."""
        return str(self.cleaned_data["login"]).lower()


class ResetForm(ResetPasswordForm):  # type: ignore[misc]
    """The address of whoever forgot the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (allauth's own signature)
        super().__init__(*args, **kwargs)
        self.fields["email"] = forms.EmailField(label="E-mail", max_length=254, error_messages=ADDRESS)


class NewPasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, once: the page can show it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (allauth's own signature)
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["password1"] = _password()

    def clean_password1(self) -> str:
        """Return it if it is good enough. Raises ValidationError."""
        password = str(self.cleaned_data["password1"])
        password_validation.validate_password(password, self.user)
        return password

    def clean(self) -> dict[str, Any]:
        """Compare nothing: it is asked for once."""
        return dict(self.cleaned_data)


class JoinForm(forms.Form):
    """Who comes by an invitation and has no account."""

    name = forms.CharField(label="Your name", max_length=200, error_messages={"required": "Write your name."})
    password1 = _password()

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:  # noqa: ANN401  (Django's own signature)
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_password1(self) -> str:
        """Return it if it is good enough. Raises ValidationError."""
        password = str(self.cleaned_data["password1"])
        password_validation.validate_password(password, User(email=self._email))
        return password


class InviteForm(forms.Form):
    """Whom to invite as what."""

    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        error_messages={"required": "Write an e-mail address.", "invalid": ADDRESS["invalid"]},
    )
    role = forms.ChoiceField(label="Role", choices=Membership.Role.choices, initial=Membership.Role.VIEWER)


class RoleForm(forms.Form):
    """A role."""

    role = forms.ChoiceField(choices=Membership.Role.choices)


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A membership in the admin."""

    def clean(self) -> dict[str, Any]:
        """Refuse a new member of whom nobody has shown that the address is theirs."""
        given = super().clean() or {}
        user = given.get("user") or getattr(self.instance, "user", None)
        if self.instance.pk is None and isinstance(user, User) and user.pk and not user.is_proven:
            raise forms.ValidationError(people.UNPROVEN.format(user.email))
        return given


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
