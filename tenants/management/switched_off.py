"""django-tenants' commands that would go round provisioning, the template or the scope: each says what to use."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class SwitchedOff(BaseCommand):
    """A command that does nothing but say what to type instead."""

    requires_system_checks: list[str] = []
    why: str
    instead: str

    def run_from_argv(self, argv: list[str]) -> None:
        """Refuse whatever options came along."""
        super().run_from_argv(argv[:2])

    def handle(self, *args: Any, **_: Any) -> None:
        """Refuse."""
        raise CommandError(f"This command of django-tenants is switched off: {self.why}. {self.instead}")
