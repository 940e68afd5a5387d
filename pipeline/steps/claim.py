"""The only writer of a step's state: birth, claim, end. Each a compare-and-set in one statement."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from pipeline import clock
from pipeline.steps.models import State
from pipeline.steps.stage import Due


class Stale(Exception):
    """The step's lease went to another worker: nothing of this attempt may be stored."""


@dataclasses.dataclass(frozen=True, slots=True)
class Claim:
    """A step that this worker holds until its lease ends."""

    id: int
    tenant_id: int
    stage: str
    queue: str
    subject: int
    target: str
    lane: str
    attempt: int
    losses: int
    recovering: bool
    fence: int


_BIRTH = """
INSERT INTO steps_step (tenant_id, stage, queue, subject, target, lane, state, attempts, losses, recovering, rerun,
                        fence, next_attempt_at, code, worker, created_at, finished_at)
VALUES (%(tenant)s, %(stage)s, %(queue)s, %(subject)s, %(target)s, %(lane)s, %(state)s, 0, 0, false, false,
        0, now() + make_interval(secs => %(delay)s), %(skipped)s, '', now(),
        CASE WHEN %(state)s = 'skipped' THEN now() END)
ON CONFLICT (tenant_id, stage, subject, target) DO UPDATE SET
    state = CASE WHEN steps_step.state = 'running' THEN 'running' ELSE EXCLUDED.state END,
    rerun = steps_step.state = 'running',
    attempts = CASE WHEN steps_step.state = 'running' THEN steps_step.attempts ELSE 0 END,
    losses = CASE WHEN steps_step.state = 'running' THEN steps_step.losses ELSE 0 END,
    lane = EXCLUDED.lane, queue = EXCLUDED.queue, code = EXCLUDED.code, finished_at = EXCLUDED.finished_at,
    next_attempt_at = EXCLUDED.next_attempt_at
RETURNING id
"""

_TAKE = """
UPDATE steps_step AS s SET state = 'running', attempts = attempts + 1, fence = fence + 1, rerun = false,
    lease_until = now() + make_interval(secs => %(lease)s), started_at = now(), finished_at = NULL, worker = %(worker)s
WHERE id = %(id)s AND tenant_id = %(tenant)s AND state IN ('waiting', 'queued') AND next_attempt_at <= now()
  AND NOT EXISTS (SELECT FROM steps_step o WHERE o.tenant_id = s.tenant_id AND o.lane = s.lane AND o.state = 'running')
RETURNING id, tenant_id, stage, queue, subject, target, lane, attempts, losses, recovering, fence
"""

_RENEW = """
UPDATE steps_step SET lease_until = now() + make_interval(secs => %(lease)s)
WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'
"""

_END = """
UPDATE steps_step SET
    state = CASE WHEN rerun AND %(final)s THEN 'waiting' ELSE %(state)s END,
    attempts = CASE WHEN rerun AND %(final)s THEN 0 ELSE attempts - %(unspent)s END,
    losses = %(losses)s, recovering = %(recovering)s, code = %(code)s, lease_until = NULL,
    next_attempt_at = CASE WHEN rerun AND %(final)s THEN now() ELSE now() + make_interval(secs => %(wait)s) END,
    finished_at = CASE WHEN %(final)s THEN now() END, rerun = false
WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'
"""


def birth(tenant_id: int, due: Due) -> int:
    """Add a step, or make an ended one due again; one that runs is run once more after it. Returns its id.

    Call it in the transaction of the data that makes the step due.
    """
    state = State.SKIPPED if due.skipped else State.WAITING
    values: dict[str, Any] = dataclasses.asdict(due)
    values |= {"tenant": tenant_id, "delay": clock.scaled(due.delay), "state": state.value}
    with connection.cursor() as cursor:
        cursor.execute(_BIRTH, values)
        return int(cursor.fetchone()[0])


def take(step_id: int, *, tenant_id: int, worker: str) -> Claim | None:
    """Claim a due step of this tenant, the attempt counted; None: not due, held, or its lane is busy."""
    lease = settings.STEP_LEASE_SECONDS
    values: dict[str, Any] = {"id": step_id, "tenant": tenant_id, "worker": worker, "lease": lease}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_TAKE, values)
            row = cursor.fetchone()
    except IntegrityError:  # step_lane_runs_one: another worker took a step of this lane in the same instant
        return None
    return Claim(*row) if row else None


def release(step_id: int) -> None:
    """Give a hinted step that could not be claimed (a busy lane) back to the relay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE steps_step SET state = 'waiting', lease_until = NULL WHERE id = %s AND state = 'queued'", [step_id]
        )


def renew(claim: Claim) -> bool:
    """Prolong the lease; False: the step is no longer this worker's."""
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, {"id": claim.id, "fence": claim.fence, "lease": settings.STEP_LEASE_SECONDS})
        return bool(cursor.rowcount)


def end(claim: Claim, state: State, *, code: str = "") -> None:
    """End a step as done, skipped or dead. Raises Stale."""
    _end(claim, state=state, final=True, code=code)


def put_off(claim: Claim, *, wait: float, code: str, unspent: bool = False, recovering: bool = False) -> None:
    """Send a step back to wait so many seconds (scaled already); `unspent`: the attempt costs nothing. Raises Stale."""
    _end(claim, state=State.WAITING, final=False, code=code, wait=wait, unspent=unspent, recovering=recovering)


def park(claim: Claim, *, code: str) -> None:
    """Let a step wait for a person. Raises Stale."""
    _end(claim, state=State.PARKED, final=False, code=code, unspent=True)


def _end(
    claim: Claim,
    *,
    state: State,
    final: bool,
    code: str,
    wait: float = 0,
    unspent: bool = False,
    recovering: bool = False,
) -> None:
    values: dict[str, Any] = {
        "id": claim.id,
        "fence": claim.fence,
        "state": state.value,
        "final": final,
        "code": code,
        "wait": wait,
        "unspent": int(unspent),
        "recovering": recovering,
        "losses": 0,
    }
    with connection.cursor() as cursor:
        cursor.execute(_END, values)
        if cursor.rowcount != 1:
            raise Stale(f"step {claim.id} fence {claim.fence}")


def births(tenant_id: int, dues: Iterable[Due]) -> list[int]:
    """Add several steps; returns their ids."""
    return [birth(tenant_id, due) for due in dues]
