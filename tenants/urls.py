"""Signing in and out, a forgotten password, invitations, people, one's own page, the choice of the tenant."""

from django.contrib.auth.views import LogoutView
from django.urls import path, re_path

from tenants.views import accounts, people, you

_LINK = r"^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z_:-]{1,200})/$"

# Names that begin with account_ are allauth's: it looks its own pages up by them.
urlpatterns = [
    path("sign-in/", accounts.SignIn.as_view(), name="sign_in"),
    path("sign-in/", accounts.SignIn.as_view(), name="account_login"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("reset/", accounts.Reset.as_view(), name="account_reset_password"),
    path("reset/sent/", accounts.ResetSent.as_view(), name="account_reset_password_done"),
    re_path(_LINK, accounts.NewPassword.as_view(), name="account_reset_password_from_key"),
    path("join/<str:token>/", accounts.join, name="join"),
    path("people/", people.team, name="people"),
    path("people/invite", people.invite, name="invite"),
    path("people/invitations/<int:pk>/withdraw", people.withdraw, name="withdraw"),
    path("people/<int:pk>/role", people.change_role, name="change_role"),
    path("people/<int:pk>/remove", people.remove, name="remove_member"),
    path("you/", you.you, name="you"),
    path("tenant/", you.choose_tenant, name="choose_tenant"),
]
