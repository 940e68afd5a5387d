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

from django.db import transaction

from pipeline import clock, errors
from pipeline.redact import redact
from pipeline.steps import backoff, lease, pause
from pipeline.steps import claim as steps
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import State
from pipeline.steps.stage import Due, Job, Outcome, Stage, Stages
from tenants.models import Tenant
from tenants.scope import NoTenant, by_id, scope

logger = logging.getLogger(__name__)
IN_A_ROW_SECONDS = 20
"""How long one task goes on with a call's next steps of the same queue before others get their turn."""


def worker_name() -> str:
    """Return host and process, as it stands in a step's row."""
    return f"{os.environ.get('PROCESS_NAME', 'worker')}@{socket.gethostname()}:{os.getpid()}"


def step(step_id: int, *, tenant_id: int, stages: Stages) -> None:
    """Run this step, and the steps that follow it on the same queue without a wait."""
    stop_at = time.monotonic() + IN_A_ROW_SECONDS
    following: int | None = step_id
    while following is not None:
        following = _one(following, tenant_id, stages)
        if following is not None and (time.monotonic() > stop_at or pause.covers(following)):
            return


def _one(step_id: int, tenant_id: int, stages: Stages) -> int | None:
    """Run one step; returns the id of a step to go on with at once."""
    try:
        tenant = by_id(tenant_id)
    except NoTenant as error:
        logger.warning("step.no_tenant", extra={"step": step_id, "tenant_id": tenant_id, "reason": str(error)})
        return None
    claim = steps.take(step_id, tenant_id=tenant.pk, worker=worker_name())
    if claim is None:
        steps.release(step_id)
        return None
    stage = stages.get(claim.stage)
    try:
        with scope(tenant):
            if stage:
                return _attempt(claim, tenant, stage)
            _bury_unknown(claim)
    except steps.Stale:
        logger.warning("step.stale", extra={"tenant": tenant.slug, "step": claim.id, "stage": claim.stage})
    except NoTenant as error:
        logger.warning("step.no_schema", extra={"tenant": tenant.slug, "step": claim.id, "reason": str(error)})
        steps.put_off(claim, wait=backoff.wait(claim.attempt), code="tenant.schema_missing")
    return None


def _attempt(claim: steps.Claim, tenant: Tenant, stage: Stage) -> int | None:
    job = Job(
        step_id=claim.id,
        tenant=tenant,
        stage=claim.stage,
        subject=claim.subject,
        target=claim.target,
        attempt=claim.attempt,
        recovering=claim.recovering,
        now=clock.now(),
    )
    record = _Record(claim, job)
    try:
        with lease.kept(claim, stage.time_limit.total_seconds()):
            outcome = stage.work(job)
        return _finish(record, stage, outcome)
    except steps.Stale:
        raise
    except errors.StepError as error:
        _fail(record, error)
    except Exception as error:
        logger.exception("step.bug", extra={"tenant": tenant.slug, "step": claim.id, "stage": claim.stage})
        _fail(record, errors.Transient("internal", f"{type(error).__name__}: {redact(str(error))[:300]}"))
    return None


def _finish(record: "_Record", stage: Stage, outcome: Outcome) -> int | None:
    claim, job = record.claim, record.job
    with transaction.atomic():
        stage.save(job, outcome)
        steps.end(claim, State.SKIPPED if outcome.skipped else State.DONE, code=outcome.skipped)
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


def _fail(record: "_Record", error: errors.StepError) -> None:
    """End the attempt as the error's kind says, with its history, in one commit."""
    claim = record.claim
    wait: float | None = None
    spent = claim.attempt >= backoff.ATTEMPTS
    with transaction.atomic():
        match error:
            case errors.RateLimited():
                wait = backoff.asked(error.wait)
                steps.put_off(claim, wait=wait, code=error.code, unspent=True)
                outcome = "rate_limited"
            case errors.Parked(wait=None):
                steps.park(claim, code=error.code)
                outcome = "parked"
            case errors.Parked():
                wait = backoff.asked(error.wait)
                steps.put_off(claim, wait=wait, code=error.code, unspent=True)
                outcome = "parked"
            case errors.Transient() | errors.OutcomeUnknown() if not spent:
                wait = backoff.asked(error.wait) if error.wait is not None else backoff.wait(claim.attempt)
                unknown = isinstance(error, errors.OutcomeUnknown)
                steps.put_off(claim, wait=wait, code=error.code, recovering=unknown or claim.recovering)
                outcome = "retry"
            case _:
                steps.end(claim, State.DEAD, code=error.code)
                outcome = "dead"
        record.keep(outcome, error.code, error.text, wait)
    record.log(outcome, error.code, wait)


def _bury_unknown(claim: steps.Claim) -> None:
    steps.end(claim, State.DEAD, code="step.unknown_stage")
    logger.error("step.unknown_stage", extra={"step": claim.id, "stage": claim.stage})


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
