"""The platform staff's admin: public tables, and one tenant's tables once it was chosen with a reason."""

from tenants.admin import platform

__all__ = ["platform"]
