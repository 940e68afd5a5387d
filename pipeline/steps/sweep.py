"""Frees steps whose lease has ended: a hint that got lost, a worker that vanished."""

import logging

from django.db import connection, transaction

from pipeline import clock
from pipeline.steps import backoff
from pipeline.steps.history.models import Attempt
from tenants.scope import NoTenant, by_id, scope

logger = logging.getLogger(__name__)

_LOST_HINTS = """
UPDATE steps_step SET state = 'waiting', lease_until = NULL WHERE state = 'queued' AND lease_until < now()
"""

# A vanished worker's attempt stays counted. The first loss costs no wait; a step that keeps taking workers
# down waits ever longer and is buried after the fifth in a row.
_LOST_WORKERS = """
UPDATE steps_step SET
    state = CASE WHEN losses + 1 >= %(losses)s OR attempts >= %(attempts)s THEN 'dead' ELSE 'waiting' END,
    finished_at = CASE WHEN losses + 1 >= %(losses)s OR attempts >= %(attempts)s THEN now() END,
    losses = losses + 1, recovering = true, code = 'worker.lost', lease_until = NULL, fence = fence + 1,
    next_attempt_at = now() + CASE WHEN losses = 0 THEN interval '0' ELSE make_interval(secs => %(wait)s * losses) END
WHERE state = 'running' AND lease_until < now()
RETURNING id, tenant_id, stage, subject, target, attempts, started_at, state, worker, next_attempt_at
"""


def run() -> int:
    """Free what is past its lease; returns how many steps."""
    values = {"losses": backoff.LOSSES, "attempts": backoff.ATTEMPTS, "wait": clock.scaled(backoff.SCHEDULE[0])}
    with connection.cursor() as cursor:
        cursor.execute(_LOST_HINTS)
        hints: int = cursor.rowcount
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOST_WORKERS, values)
        lost = cursor.fetchall()
    for row in lost:
        _record(row)
    if hints or lost:
        logger.warning("steps.swept", extra={"hints": hints, "workers": len(lost)})
    return hints + len(lost)


def unqueue(step_ids: list[int]) -> None:
    """Take back steps whose hint could not be sent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE steps_step SET state = 'waiting', lease_until = NULL WHERE state = 'queued' AND id = ANY(%s)",
            [step_ids],
        )


def _record(row: tuple) -> None:  # type: ignore[type-arg]  # a row of _LOST_WORKERS
    step_id, tenant_id, stage, subject, target, attempt, started_at, state, worker, next_attempt_at = row
    try:
        with scope(by_id(tenant_id)):
            Attempt.objects.create(
                step_id=step_id,
                stage=stage,
                subject=subject,
                target=target,
                number=attempt,
                started_at=started_at,
                seconds=(clock.now() - started_at).total_seconds(),
                outcome="dead" if state == "dead" else "lost",
                code="worker.lost",
                text="The worker stopped without a word: it was killed, or the machine went away.",
                next_attempt_at=None if state == "dead" else next_attempt_at,
                worker=worker,
            )
    except NoTenant as error:
        logger.warning("sweep.no_tenant", extra={"step": step_id, "reason": str(error)})
