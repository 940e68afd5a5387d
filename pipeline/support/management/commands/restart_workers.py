"""The guide's "Restart services" for workers, on all hosts at once."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.health import heartbeat
from tenants.audit.actor import COMMAND

LONGEST_SECONDS = 120


class Command(BaseCommand):
    """Have the workers start anew."""

    help = (
        "Asks the workers of all hosts to end and be started anew by what looks after them (bin/up, compose, systemd). "
        "A step under way is ended first, or given back: nothing is lost. Waits until they have ended."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which ones, and whether to wait."""
        parser.add_argument("--name", default="", help="Only workers of this name: worker-crm, …")
        parser.add_argument("--host", default="", help="Only workers of this host")
        parser.add_argument("--no-wait", action="store_true", help="Return at once")

    def handle(self, *args: Any, name: str, host: str, no_wait: bool, **_: Any) -> None:
        """Ask, and wait for their end."""
        asked = heartbeat.restart_workers(name=name, host=host, by=COMMAND)
        if not asked:
            raise CommandError("No such worker is alive that was not asked already. `processes` shows what runs.")
        for one in asked:
            self.stdout.write(f"{one.name} on {one.host} (pid {one.pid}) is asked to start anew.")
        if no_wait:
            return
        until = time.monotonic() + LONGEST_SECONDS
        while left := heartbeat.still_here(asked):
            if time.monotonic() > until:
                names = ", ".join(f"{one.name} on {one.host}" for one in left)
                raise CommandError(f"Still at their steps after {LONGEST_SECONDS} s: {names}. They restart after them.")
            time.sleep(0.5)
        self.stdout.write(f"All {len(asked)} have ended; `processes` shows the new ones.")
