"""What was said: tables of each tenant's schema."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Lives in each tenant's schema."""

    name = "calls"
