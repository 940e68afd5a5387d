"""Hands due steps to the broker's queues: in batches, fair between tenants, nothing that is paused.

A queue of the broker holds at most QUEUE_WINDOW hints; what is due beyond that waits in Postgres, where
each round takes the oldest steps of every tenant in turn, and a tenant gets at most a quarter of the window
while others wait. Hints that Redis loses come back when their lease ends (sweep.py).
"""

import logging
import time
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import connection

from pipeline.steps import sweep
from pipeline.steps.pause import PAUSED

logger = logging.getLogger(__name__)
RELAY_LOCK = 0x5E1A4
SHARE = 4
IDLE_SECONDS = 0.04
BROKER_AWAY_SECONDS = 1.0

Publish = Callable[[str, list[tuple[int, int]]], None]

# Each tenant's oldest due steps whose lane is free, up to what its share leaves it.
_CLAIM = f"""
WITH RECURSIVE due_tenants AS (
    (SELECT tenant_id FROM steps_step WHERE queue = %(queue)s AND state = 'waiting' AND next_attempt_at <= now()
     ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT tenant_id FROM steps_step WHERE queue = %(queue)s AND state = 'waiting'
            AND next_attempt_at <= now() AND tenant_id > d.tenant_id ORDER BY tenant_id LIMIT 1)
    FROM due_tenants d WHERE d.tenant_id IS NOT NULL
), tenants AS (SELECT tenant_id, count(*) OVER () AS many FROM due_tenants WHERE tenant_id IS NOT NULL),
picked AS (
    SELECT step.id FROM tenants t
    CROSS JOIN LATERAL (
        SELECT CASE WHEN t.many = 1 THEN %(free)s
            ELSE least(greatest(1, %(free)s / t.many), greatest(0, %(share)s - (
                SELECT count(*) FROM steps_step f WHERE f.tenant_id = t.tenant_id AND f.queue = %(queue)s
                AND f.state IN ('queued', 'running')))) END AS room) AS allowed
    CROSS JOIN LATERAL (
        SELECT s.id, s.lane FROM steps_step s
        WHERE s.queue = %(queue)s AND s.tenant_id = t.tenant_id AND s.state = 'waiting' AND s.next_attempt_at <= now()
          AND NOT {PAUSED}
          AND NOT EXISTS (SELECT FROM steps_step o WHERE o.tenant_id = s.tenant_id AND o.lane = s.lane
                          AND o.state IN ('queued', 'running'))
        ORDER BY s.next_attempt_at, s.id LIMIT allowed.room FOR UPDATE OF s SKIP LOCKED) AS step
)
UPDATE steps_step SET state = 'queued', lease_until = now() + make_interval(secs => %(lease)s)
WHERE id IN (SELECT id FROM picked) RETURNING id, tenant_id
"""  # noqa: S608  (two constants)


# One cheap question a tick: an idle relay must cost next to nothing.
_DUE_QUEUES = """
SELECT name FROM unnest(%(queues)s::text[]) AS name WHERE EXISTS (SELECT FROM steps_step
    WHERE queue = name AND state = 'waiting' AND next_attempt_at <= now())
"""


def due_queues() -> list[str]:
    """Return the queues that have a due step."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE_QUEUES, {"queues": list(settings.QUEUES)})
        return [str(name) for (name,) in cursor.fetchall()]


def round_of(queue: str, *, free: int, publish: Publish) -> int:
    """Hand out up to `free` due steps of a queue; returns how many."""
    values: dict[str, Any] = {
        "queue": queue,
        "free": free,
        "share": max(1, settings.QUEUE_WINDOW // SHARE),
        "lease": settings.STEP_LEASE_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        rows = cursor.fetchall()
    if not rows:
        return 0
    pairs = [(int(step_id), int(tenant_id)) for step_id, tenant_id in rows]
    try:
        publish(queue, pairs)
    except Exception:
        sweep.unqueue([step_id for step_id, _ in pairs])
        raise
    return len(pairs)


class Relay:
    """The loop of the relay process; a second one stands by until the first one's lock is free."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
        self._swept = 0.0

    def run(self, stop: Callable[[], bool]) -> None:
        """Relay until `stop` says so."""
        while not stop():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [RELAY_LOCK])
                leads = cursor.fetchone()[0]
            if leads:
                self._lead(stop)
            else:
                time.sleep(1)

    def _lead(self, stop: Callable[[], bool]) -> None:
        logger.info("relay.leads")
        while not stop():
            handed = self.tick()
            if not handed:
                time.sleep(IDLE_SECONDS)

    def tick(self) -> int:
        """Sweep if it is time, then one round of every queue; returns how many steps were handed out."""
        if time.monotonic() - self._swept > settings.STEP_SWEEP_SECONDS:
            self._swept = time.monotonic()
            sweep.run()
        try:
            return sum(self._queue(queue) for queue in due_queues())
        except (redis.RedisError, OSError) as error:
            logger.warning("relay.broker_away", extra={"error": type(error).__name__})
            time.sleep(BROKER_AWAY_SECONDS)
            return 0

    def _queue(self, queue: str) -> int:
        free = settings.QUEUE_WINDOW - int(self._redis.llen(queue))
        return round_of(queue, free=free, publish=self._publish) if free > 0 else 0
