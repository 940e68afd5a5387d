"""Hands due steps to the broker's queues: in batches, fair between tenants, nothing that is paused.

A queue of the broker is first come, first served, so it holds no more hints than its workers take in a moment, and
QUEUE_WINDOW at most. What is due beyond that waits in Postgres, where it is fair: the next hint is for the tenant
with the fewest steps in flight, and no tenant gets beyond a quarter of the window while others wait. Hints that Redis
loses come back when their lease ends (sweep.py).
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
from tenants.postgres import prepared
from tenants.scope import renew_worn_connection

logger = logging.getLogger(__name__)
RELAY_LOCK = 0x5E1A4
SHARE = 4
IDLE_SECONDS = 0.04
BROKER_AWAY_SECONDS = 1.0
AHEAD, AHEAD_SECONDS = 4, 0.1
"""Hints that lie ready in a queue: so many, and what its workers take in this time."""

Publish = Callable[[str, list[tuple[int, int]]], None]

# Skips from one (tenant, stage, target) to the next, so that neither what is paused nor what waits for its next
# attempt is read row by row. Of a lane only the oldest step is handed out, and none while one is in flight.
_CLAIM = f"""
WITH RECURSIVE groups AS (
    (SELECT tenant_id, stage, target FROM steps_step WHERE queue = %(queue)s AND state = 'waiting'
     ORDER BY tenant_id, stage, target LIMIT 1)
    UNION ALL
    SELECT next.tenant_id, next.stage, next.target FROM groups g CROSS JOIN LATERAL (
        SELECT tenant_id, stage, target FROM steps_step WHERE queue = %(queue)s AND state = 'waiting'
        AND (tenant_id, stage, target) > (g.tenant_id, g.stage, g.target)
        ORDER BY tenant_id, stage, target LIMIT 1) AS next
), due AS MATERIALIZED (
    SELECT s.* FROM groups s CROSS JOIN LATERAL (
        SELECT FROM steps_step d WHERE d.queue = %(queue)s AND d.state = 'waiting' AND d.tenant_id = s.tenant_id
        AND d.stage = s.stage AND d.target = s.target AND d.next_attempt_at <= now()
        ORDER BY d.next_attempt_at, d.id LIMIT 1) AS first
    WHERE NOT {PAUSED}
), many AS (SELECT count(DISTINCT tenant_id) AS tenants FROM due),
held AS (
    SELECT tenant_id, count(*) AS steps FROM steps_step WHERE queue = %(queue)s AND state IN ('queued', 'running')
    GROUP BY tenant_id
), oldest AS (
    SELECT DISTINCT ON (g.tenant_id, step.lane) g.tenant_id, step.id, step.next_attempt_at
    FROM due g CROSS JOIN LATERAL (
        SELECT s.id, s.lane, s.next_attempt_at FROM steps_step s
        WHERE s.queue = %(queue)s AND s.state = 'waiting' AND s.tenant_id = g.tenant_id AND s.stage = g.stage
          AND s.target = g.target AND s.next_attempt_at <= now()
          AND NOT EXISTS (SELECT FROM steps_step o WHERE o.tenant_id = s.tenant_id AND o.lane = s.lane
                          AND o.state IN ('queued', 'running'))
        ORDER BY s.next_attempt_at, s.id LIMIT greatest(1, 2 * %(free)s / (SELECT tenants FROM many))) AS step
    ORDER BY g.tenant_id, step.lane, step.next_attempt_at, step.id
), ranked AS (
    SELECT id, next_attempt_at, coalesce(held.steps, 0)
        + row_number() OVER (PARTITION BY oldest.tenant_id ORDER BY next_attempt_at, id) AS would_hold
    FROM oldest LEFT JOIN held ON held.tenant_id = oldest.tenant_id
), picked AS (
    SELECT id FROM ranked WHERE would_hold <= %(share)s OR (SELECT tenants FROM many) = 1
    ORDER BY would_hold, next_attempt_at, id LIMIT %(free)s
)
UPDATE steps_step SET state = 'queued', lease_until = now() + make_interval(secs => %(lease)s)
WHERE id = ANY(ARRAY(SELECT id FROM steps_step WHERE id = ANY(ARRAY(SELECT id FROM picked))
                     AND state || '' = 'waiting' FOR UPDATE SKIP LOCKED))  -- not by the partial index
RETURNING id, tenant_id
"""  # noqa: S608  (two constants)

# What the planner knows of a queue's table is always old, and a plan that sorts reads all of it for each group.
_PLAN = "SET enable_sort = off; SET enable_bitmapscan = off; SET enable_seqscan = off"

# One cheap question a tick: an idle relay must cost next to nothing.
_DUE_QUEUES = """
SELECT name FROM unnest(%(queues)s::text[]) AS name WHERE EXISTS (SELECT FROM steps_step
    WHERE queue = name AND state = 'waiting' AND next_attempt_at <= now())
"""


def due_queues() -> list[str]:
    """Return the queues that have a due step."""
    return [str(name) for (name,) in prepared.rows(_DUE_QUEUES, {"queues": list(settings.QUEUES)})]


def round_of(queue: str, *, free: int, publish: Publish) -> int:
    """Hand out up to `free` due steps of a queue; returns how many."""
    values: dict[str, Any] = {
        "queue": queue,
        "free": free,
        "share": max(1, settings.QUEUE_WINDOW // SHARE),
        "lease": settings.STEP_LEASE_SECONDS,
    }
    pairs = [(int(step_id), int(tenant_id)) for step_id, tenant_id in prepared.rows(_CLAIM, values)]
    if not pairs:
        return 0
    try:
        publish(queue, pairs)
    except Exception:
        sweep.unqueue([step_id for step_id, _ in pairs])
        raise
    return len(pairs)


class Flow:
    """How fast a queue's hints are taken, and so how many of them should lie ready."""

    def __init__(self) -> None:
        self._length = 0
        self._rate = 0.0
        self._at = time.monotonic()

    def free(self, length: int) -> int:
        """Return how many hints the queue has room for; 0 until a quarter of its room is free: rounds cost."""
        now = time.monotonic()
        seconds, taken = now - self._at, self._length - length
        self._rate += (taken / max(seconds, 0.001) - self._rate) * min(1, 4 * seconds)
        self._length, self._at = length, now
        ahead = min(settings.QUEUE_WINDOW, AHEAD + round(max(self._rate, 0) * AHEAD_SECONDS))
        free = ahead - length
        return free if free * 4 >= ahead else 0

    def add(self, hints: int) -> None:
        """Note that so many hints were sent."""
        self._length += hints


class Relay:
    """The loop of the relay process; a second one stands by until the first one's lock is free."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._redis = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
        self._flows = {queue: Flow() for queue in settings.QUEUES}
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
        """Relay as the leader."""
        logger.info("relay.leads")
        with connection.cursor() as cursor:
            cursor.execute(_PLAN)
        held = connection.connection
        # Postgres may just be back: workers get the time to renew the leases that ended meanwhile.
        self._swept = time.monotonic()
        while not stop():
            handed = self.tick()
            renew_worn_connection()
            if connection.connection is not held:  # the lock went with it, whoever closed it or connected anew
                return
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
        flow = self._flows[queue]
        free = flow.free(int(self._redis.llen(queue)))
        handed = round_of(queue, free=free, publish=self._publish) if free else 0
        flow.add(handed)
        return handed
