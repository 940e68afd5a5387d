"""The processes of the installation: what runs, where, since when."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pipeline import clock
from pipeline.health import heartbeat
from pipeline.health.models import Process

HEAD = f"{'kind':<10} {'name':<18} {'host':<24} {'pid':>8} {'version':<12} {'since':<20} heartbeat"


class Command(BaseCommand):
    """Show the processes."""

    help = "Shows the processes of all hosts: kind, name, host, version, since when, the age of the last heartbeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --json."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON line")

    def handle(self, *args: Any, as_json: bool, **_: Any) -> None:
        """Print the table."""
        found = heartbeat.known()
        if as_json:
            self.stdout.write(json.dumps([_plain(one) for one in found]))
            return
        self.stdout.write("\n".join([HEAD, *map(_row, found)]) if found else "No process has beaten in the last day.")


def _row(one: Process) -> str:
    age = (clock.now() - one.beat_at).total_seconds()
    if one.ended_at:
        beat = f"ended {one.ended_at:%Y-%m-%d %H:%M:%S}Z"
    elif heartbeat.is_alive(one):
        beat = f"{age:.0f} s ago" + (", restarts after its step" if one.restart_asked_at else "")
    else:
        beat = f"silent since {one.beat_at:%Y-%m-%d %H:%M:%S}Z: it is gone, or can't reach Postgres"
    return (
        f"{one.kind:<10} {one.name:<18} {one.host:<24} {one.pid:>8} {one.version:<12} "
        f"{one.since:%Y-%m-%d %H:%M:%S}Z {beat}"
    )


def _plain(one: Process) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "name": one.name,
        "host": one.host,
        "pid": one.pid,
        "version": one.version,
        "since": one.since.isoformat(),
        "heartbeat": one.beat_at.isoformat(),
        "alive": heartbeat.is_alive(one),
    }
