"""The guide's look at the backlog: what waits, how long, how fast it goes."""

import dataclasses
import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.health import heartbeat
from pipeline.steps import pause
from pipeline.steps.backlog import RATE_MINUTES, Backlog, backlog
from pipeline.support import switch
from tenants.models import Tenant

WATCH_SECONDS = 2
CLEAR = "\x1b[2J\x1b[H"
HEAD = f"{'tenant':<24} {'stage':<22} {'due':>6} {'oldest':>9} {'in work':>8} {'later':>6} {'stopped':>8}"


class Command(BaseCommand):
    """Show the queues."""

    help = (
        "Shows what waits at each stage of each tenant: due now and the oldest one's age, in work, due later, stopped "
        "for a person to look at; how many steps end a minute, and what is paused. --watch shows it anew every 2 s."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one tenant, --watch, --json."""
        parser.add_argument("--tenant", default="", help="Only this tenant (tenant_id of its webhooks)")
        parser.add_argument("--watch", action="store_true", help="Show it anew every 2 s, until Ctrl-C")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON line")

    def handle(self, *args: Any, tenant: str, watch: bool, as_json: bool, **_: Any) -> None:
        """Show once, or again and again."""
        one = Tenant.objects.filter(slug=tenant).first() if tenant else None
        if tenant and one is None:
            raise CommandError(f"There is no tenant {tenant!r}. Check the id: it is the tenant_id of its webhooks.")
        if watch and as_json:
            raise CommandError("--watch is for people, --json for programs: take one of the two.")
        try:
            while watch:
                self.stdout.write(CLEAR + shown(backlog(one)))
                self.stdout.flush()
                time.sleep(WATCH_SECONDS)
        except KeyboardInterrupt:
            return
        found = backlog(one)
        self.stdout.write(json.dumps(_plain(found)) if as_json else shown(found))


def shown(found: Backlog) -> str:
    """Return the table, and in words what no number says."""
    lines = [_row(one) for one in found.lines]
    due = sum(one.due for one in found.lines)
    oldest = max((one.oldest_seconds for one in found.lines), default=0.0)
    told = f"{due} due, the oldest for {_age(oldest)}." if due else "Nothing is due."
    workers = heartbeat.alive_workers()
    alive = f"{workers} workers are alive" if workers else "no worker is alive: `processes` says which were"
    told += f" {found.steps_per_minute:g} steps ended a minute over the last {RATE_MINUTES}; {alive}."
    return "\n".join(
        [*([HEAD, *lines] if lines else []), told, *(f"Paused: {switch.sentence(row)}." for row in pause.current())]
    )


def _row(one: Any) -> str:
    stage = f"{one.stage} {one.crm}".strip()
    mark = "  paused" if one.paused else ""
    age = _age(one.oldest_seconds) if one.due else "-"
    return (
        f"{one.tenant:<24} {stage:<22} {one.due:>6} {age:>9} {one.in_flight:>8} {one.later:>6} {one.stopped:>8}{mark}"
    )


def _age(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours} h {minutes} m" if hours else f"{minutes} m {left} s" if minutes else f"{left} s"


def _plain(found: Backlog) -> dict[str, Any]:
    paused = [
        {"scope": row.scope, "tenant": row.tenant and row.tenant.slug, "name": row.name} for row in pause.current()
    ]
    return {**dataclasses.asdict(found), "workers": heartbeat.alive_workers(), "paused": paused}
