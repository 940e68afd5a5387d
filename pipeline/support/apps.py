"""The guide, executable: the support staff's commands."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """Has no tables."""

    name = "pipeline.support"
    label = "support"

    def ready(self) -> None:
        """Let Django find the checks."""
        from pipeline.support import checks  # noqa: F401, PLC0415  (importing registers them; models are there by now)
