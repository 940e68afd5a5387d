"""One host serves all tenants; the two webhook paths are answered before Django (pipeline/rsgi.py)."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from crm.urls import urlpatterns as crm_urls
from pipeline.api import problems
from pipeline.dashboard import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tenants.urls")),
    path("", include("calls.urls")),
    path("", include(crm_urls)),
    path("", include("pipeline.dashboard.urls")),
    path("", include("pipeline.api.urls")),
    path(
        "admin/r/<path:row>", views.nothing_here
    ),  # Django's way to a row's own page: none has one, and it asks any table
    path("admin/", admin.site.urls),
]
handler400 = "pipeline.urls.unreadable"
handler500 = "pipeline.urls.broken"


def broken(request: HttpRequest) -> HttpResponse:
    """Answer a bug of ours as who asks can read it: a program a problem, a person a page."""
    return problems.broken(request) if request.path_info.startswith("/v1/") else views.broken(request)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  (Django's signature)
    """Answer what can't be read as who asks can read it."""
    return problems.unreadable(request) if request.path_info.startswith("/v1/") else views.unreadable(request)
