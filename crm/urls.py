"""A tenant's CRMs."""

from django.urls import path

from crm import views

urlpatterns = [
    path("crm/", views.connections, name="crm"),
    path("crm/<slug:slug>/", views.connection, name="crm_connection"),
    path("crm/<slug:slug>/switch", views.switch, name="crm_switch"),
    path("crm/<slug:slug>/move", views.move, name="crm_move"),
]
