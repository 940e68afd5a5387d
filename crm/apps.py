"""Where it goes: tables of each tenant's schema."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Lives in each tenant's schema."""

    name = "crm"
