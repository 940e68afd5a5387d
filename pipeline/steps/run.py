"""Runs a step: claim → tenant scope → work → one transaction {save, end, what follows}.

What every stage may lean on: the attempt, lease and fence are committed before `work`; `work` runs in the
tenant's scope outside any transaction; `save`, the step's end and the next steps are one commit, refused if
the fence is stale; two steps of one lane never run together; whatever is raised ends as a state of the step.
"""

import dataclasses
import logging
import os
import socket
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial

from django.db import DatabaseError, connection, transaction
from structlog.contextvars import bound_contextvars

from pipeline import clock, errors
from pipeline.redact import redact
from pipeline.steps import backoff, handback, lease, shutdown
from pipeline.steps import claim as steps
from pipeline.steps.claim import End, Tried
from pipeline.steps.models import State
from pipeline.steps.stage import Due, Job, Outcome, Stage, Stages
from tenants.models import Tenant
from tenants.scope import NoTenant, by_id, renew_worn_connection, scope

logger = logging.getLogger(__name__)
WORKER_NAME = 128
LONG_SECONDS = 5
_LEVELS = {"done": logging.INFO, "skipped": logging.INFO, "dead": logging.ERROR}
"""How loud an outcome is in the log; what is not here comes again by itself, or waits: a warning."""
IN_A_ROW_SECONDS = 20
"""How long one task goes on with a call's next steps before others get their turn."""


def worker_name() -> str:
    """Return host and process, as it stands in a step's row."""
    return f"{os.environ.get('PROCESS_NAME', 'worker')}@{socket.gethostname()}:{os.getpid()}"[-WORKER_NAME:]


def step(step_id: int, *, tenant_id: int, stages: Stages, queues: Collection[str] = ()) -> None:
    """Run this step, and those that follow it without a wait.

    On its own queue, or on another one of `queues`: those that this worker serves.
    """
    renew_worn_connection()
    claim, tenant = None, None
    try:
        tenant = by_id(tenant_id)
        claim = steps.take(step_id, tenant_id=tenant.pk, worker=worker_name())
    except NoTenant as error:
        logger.warning("step.no_tenant", extra={"step": step_id, "tenant_id": tenant_id, "reason": str(error)})
    if tenant is None or claim is None:
        steps.release(step_id, tenant_id=tenant_id)
    else:
        _in_scope(claim, tenant, stages, _Turn({claim.queue, *queues}, time.monotonic() + IN_A_ROW_SECONDS))


@dataclasses.dataclass(frozen=True, slots=True)
class _Turn:
    """How far one task goes on."""

    queues: Collection[str]
    until: float

    def goes_on(self, dues: Sequence[Due]) -> bool:
        """Return whether what follows is one step, due now, on a queue of this worker."""
        if len(dues) != 1 or time.monotonic() > self.until or shutdown.is_asked():
            return False
        return dues[0].queue in self.queues and not dues[0].delay and not dues[0].skipped


def _in_scope(claim: steps.Claim, tenant: Tenant, stages: Stages, turn: _Turn) -> None:
    held: steps.Claim | None = claim
    before: object = None
    try:
        with scope(tenant):
            while held:
                held, before = _one(held, _job(held, tenant, before), stages, turn)
    except NoTenant as error:
        logger.warning("step.no_schema", extra={"tenant": tenant.slug, "step": claim.id, "reason": str(error)})
        spent = claim.attempt >= backoff.ATTEMPTS
        wait = 0 if spent else backoff.wait(claim.attempt)
        with suppress(steps.Stale):
            state = State.DEAD if spent else State.WAITING
            steps.end(claim, End(state, "tenant.schema_missing", wait, recovering=claim.recovering))


def _one(claim: steps.Claim, job: Job, stages: Stages, turn: _Turn) -> tuple[steps.Claim | None, object]:
    """Run one step; returns the claim of the step to go on with, and the data that was saved."""
    with bound_contextvars(**_ids(claim, job)):
        following, data = _tried(_Record(claim, job), stages, turn)
    if following is None:
        return None, None
    return steps.take(following, tenant_id=claim.tenant_id, worker=claim.worker), data


def _ids(claim: steps.Claim, job: Job) -> dict[str, object]:
    """Return what every line of this attempt carries; the request is the delivery's that led here."""
    of_call = {"target": claim.target} if claim.target else {}
    subject = "delivery" if claim.stage == "call" else "call"
    ids = {"tenant": job.tenant.slug, "step": claim.id, "stage": claim.stage, subject: claim.subject, **of_call}
    return ids | ({"request_id": claim.request_id} if claim.request_id else {})


def _tried(record: "_Record", stages: Stages, turn: _Turn) -> tuple[int | None, object]:
    claim = record.claim
    try:
        if stage := stages.get(claim.stage):
            return _attempt(record, stage, turn)
        # Newer code made it: a worker that knows it may be about to start.
        _fail(record, errors.Transient("step.unknown_stage", f"This worker knows no stage {claim.stage!r}."))
    except steps.Stale:
        logger.warning("step.stale")
    return None, None


def _job(claim: steps.Claim, tenant: Tenant, before: object) -> Job:
    return Job(
        step_id=claim.id,
        tenant=tenant,
        stage=claim.stage,
        subject=claim.subject,
        target=claim.target,
        attempt=claim.attempt,
        recovering=claim.recovering,
        now=clock.now(),
        fence=claim.fence,
        before=before,
    )


