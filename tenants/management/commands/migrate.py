"""Migrates the public schema, the template and every tenant's schema that is behind."""

from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.migrations.autodetector import MigrationAutodetector

from tenants.schemas import migrate, state


class Command(BaseCommand):
    """Bring all schemas to the code's migrations."""

    help = (
        "Migrates public, the template schema and all tenants' schemas; those at head are skipped. May be run "
        "again after a failure: it names the schemas that failed and goes on with the others."
    )

    autodetector = MigrationAutodetector  # Django's check asks migrate and makemigrations to share one

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check, and the --noinput of deployment scripts."""
        parser.add_argument("--check", action="store_true", help="Change nothing; exit 1 if a schema is behind")
        parser.add_argument("--noinput", "--no-input", action="store_true", help="It never asks, with or without")

    def handle(self, *args: Any, check: bool, verbosity: int, **_: Any) -> None:
        """Migrate, or only look."""
        self.check(tags=[Tags.database], databases=["default"])  # a pooler could lose the lock that it takes
        if check:
            self._check()
            return
        try:
            with migrate.alone():
                migrate.public()
                failures = migrate.tenants(self._report if verbosity else lambda _: None)
        except state.SchemaTrouble as error:
            raise CommandError(str(error)) from error
        if failures:
            raise CommandError("These schemas were not migrated; the others were:\n" + "\n".join(failures))

    def _report(self, text: str) -> None:
        self.stdout.write(f"migrate {text}")

    def _check(self) -> None:
        late = state.all_behind()
        if late:
            raise CommandError("Behind: " + ", ".join(late) + ". Run `manage.py migrate`.")
