"""The guide, executable: the support staff's commands."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """Has no tables."""

    name = "pipeline.support"
    label = "support"
