"""The platform staff's view of the processes."""

from django.contrib import admin

from pipeline.health.models import Process
from tenants.admin.rows import ReadOnly


@admin.register(Process)
class ProcessAdmin(ReadOnly):
    """Processes, as their heartbeats tell."""

    list_display = ("kind", "name", "host", "pid", "version", "since", "beat_at", "ended_at")
    list_filter = ("kind", "version")
    ordering = ("-beat_at",)
