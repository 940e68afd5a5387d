"""A call's status, derived from its steps (row P1): the words, the rule, and the same rule as a filter in SQL.

The rule stands here twice: a page derives the word from steps that it has read anyway, a list of many thousand calls
can't. A test draws steps and holds that both say the same.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.lookups import Exact

from pipeline.steps.models import State, Step
from pipeline.steps.pause import PAUSED
from tenants.models import Tenant

FIRST, LAST = "call", "sync"
"""The stage whose subject is a delivery, and the one with a step for each CRM."""
LATE = dt.timedelta(seconds=60)
"""Due for longer than this, a step is pending (row W1): nobody has taken it."""
_OPEN = (State.WAITING, State.QUEUED)
_HALTED = (State.DEAD, State.PARKED)
_ENDED = (State.DONE, State.SKIPPED)

_PASSAGES = f"""
SELECT s.id, s.stage, s.subject, s.target, s.state, s.attempts, s.code, s.next_attempt_at, s.created_at, s.started_at,
       s.finished_at, s.state = 'waiting' AND {PAUSED}
FROM steps_step s
WHERE s.tenant_id = %(tenant)s AND (s.stage = ANY(%(own)s) AND s.subject = ANY(%(calls)s)
                                    OR s.stage = 'call' AND s.subject = ANY(%(deliveries)s))
ORDER BY s.id
"""  # noqa: S608  (a constant condition, no input)

_WORD = f"""(
SELECT CASE
    WHEN bool_or(s.state IN ('dead', 'parked')) THEN 'Needs attention'
    WHEN bool_or(s.state = 'running') THEN 'Processing'
    WHEN bool_or(due) AND bool_or(s.state IN ('done', 'skipped') OR s.attempts > 0)
         AND bool_or(due AND s.next_attempt_at > c.now - interval '{LATE.total_seconds()} s') THEN 'Processing'
    WHEN bool_or(due) OR count(*) = 0 THEN 'Pending'
    WHEN bool_or(s.state = 'waiting') THEN 'Waiting'
    WHEN bool_or(s.state = 'done' AND s.stage = 'sync') THEN 'Done'
    WHEN bool_or(s.state = 'done') AND NOT bool_or(s.stage = 'sync') THEN 'Done'
    ELSE 'Skipped' END
FROM (SELECT %(expressions)s) AS c (call, deliveries, tenant, own, now)
CROSS JOIN LATERAL (
    SELECT * FROM steps_step WHERE tenant_id = c.tenant AND stage = ANY(c.own) AND subject = c.call
    UNION ALL
    SELECT * FROM steps_step WHERE tenant_id = c.tenant AND stage = 'call' AND subject = ANY(c.deliveries)
) AS s
CROSS JOIN LATERAL (
    SELECT s.state = 'queued' OR s.state = 'waiting' AND s.next_attempt_at <= c.now AND NOT {PAUSED}
) AS is_due (due)
)"""  # noqa: S608  (constant conditions, no input)


class Word(enum.StrEnum):
    """What a call shows."""

    PENDING = "Pending"
    PROCESSING = "Processing"
    WAITING = "Waiting"
    NEEDS_ATTENTION = "Needs attention"
    DONE = "Done"
    SKIPPED = "Skipped"


@dataclasses.dataclass(frozen=True, slots=True)
class Passage:
    """One step of a call, as readers outside the engine see it."""

    id: int
    stage: str
    subject: int
    target: str
    state: str
    attempts: int
    code: str
    next_attempt_at: dt.datetime
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    paused: bool = False

    def is_due(self, now: dt.datetime) -> bool:
        """Return whether a worker could take it now."""
        return self.state == State.QUEUED or (
            self.state == State.WAITING and not self.paused and self.next_attempt_at <= now
        )

    @property
    def is_open(self) -> bool:
        """Return whether it will run, or run again, by itself."""
        return self.state in (*_OPEN, State.RUNNING)

    @property
    def is_halted(self) -> bool:
        """Return whether it needs a person."""
        return self.state in _HALTED

    @property
    def has_ended(self) -> bool:
        """Return whether it is done, or skipped with a reason."""
        return self.state in _ENDED


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """The word, and the step that it is about; `until` is set for Waiting, unless an operator paused it."""

    word: Word
    step: Passage | None = None
    until: dt.datetime | None = None

    @property
    def has_ended(self) -> bool:
        """Return whether nothing more will happen by itself."""
        return self.word in (Word.DONE, Word.SKIPPED)


def derive(steps: Sequence[Passage], *, now: dt.datetime) -> Status:
    """Return a call's status from all of its steps, those of its deliveries included."""
    if halted := [step for step in steps if step.state in _HALTED]:
        return Status(Word.NEEDS_ATTENTION, halted[0])
    if running := [step for step in steps if step.state == State.RUNNING]:
        return Status(Word.PROCESSING, running[-1])
    if due := [step for step in steps if step.is_due(now)]:
        has_begun = any(step.has_ended or step.attempts for step in steps)
        fresh = any(step.next_attempt_at > now - LATE for step in due)
        return Status(Word.PROCESSING if has_begun and fresh else Word.PENDING, due[-1])
    if later := [step for step in steps if step.state == State.WAITING]:
        first = min(later, key=lambda step: (step.paused, step.next_attempt_at))
        return Status(Word.WAITING, first, None if first.paused else first.next_attempt_at)
    return _ended(steps)


