"""The processes of the installation, on all its hosts: the public schema."""

import uuid

from django.db import models
from django.utils import timezone


class Process(models.Model):
    """One process from its start to its end; it writes its heartbeat itself."""

    class Kind(models.TextChoices):
        WEB = "web", "Web"
        RELAY = "relay", "Relay"
        WORKER = "worker", "Worker"
        SCHEDULER = "scheduler", "Scheduler"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=64, help_text="PROCESS_NAME")
    host = models.CharField(max_length=255)
    pid = models.IntegerField()
    version = models.CharField(max_length=64)
    since = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(default=timezone.now)
    restart_asked_at = models.DateTimeField(null=True, blank=True, help_text="Asked to end and to be started anew")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "processes"
        indexes = [models.Index(fields=["-beat_at"], name="process_by_beat")]
