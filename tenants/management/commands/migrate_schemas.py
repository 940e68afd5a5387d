"""django-tenants' name for the same: `migrate` takes care of all schemas."""

from tenants.management.commands.migrate import Command

__all__ = ["Command"]
