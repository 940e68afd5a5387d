"""The product's addresses, and one whose view has a bug."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

from pipeline import urls

handler500 = urls.handler500


def bug(_: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


urlpatterns: list[URLPattern | URLResolver] = [*urls.urlpatterns, path("bug", bug)]
