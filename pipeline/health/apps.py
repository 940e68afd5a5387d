"""The app of the processes' heartbeats."""

from django.apps import AppConfig


class HealthConfig(AppConfig):
    """Lives in the public schema."""

    name = "pipeline.health"
    label = "health"
