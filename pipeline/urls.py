"""One host serves all tenants; the two webhook paths are answered before Django (pipeline/wsgi.py)."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
