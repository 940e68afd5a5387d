"""Who: tenants, people, doors, secrets."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Lives in the public schema."""

    name = "tenants"

    def ready(self) -> None:
        """Let Django find the checks."""
        from tenants import checks  # noqa: F401, PLC0415  (importing registers them; models are there by now)
