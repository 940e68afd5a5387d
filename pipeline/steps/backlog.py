"""How much work waits: due, later, in flight, stopped, and how fast it ends (row P2)."""

import dataclasses
import datetime as dt
from typing import Any

from django.db import connection

from pipeline.steps.pause import PAUSED
from tenants.models import Tenant

RATE_MINUTES = 5

_LINES = f"""
SELECT t.slug, s.stage, s.target,
    count(*) FILTER (WHERE s.state = 'waiting' AND s.next_attempt_at <= now()),
    count(*) FILTER (WHERE s.state = 'waiting' AND s.next_attempt_at > now()),
    count(*) FILTER (WHERE s.state IN ('queued', 'running')),
    count(*) FILTER (WHERE s.state IN ('dead', 'parked')),
    extract(epoch FROM now() - min(s.next_attempt_at) FILTER (WHERE s.state IN ('waiting', 'queued')
        AND s.next_attempt_at <= now()))::float8,
    bool_or({PAUSED}) FILTER (WHERE s.state = 'waiting')
FROM steps_step s JOIN tenants_tenant t ON t.id = s.tenant_id
WHERE s.state IN ('waiting', 'queued', 'running', 'dead', 'parked')
    AND (%(tenant)s::bigint IS NULL OR t.id = %(tenant)s)
GROUP BY t.slug, s.stage, s.target ORDER BY t.slug, min(s.id)
"""  # noqa: S608  (a constant condition, no input)

_PACE = """
SELECT count(*) FROM steps_step WHERE state IN ('done', 'skipped') AND finished_at > now() - %(span)s
    AND (%(tenant)s::bigint IS NULL OR tenant_id = %(tenant)s)
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """What waits of one tenant at one stage; `oldest_seconds`: how long the oldest due step has waited."""

    tenant: str
    stage: str
    crm: str
    due: int
    later: int
    in_flight: int
    stopped: int
    oldest_seconds: float
    paused: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, and how many steps end a minute."""

    lines: tuple[Line, ...]
    steps_per_minute: float


def backlog(tenant: Tenant | None = None) -> Backlog:
    """Return what waits now, of all tenants or of one."""
    values: dict[str, Any] = {"tenant": tenant and tenant.pk, "span": dt.timedelta(minutes=RATE_MINUTES)}
    with connection.cursor() as cursor:
        cursor.execute(_LINES, values)
        rows = cursor.fetchall()
        cursor.execute(_PACE, values)
        (ended,) = cursor.fetchone()
    lines = tuple(Line(*(*row[:7], row[7] or 0.0, bool(row[8]))) for row in rows)
    return Backlog(lines, ended / RATE_MINUTES)
