"""The only writer of a step's state: birth, claim, end. Each a compare-and-set in one statement."""

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection

from pipeline import clock, errors
from pipeline.steps.models import State
from pipeline.steps.pause import PAUSED
from pipeline.steps.stage import Due, Job
from tenants.postgres import prepared

FINAL = (State.DONE, State.SKIPPED, State.DEAD)
BUSY_WAIT = 5


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
    worker: str
    request_id: str


# A step that runs for one lane is not moved to another (a call's lead may change): no row comes back.
_BIRTH = """
INSERT INTO steps_step (tenant_id, stage, queue, subject, target, lane, state, attempts, losses, recovering, rerun,
                        fence, next_attempt_at, code, request_id, worker, created_at, finished_at)
VALUES (%(tenant)s, %(stage)s, %(queue)s, %(subject)s, %(target)s, %(lane)s, %(state)s::text, 0, 0, false, false,
        0, now() + make_interval(secs => %(delay)s), %(skipped)s, %(request_id)s, '', now(),
        CASE WHEN %(state)s::text = 'skipped' THEN now() END)
ON CONFLICT (tenant_id, stage, subject, target) DO UPDATE SET
    state = CASE WHEN steps_step.state = 'running' THEN 'running' ELSE EXCLUDED.state END,
    rerun = steps_step.state = 'running',
    attempts = CASE WHEN steps_step.state = 'running' THEN steps_step.attempts ELSE 0 END,
    losses = CASE WHEN steps_step.state = 'running' THEN steps_step.losses ELSE 0 END,
    started_at = CASE WHEN steps_step.state = 'running' THEN steps_step.started_at END,
    lease_until = CASE WHEN steps_step.state = 'running' THEN steps_step.lease_until END,
    lane = EXCLUDED.lane, queue = EXCLUDED.queue, code = EXCLUDED.code, finished_at = EXCLUDED.finished_at,
    next_attempt_at = EXCLUDED.next_attempt_at, request_id = EXCLUDED.request_id
WHERE steps_step.state <> 'running' OR steps_step.lane = EXCLUDED.lane
RETURNING id
"""

# The pause is asked here too: a hint may have been on its way when it was set.
_TAKE = f"""
UPDATE steps_step AS s SET state = 'running', attempts = attempts + 1, fence = fence + 1, rerun = false,
    lease_until = now() + make_interval(secs => %(lease)s), started_at = now(), finished_at = NULL, worker = %(worker)s
WHERE id = %(id)s AND tenant_id = %(tenant)s AND state IN ('waiting', 'queued') AND next_attempt_at <= now()
  AND NOT {PAUSED}
  AND NOT EXISTS (SELECT FROM steps_step o WHERE o.tenant_id = s.tenant_id AND o.lane = s.lane AND o.state = 'running')
RETURNING id, tenant_id, stage, queue, subject, target, lane, attempts, losses, recovering, fence, worker, request_id
"""  # noqa: S608  (a constant)

_RENEW = """
UPDATE steps_step SET lease_until = now() + make_interval(secs => %(lease)s)
WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'
"""

HELD = "EXISTS (SELECT FROM steps_step WHERE id = %(step)s AND fence = %(fence)s AND state = 'running' FOR SHARE)"
"""The condition that a step is still an attempt's (`held_by`); whoever would take it waits for the commit."""

# Asked for again while it ran, it is due anew, with a fresh budget, whatever this run came to; a wait that the
# other side or a clock asked for is kept.
_END = """
UPDATE steps_step SET
    state = CASE WHEN rerun THEN 'waiting' ELSE %(state)s END,
    attempts = CASE WHEN rerun THEN 0 ELSE attempts - %(unspent)s END,
    losses = CASE WHEN rerun THEN 0 ELSE %(losses)s END,
    recovering = %(recovering)s, code = %(code)s, lease_until = NULL,
    next_attempt_at = now() + make_interval(secs => CASE WHEN rerun AND %(unspent)s = 0 THEN 0 ELSE %(wait)s END),
    finished_at = CASE WHEN %(final)s AND NOT rerun THEN now() END, rerun = false
WHERE id = %(id)s AND fence = %(fence)s AND state = 'running'
RETURNING id, stage, subject, target
"""

