"""The guide's "Stop Processing": holds the pipeline, one tenant, one stage or one CRM."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.steps import pause
from pipeline.support import switch
from tenants.audit.actor import COMMAND


class Command(BaseCommand):
    """Pause."""

    help = (
        "Holds everything, one tenant, one stage or one CRM. Webhooks are taken and kept as before, steps under way "
        "end, nothing is lost; it holds through restarts, until `resume`. --list says what is paused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what, and why."""
        switch.add_place(parser)
        parser.add_argument("--reason", default="", help="Why, for whoever looks later")
        parser.add_argument("--list", action="store_true", dest="as_list", help="Say what is paused, change nothing")

    def handle(self, *args: Any, reason: str, as_list: bool, **options: Any) -> None:
        """Pause it, and say how it goes on."""
        if as_list:
            lines = [f"{switch.sentence(row)}; resume {switch.place_of(row).options()}" for row in pause.current()]
            self.stdout.write("\n".join(lines) or "Nothing is paused.")
            return
        try:
            place = switch.read(**options)
        except switch.Refused as error:
            raise CommandError(str(error)) from error
        row = pause.pause(place.scope, tenant=place.tenant, name=place.name, reason=reason, by=COMMAND)
        told = switch.sentence(row)
        self.stdout.write(f"{told[0].upper()}{told[1:]}. New calls are still taken. To go on: resume {place.options()}")
