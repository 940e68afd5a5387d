"""Migrates the public schema, the template and every tenant's schema that is behind."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.migrations.autodetector import MigrationAutodetector

from tenants import schemas


class Command(BaseCommand):
    """Bring all schemas to the code's migrations."""

    help = (
        "Migrates public, the template schema and all tenants' schemas; those at head are skipped. May be run "
        "again after a failure: it names the schemas that failed and goes on with the others."
    )

    autodetector = MigrationAutodetector  # Django's check asks migrate and makemigrations to share one

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true", help="Change nothing; exit 1 if a schema is behind")

    def handle(self, *args: Any, check: bool, verbosity: int, **_: Any) -> None:
        """Migrate, or only look."""
        if check:
            self._check()
            return
        options: dict[str, object] = {"database": "default", "verbosity": max(0, verbosity - 1), "interactive": False}
        options |= {"app_label": None, "migration_name": None, "fake": False, "fake_initial": False, "plan": False}
        options |= {"check_unapplied": False, "run_syncdb": False, "prune": False, "skip_checks": True}
        options |= {"force_color": False, "no_color": True, "traceback": False}
        schemas.migrate_public(options)
        failures = schemas.migrate_tenants(options, self._report if verbosity else lambda _: None)
        if failures:
            raise CommandError("These schemas were not migrated; the others were:\n" + "\n".join(failures))

    def _report(self, text: str) -> None:
        self.stdout.write(f"migrate {text}")

    def _check(self) -> None:
        late = schemas.all_behind()
        if late:
            raise CommandError("Behind: " + ", ".join(late) + ". Run `manage.py migrate`.")
