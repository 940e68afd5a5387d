"""The guide's look at the last errors, of all processes."""

import dataclasses
import datetime as dt
import json
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline import clock
from pipeline.health import patterns, recent
from pipeline.health.recent import Error
from pipeline.support.span import span
from tenants.models import Tenant


class Command(BaseCommand):
    """Show the last errors."""

    help = (
        "Shows the newest warnings and errors of all processes: time, service, text; below them, by the guide's five "
        "patterns, what each likely is and the quick fix."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how many, since when, of which service and tenant."""
        parser.add_argument("--limit", type=int, default=10, help="How many at most (10)")
        parser.add_argument("--since", type=span, default=recent.SPAN, help="How far back: 90s, 10m, 2h, 1d")
        parser.add_argument("--service", default="", help="Only this one: web, relay, worker-crm, …")
        parser.add_argument("--tenant", default="", help="Only this tenant (tenant_id of its webhooks)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON line")

    def handle(
        self, *args: Any, limit: int, since: dt.timedelta, service: str, tenant: str, as_json: bool, **_: Any
    ) -> None:
        """Read the stream and print."""
        if limit < 1:
            raise CommandError("--limit must be 1 or more.")
        if tenant and not Tenant.objects.filter(slug=tenant).exists():
            raise CommandError(f"There is no tenant {tenant!r}. Check the id: it is the tenant_id of its webhooks.")
        try:
            found = recent.newest(limit=limit, since=clock.now() - since, service=service, tenant=tenant)
            known = recent.services() if service and not found else []
        except redis.RedisError as error:
            raise CommandError(
                f"Redis, which keeps the last errors, did not answer ({type(error).__name__}). Each process's own log "
                "has its lines; start Redis and try again."
            ) from error
        if known and service not in known:
            self.stderr.write(f"No line of {service!r} is kept. Services that have some: {', '.join(known)}.")
        self.stdout.write(json.dumps([_plain(one) for one in found]) if as_json else shown(found))


def shown(found: list[Error]) -> str:
    """Return the errors as a table, and what their patterns mean."""
    if not found:
        return "No errors."
    width = max(len(one.service) for one in found)
    lines = [f"{one.at:%Y-%m-%d %H:%M:%S}Z  {one.service:<{width}}  {_said(one)}" for one in found]
    grouped = _by_pattern(found)
    return "\n".join(lines + (["", *grouped] if grouped else []))


def _by_pattern(found: list[Error]) -> list[str]:
    matched = [patterns.of(f"{one.event} {one.text}", one.code) for one in found]
    return [
        f'{matched.count(pattern)} of "{pattern.name}": {pattern.issue}. {pattern.fix}. {pattern.here}'
        for pattern in patterns.PATTERNS
        if pattern in matched
    ]


def _said(one: Error) -> str:
    named = " ".join(filter(None, (one.event, one.code, one.tenant and f"[{one.tenant}]")))
    return f"{named}: {one.text}" if one.text else named


def _plain(one: Error) -> dict[str, Any]:
    pattern = patterns.of(f"{one.event} {one.text}", one.code)
    return {**dataclasses.asdict(one), "at": one.at.isoformat(), "pattern": pattern.name if pattern else None}
