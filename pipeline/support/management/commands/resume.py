"""Lets go on what `pause` holds."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.steps import pause
from pipeline.support import switch
from tenants.audit.actor import COMMAND


class Command(BaseCommand):
    """Resume."""

    help = "Lets go on what `pause` holds: name the same. What waited meanwhile follows, the oldest first."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what."""
        switch.add_place(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Resume it; say what else still holds it."""
        try:
            place = switch.read(**options)
        except switch.Refused as error:
            raise CommandError(str(error)) from error
        was_paused = pause.resume(place.scope, tenant=place.tenant, name=place.name, by=COMMAND)
        left = [switch.sentence(row) for row in pause.current()]
        if not was_paused:
            held = f" What is paused: {'; '.join(left)}." if left else " Nothing is paused."
            raise CommandError(f"{place} was not paused: nothing was changed.{held}")
        told = f"{place} goes on."
        self.stdout.write("\n".join([f"{told[0].upper()}{told[1:]}", *(f"But {line}." for line in left)]))
