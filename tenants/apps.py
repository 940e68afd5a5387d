"""Who: tenants, people, doors, secrets."""

from django.apps import AppConfig
from django.conf import settings


class TenantsConfig(AppConfig):
    """Lives in the public schema."""

    name = "tenants"

    def ready(self) -> None:
        """Let Django find the checks; don't start on a ring of keys that is damaged. Raises BadEnvironment."""
        from tenants import checks, secrets  # noqa: F401, PLC0415  (importing registers the checks; models are there)

        if settings.ENCRYPTION_KEYS:
            secrets.newest_key_id()
