"""What it is worth: tables of each tenant's schema."""

from django.apps import AppConfig


class ScoringConfig(AppConfig):
    """Lives in each tenant's schema."""

    name = "scoring"