def _ended(steps: Sequence[Passage]) -> Status:
    if not steps:
        return Status(Word.PENDING)
    last = [step for step in steps if step.stage == LAST] or list(steps)
    if done := [step for step in last if step.state == State.DONE]:
        return Status(Word.DONE, done[-1])
    return Status(Word.SKIPPED, last[-1])


def of_calls(
    tenant: Tenant, calls: Mapping[int, Sequence[int]], *, stages: Sequence[str]
) -> dict[int, tuple[Passage, ...]]:
    """Return the steps of calls (call id → ids of its deliveries) in order of birth, by one query."""
    call_of = {delivery: call for call, deliveries in calls.items() for delivery in deliveries}
    values = {"tenant": tenant.pk, "own": _own(stages), "calls": list(calls), "deliveries": list(call_of)}
    found: dict[int, list[Passage]] = {call: [] for call in calls}
    with connection.cursor() as cursor:
        cursor.execute(_PASSAGES, values)
        for step in (Passage(*row) for row in cursor.fetchall()):
            found[call_of[step.subject] if step.stage == FIRST else step.subject].append(step)
    return {call: tuple(steps) for call, steps in found.items()}


def matching(word: Word, *, tenant: Tenant, merged: QuerySet[Any], stages: Sequence[str], now: dt.datetime) -> Q:
    """Return the filter of a call queryset that leaves the calls whose status is this word.

    `merged` are the rows (call, delivery) of the tenant's calls and what they were merged from.
    """
    if word == Word.NEEDS_ATTENTION:
        # From the few halted steps to their calls, not from each call to its steps.
        halted = Step.objects.filter(tenant=tenant, state__in=_HALTED).values("subject")
        unread = merged.filter(delivery__in=halted.filter(stage=FIRST)).values("call")
        return Q(pk__in=halted.filter(stage__in=_own(stages)).union(unread))
    deliveries = merged.filter(call=OuterRef("pk")).values("delivery")
    told = (Value(tenant.pk), Value(_own(stages), ArrayField(TextField())), Value(now))
    return Q(Exact(_WordOf("pk", ArraySubquery(deliveries), *told), word.value))


def _own(stages: Sequence[str]) -> list[str]:
    """Return the stages whose subject is a call."""
    return [stage for stage in stages if stage != FIRST]


class _WordOf(Func):
    """The word of (call, its deliveries, tenant, stages, now): `derive` in SQL.

    An aggregate over the steps of one call leaves the planner one way to them, the index of step_once: an EXISTS a
    state was planned by the partial indexes of the states, which hold the steps of all calls.
    """

    template = _WORD
    output_field = TextField()
