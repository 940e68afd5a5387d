"""What is the calls' own: the recording."""

from django.urls import path

from calls import views

urlpatterns = [path("calls/<int:pk>/audio", views.audio, name="call_audio")]
