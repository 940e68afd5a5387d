"""One host serves all tenants; the two webhook paths are answered before Django (pipeline/rsgi.py)."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("tenants.urls")),
    path("", include("calls.urls")),
    path("", include("pipeline.dashboard.urls")),
    path("admin/", admin.site.urls),
]
handler500 = "pipeline.dashboard.views.broken"