_END_WITH_HISTORY = f"""
WITH ended AS ({_END})
INSERT INTO history_attempt (step_id, stage, subject, target, number, started_at, seconds, outcome, code, text,
                             next_attempt_at, worker)
SELECT id, stage, subject, target, %(number)s, %(started_at)s, %(seconds)s, %(outcome)s, %(code)s, %(text)s,
       %(next_attempt_at)s, %(worker)s FROM ended
RETURNING step_id
"""  # noqa: S608  (a constant)


def birth(tenant_id: int, due: Due, *, request_id: str = "") -> int:
    """Add a step, or make an ended one due again; one that runs is run once more after it. Returns its id.

    Call it in the transaction of the data that makes the step due. Raises errors.Parked if the step runs just now
    in another lane.
    """
    state = State.SKIPPED if due.skipped else State.WAITING
    values: dict[str, Any] = _fields(due)
    values |= {"tenant": tenant_id, "delay": clock.scaled(due.delay), "state": state.value, "request_id": request_id}
    born = prepared.rows(_BIRTH, values)
    if not born:
        raise errors.Parked("step.busy", "What follows is running for another person at this moment.", wait=BUSY_WAIT)
    return int(born[0][0])


def take(step_id: int, *, tenant_id: int, worker: str) -> Claim | None:
    """Claim a due step of this tenant, the attempt counted; None: not due, held, or its lane is busy.

    Committed by itself: call it outside a transaction. Outside a scope it is planned once a connection.
    """
    values = {"id": step_id, "tenant": tenant_id, "worker": worker, "lease": settings.STEP_LEASE_SECONDS}
    try:
        taken = prepared.rows(_TAKE, values)
    except IntegrityError:  # step_lane_runs_one: another worker took a step of this lane in the same instant
        return None
    return Claim(*taken[0]) if taken else None


def release(step_id: int, *, tenant_id: int) -> None:
    """Give a hinted step that could not be claimed (a busy lane, a pause) back to the relay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE steps_step SET state = 'waiting', lease_until = NULL"
            " WHERE id = %s AND tenant_id = %s AND state = 'queued'",
            [step_id, tenant_id],
        )


def renew(claim: Claim) -> bool:
    """Prolong the lease; False: the step is no longer this worker's."""
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, {"id": claim.id, "fence": claim.fence, "lease": settings.STEP_LEASE_SECONDS})
        return bool(cursor.rowcount)


@dataclasses.dataclass(frozen=True, slots=True)
class End:
    """How an attempt leaves its step."""

    state: State
    code: str = ""
    wait: float = 0
    """Seconds until the next attempt, scaled already."""
    unspent: bool = False
    """The attempt costs nothing."""
    recovering: bool = False
    """The attempt may have had an effect outside."""
    losses: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Tried:
    """What an attempt came to, for its row of the tenant's history."""

    started_at: dt.datetime
    seconds: float
    outcome: str
    text: str
    next_attempt_at: dt.datetime | None


def end(claim: Claim, how: End, tried: Tried | None = None) -> None:
    """Leave the step so, its history with it (in the tenant's scope); None: no schema is there to keep one.

    Raises Stale: it is no longer this worker's.
    """
    values: dict[str, Any] = _fields(how) | {
        "id": claim.id,
        "fence": claim.fence,
        "state": how.state.value,
        "unspent": int(how.unspent),
        "final": how.state in FINAL,
    }
    statement = _END
    if tried:
        statement = _END_WITH_HISTORY
        values |= _fields(tried) | {"number": claim.attempt, "worker": claim.worker}
    if not prepared.rows(statement, values):
        raise Stale(f"step {claim.id} fence {claim.fence}")


def held_by(job: Job) -> dict[str, int]:
    """Return what HELD asks for."""
    return {"step": job.step_id, "fence": job.fence}


def _fields(values: Due | End | Tried) -> dict[str, Any]:
    """Return the fields by name; dataclasses.asdict would copy each value, in every step."""
    return {field.name: getattr(values, field.name) for field in dataclasses.fields(values)}


def births(tenant_id: int, dues: Iterable[Due], *, request_id: str) -> list[int]:
    """Add several steps; returns their ids."""
    return [birth(tenant_id, due, request_id=request_id) for due in dues]
