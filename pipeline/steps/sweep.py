"""Frees steps whose lease has ended: a hint that got lost, a worker that vanished."""

import logging

from django.db import DatabaseError, connection, transaction

from pipeline import clock
from pipeline.steps import backoff
from pipeline.steps.history.models import Attempt
from tenants.scope import NoTenant, by_id, scope

logger = logging.getLogger(__name__)
BATCH = 500
LOCK_TIMEOUT = "1s"

# A row that somebody holds just now (a claim, an end) is not lost.
_LOST_HINTS = """
UPDATE steps_step SET state = 'waiting', lease_until = NULL WHERE id = ANY(ARRAY(
    SELECT id FROM steps_step WHERE state = 'queued' AND lease_until < now() FOR UPDATE SKIP LOCKED))
"""

_LOST_WORKERS = """
SELECT id, tenant_id FROM steps_step WHERE state = 'running' AND lease_until < now() ORDER BY lease_until LIMIT %s
"""

# A vanished worker's attempt stays counted. The first loss costs no wait; a step that keeps taking workers
# down waits ever longer and is buried after the fifth in a row. One that was asked for again meanwhile starts anew.
_FREE = """
WITH lost AS (
    SELECT id, attempts AS attempt, NOT rerun AND (losses + 1 >= %(losses)s OR attempts >= %(attempts)s) AS ends
    FROM steps_step
    WHERE id = %(id)s AND state = 'running' AND lease_until < now() FOR UPDATE SKIP LOCKED
)
UPDATE steps_step s SET
    state = CASE WHEN ends THEN 'dead' ELSE 'waiting' END, finished_at = CASE WHEN ends THEN now() END,
    losses = CASE WHEN rerun THEN 0 ELSE losses + 1 END, attempts = CASE WHEN rerun THEN 0 ELSE attempts END,
    rerun = false, recovering = true, code = 'worker.lost', lease_until = NULL, fence = fence + 1,
    next_attempt_at = now() + make_interval(secs => CASE WHEN rerun THEN 0 ELSE %(wait)s * losses END)
FROM lost WHERE s.id = lost.id
RETURNING s.id, stage, subject, target, attempt, started_at, extract(epoch FROM now() - started_at)::float8, ends,
    worker, next_attempt_at
"""


def run() -> int:
    """Free what is past its lease; returns how many steps."""
    with connection.cursor() as cursor:
        cursor.execute(_LOST_HINTS)
        hints: int = cursor.rowcount
        cursor.execute(_LOST_WORKERS, [BATCH])
        expired = cursor.fetchall()
    broken: set[int] = set()
    freed = sum(_free(step_id, tenant_id, broken) for step_id, tenant_id in expired)
    if hints:  # often no loss: a queue longer than a lease
        logger.info("steps.hints_swept", extra={"hints": hints})
    if freed:
        logger.warning("steps.swept", extra={"workers": freed})
    return hints + freed


def unqueue(step_ids: list[int]) -> None:
    """Take back steps whose hint could not be sent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE steps_step SET state = 'waiting', lease_until = NULL WHERE state = 'queued' AND id = ANY(%s)",
            [step_ids],
        )


def _free(step_id: int, tenant_id: int, broken: set[int]) -> bool:
    """Free one step together with its history; False: its worker is back, or it has ended.

    A tenant whose schema is away, damaged or locked gets no history: the steps of others wait behind this one. It is
    put with the `broken`, so that a lock is waited for once.
    """
    held = connection.connection
    if tenant_id not in broken:
        try:
            with scope(by_id(tenant_id)), transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
                return _freed(step_id, has_history=True)
        except (NoTenant, DatabaseError) as error:
            if connection.connection is not held:  # Postgres went away: no fault of the tenant's
                raise
            logger.warning("sweep.no_history", extra={"step": step_id, "tenant_id": tenant_id, "reason": str(error)})
            broken.add(tenant_id)
    return _freed(step_id, has_history=False)


def _freed(step_id: int, *, has_history: bool) -> bool:
    limits = {"losses": backoff.LOSSES, "attempts": backoff.ATTEMPTS, "wait": clock.scaled(backoff.SCHEDULE[0])}
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {"id": step_id, **limits})
        row = cursor.fetchone()
    if row and has_history:
        _record(row)
    return row is not None


def _record(row: tuple) -> None:  # type: ignore[type-arg]  # a row of _FREE
    step_id, stage, subject, target, attempt, started_at, seconds, ends, worker, next_attempt_at = row
    Attempt.objects.create(
        step_id=step_id,
        stage=stage,
        subject=subject,
        target=target,
        number=attempt,
        started_at=started_at,
        seconds=seconds,
        outcome="dead" if ends else "lost",
        code="worker.lost",
        text="The worker stopped without a word: it was killed, or the machine went away.",
        next_attempt_at=None if ends else next_attempt_at,
        worker=worker,
    )
