"""Signing in and out, one's own page, the choice of the tenant."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from tenants import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(), name="sign_out"),
    path("you/", views.you, name="you"),
    path("tenant/", views.choose_tenant, name="choose_tenant"),
]