def _attempt(record: "_Record", stage: Stage, turn: _Turn) -> tuple[int | None, object]:
    claim, job = record.claim, record.job
    limit = stage.time_limit.total_seconds()
    try:
        stopped = partial(handback.give_back, claim, job.tenant, record.tried)
        with lease.kept(claim, limit, overtime=partial(_overtime, record, limit), stopped=stopped):
            outcome = stage.work(job)
        _ensure_connection(record)
        return _saved(record, stage, outcome, turn), outcome.data
    except steps.Stale:
        raise
    except errors.StepError as error:
        _fail(record, error)
    except Exception as error:
        logger.exception("step.bug")
        _fail(record, errors.OutcomeUnknown("internal", _of_bug(error)))
    return None, None


def _of_bug(error: Exception) -> str:
    """Return a bug's first line: what databases add below it quotes rows."""
    first, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first[:300]}"


def _ensure_connection(record: "_Record") -> None:
    """Connect anew if Postgres went away meanwhile: what long work came to is worth the look."""
    if record.seconds > LONG_SECONDS and not connection.is_usable():
        connection.close()


def _saved(record: "_Record", stage: Stage, outcome: Outcome, turn: _Turn) -> int | None:
    """Finish; if that is refused, keep at least what the work did outside."""
    try:
        return _finish(record, stage, outcome, turn)
    except Exception:
        if stage.unsaved:
            stage.unsaved(record.job, outcome)
        raise


def _finish(record: "_Record", stage: Stage, outcome: Outcome, turn: _Turn) -> int | None:
    """Store, end and bear what follows, in one commit; returns the id of what this task may go on with."""
    claim, job = record.claim, record.job
    word = "skipped" if outcome.skipped else "done"
    with transaction.atomic():
        stage.save(job, outcome)
        how = End(State.SKIPPED if outcome.skipped else State.DONE, outcome.skipped)
        steps.end(claim, how, record.tried(word, outcome.summary))
        dues = stage.following(job, outcome)
        born = steps.births(claim.tenant_id, dues, request_id=claim.request_id)
    record.log(word, outcome.skipped)
    return born[0] if turn.goes_on(dues) else None


def _overtime(record: "_Record", limit: float) -> None:
    """End an attempt whose work is longer than it may be; called in another thread, before the process ends.

    The work may take every worker down with it, so it counts as a loss.
    """
    losses = record.claim.losses + 1
    text = f"The work took longer than {limit / 60:g} min, the limit of this stage, and was stopped."
    with scope(record.job.tenant):
        _fail(record, errors.OutcomeUnknown("step.overtime", text), losses=losses)


def _fail(record: "_Record", error: errors.StepError, *, losses: int = 0) -> None:
    """End the attempt as the error's kind says, with its history: one statement. Raises Stale."""
    how, outcome = _end_of(record.claim, error, losses)
    wait = how.wait if how.state == State.WAITING else None
    try:
        steps.end(record.claim, how, record.tried(outcome, error.text, wait))
    except DatabaseError:  # a tenant's schema that is damaged or locked: the step ends all the same
        logger.exception("step.no_history")
        steps.end(record.claim, how)
    record.log(outcome, error.code, wait, text=error.text)


def _end_of(claim: steps.Claim, error: errors.StepError, losses: int) -> tuple[End, str]:
    """Return how this error leaves the step, and the history's word for it.

    What may have had an effect is looked up until the step has ended well, after a replay too.
    """
    is_over = claim.attempt >= backoff.ATTEMPTS or losses >= backoff.LOSSES
    unsure = claim.recovering or isinstance(error, errors.OutcomeUnknown)
    end = partial(End, code=error.code, recovering=unsure, losses=losses)
    match error:
        case errors.RateLimited():
            return end(State.WAITING, wait=backoff.asked(error.wait), unspent=True), "rate_limited"
        case errors.Parked(wait=None):
            return end(State.PARKED, unspent=True), "parked"
        case errors.Parked():
            return end(State.WAITING, wait=backoff.asked(error.wait), unspent=True), "parked"
        case errors.Transient() | errors.OutcomeUnknown() if not is_over:
            wait = backoff.wait(claim.attempt) if error.wait is None else backoff.asked(error.wait)
            return end(State.WAITING, wait=wait), "retry"
        case _:
            return end(State.DEAD), "dead"


class _Record:
    """Says what one attempt came to: a row for people, a line for the log."""

    def __init__(self, claim: steps.Claim, job: Job) -> None:
        self.claim = claim
        self.job = job
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """Return how long the attempt has taken so far."""
        return time.monotonic() - self._begun

    def tried(self, outcome: str, text: str, wait: float | None = None) -> Tried:
        """Return the attempt's row."""
        return Tried(
            started_at=self.job.now,
            seconds=self.seconds,
            outcome=outcome,
            text=redact(text),
            next_attempt_at=clock.after(wait) if wait is not None else None,
        )

    def log(self, outcome: str, code: str, wait: float | None = None, *, text: str = "") -> None:
        """Write the one line of this attempt; its ids are bound already, but in the thread of an overtime."""
        said = {"attempt": self.claim.attempt, "outcome": outcome, "ms": round(self.seconds * 1000)}
        said |= {name: value for name, value in (("code", code), ("text", text), ("wait_seconds", wait)) if value}
        logger.log(_LEVELS.get(outcome, logging.WARNING), "step.attempted", extra=_ids(self.claim, self.job) | said)
