"""What each attempt of a step came to, in words: a table of each tenant's schema."""

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    """Lives in each tenant's schema."""

    name = "pipeline.steps.history"
    label = "history"
