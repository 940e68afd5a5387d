"""The pages across the apps."""

from django.conf import settings
from django.urls import path
from django.views.generic import RedirectView

from pipeline.dashboard import views
from pipeline.dashboard.styleguide import styleguide

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="calls"), name="home"),
    path("calls/", views.call_list, name="calls"),
    path("calls/live", views.call_list_live, name="calls_live"),
    path("calls/<int:pk>/", views.call, name="call"),
    path("calls/<int:pk>/timeline", views.call_timeline, name="call_timeline"),
    path("calls/<int:pk>/replay", views.call_replay, name="call_replay"),
]
if not settings.PRODUCTION:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
