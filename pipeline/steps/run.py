"""Runs a step: claim → tenant scope → work → one transaction {save, end, what follows}.

What every stage may lean on: the attempt, lease and fence are committed before `work`; `work` runs in the
tenant's scope outside any transaction; `save`, the step's end and the next steps are one commit, refused if
the fence is stale; two steps of one lane never run together; whatever is raised ends as a state of the step.
"""

import logging
import os
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from django.db import transaction

from pipeline import clock, errors
from pipeline.redact import redact
from pipeline.steps import backoff, lease
from pipeline.steps import claim as steps
from pipeline.steps.claim import End
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import State
from pipeline.steps.stage import Due, Job, Outcome, Stage, Stages
from tenants.models import Tenant
from tenants.scope import NoTenant, by_id, renew_worn_connection, scope

logger = logging.getLogger(__name__)
WORKER_NAME = 128
IN_A_ROW_SECONDS = 20
"""How long one task goes on with a call's next steps of the same queue before others get their turn."""


def worker_name() -> str:
    """Return host and process, as it stands in a step's row."""
    return f"{os.environ.get('PROCESS_NAME', 'worker')}@{socket.gethostname()}:{os.getpid()}"[-WORKER_NAME:]


def step(step_id: int, *, tenant_id: int, stages: Stages) -> None:
    """Run this step, and the steps that follow it on the same queue without a wait."""
    renew_worn_connection()
    stop_at = time.monotonic() + IN_A_ROW_SECONDS
    following = _one(step_id, tenant_id, stages)
    while following is not None and time.monotonic() < stop_at:
        following = _one(following, tenant_id, stages)


def _one(step_id: int, tenant_id: int, stages: Stages) -> int | None:
    """Run one step; returns the id of a step to go on with at once."""
    try:
        tenant = by_id(tenant_id)
    except NoTenant as error:
        logger.warning("step.no_tenant", extra={"step": step_id, "tenant_id": tenant_id, "reason": str(error)})
        steps.release(step_id, tenant_id=tenant_id)
        return None
    claim = steps.take(step_id, tenant_id=tenant.pk, worker=worker_name())
    if claim is None:
        steps.release(step_id, tenant_id=tenant.pk)
        return None
    try:
        with scope(tenant):
            record = _Record(claim, _job(claim, tenant))
            if stage := stages.get(claim.stage):
                return _attempt(record, stage)
            # Newer code made it: a worker that knows it may be about to start.
            _fail(record, errors.Transient("step.unknown_stage", f"This worker knows no stage {claim.stage!r}."))
    except steps.Stale:
        logger.warning("step.stale", extra={"tenant": tenant.slug, "step": claim.id, "stage": claim.stage})
    except NoTenant as error:
        logger.warning("step.no_schema", extra={"tenant": tenant.slug, "step": claim.id, "reason": str(error)})
        spent = claim.attempt >= backoff.ATTEMPTS
        wait = 0 if spent else backoff.wait(claim.attempt)
        with suppress(steps.Stale):
            state = State.DEAD if spent else State.WAITING
            steps.end(claim, End(state, "tenant.schema_missing", wait, recovering=claim.recovering))
    return None


def _job(claim: steps.Claim, tenant: Tenant) -> Job:
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
    )


def _attempt(record: "_Record", stage: Stage) -> int | None:
    claim, job = record.claim, record.job
    limit = stage.time_limit.total_seconds()
    try:
        with lease.kept(claim, limit, overtime=partial(_overtime, record, limit)):
            outcome = stage.work(job)
        return _finish(record, stage, outcome)
    except steps.Stale:
        raise
    except errors.StepError as error:
        _fail(record, error)
    except Exception as error:
        logger.exception("step.bug", extra={"tenant": job.tenant.slug, "step": claim.id, "stage": claim.stage})
        _fail(record, errors.OutcomeUnknown("internal", _of_bug(error)))
    return None


def _of_bug(error: Exception) -> str:
    """Return a bug's first line: what databases add below it quotes rows."""
    first, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first[:300]}"


def _finish(record: "_Record", stage: Stage, outcome: Outcome) -> int | None:
    claim, job = record.claim, record.job
    with transaction.atomic():
        stage.save(job, outcome)
        steps.end(claim, End(State.SKIPPED if outcome.skipped else State.DONE, outcome.skipped))
        dues = stage.following(job, outcome)
        born = steps.births(claim.tenant_id, dues)
        record.keep("skipped" if outcome.skipped else "done", outcome.skipped, outcome.summary)
    record.log("skipped" if outcome.skipped else "done", outcome.skipped)
    return _same_queue(claim, dues, born)


def _same_queue(claim: steps.Claim, dues: Sequence[Due], born: list[int]) -> int | None:
    """Return the one step that this task may go on with: the next of the call, on this queue, due now."""
    if len(born) == 1 and dues[0].queue == claim.queue and not dues[0].delay:
        return born[0]
    return None


def _overtime(record: "_Record", limit: float) -> None:
    """End an attempt whose work is longer than it may be; called in another thread, before the process ends.

    The work may take every worker down with it, so it counts as a loss.
    """
    losses = record.claim.losses + 1
    text = f"The work took longer than {limit / 60:g} min, the limit of this stage, and was stopped."
    with scope(record.job.tenant):
        _fail(record, errors.OutcomeUnknown("step.overtime", text), losses=losses)


def _fail(record: "_Record", error: errors.StepError, *, losses: int = 0) -> None:
    """End the attempt as the error's kind says, with its history, in one commit."""
    how, outcome = _end_of(record.claim, error, losses)
    wait = how.wait if how.state == State.WAITING else None
    with transaction.atomic():
        steps.end(record.claim, how)
        record.keep(outcome, error.code, error.text, wait)
    record.log(outcome, error.code, wait)


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
    """Writes what one attempt came to: a row for people, a line for the log."""

    def __init__(self, claim: steps.Claim, job: Job) -> None:
        self.claim = claim
        self.job = job
        self._begun = time.monotonic()

    def keep(self, outcome: str, code: str, text: str, wait: float | None = None) -> None:
        """Add the attempt's row, in the tenant's schema and the current transaction."""
        Attempt.objects.create(
            step_id=self.claim.id,
            stage=self.claim.stage,
            subject=self.claim.subject,
            target=self.claim.target,
            number=self.claim.attempt,
            started_at=self.job.now,
            seconds=time.monotonic() - self._begun,
            outcome=outcome,
            code=code,
            text=redact(text),
            next_attempt_at=clock.after(wait) if wait is not None else None,
            worker=worker_name(),
        )

    def log(self, outcome: str, code: str, wait: float | None = None) -> None:
        """Write the one canonical line of this attempt."""
        logger.info(
            "step.attempted",
            extra={
                "tenant": self.job.tenant.slug,
                "step": self.claim.id,
                "stage": self.claim.stage,
                "subject": self.claim.subject,
                "target": self.claim.target,
                "attempt": self.claim.attempt,
                "outcome": outcome,
                "code": code,
                "ms": round((time.monotonic() - self._begun) * 1000),
                "wait_seconds": wait,
            },
        )
