"""The trail of changes: a chain in each tenant's schema; the platform's lies in `public`."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Lives in each tenant's schema."""

    name = "tenants.audit"
    label = "audit"
