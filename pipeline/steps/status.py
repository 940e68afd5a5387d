"""A call's status, derived from its steps (row P1): the words, the rule, and the same rule as a filter in SQL."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from pipeline.steps.models import Pause, State, Step
from tenants.models import Tenant

FIRST, LAST = "call", "sync"
"""The stage whose subject is a delivery, and the one with a step for each CRM."""
LATE = dt.timedelta(seconds=60)
"""Due for longer than this, a step is pending (row W1): nobody has taken it."""
PAUSED = "step.paused"
_OPEN = (State.WAITING, State.QUEUED)
_HALTED = (State.DEAD, State.PARKED)
_ENDED = (State.DONE, State.SKIPPED)


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
    """Return the steps of calls (call id → ids of its deliveries) in order of birth: one query, one for the pauses."""
    pauses = list(Pause.objects.all())
    call_of = {delivery: call for call, deliveries in calls.items() for delivery in deliveries}
    own = Q(stage__in=[stage for stage in stages if stage != FIRST], subject__in=list(calls))
    rows = Step.objects.filter(own | Q(stage=FIRST, subject__in=list(call_of)), tenant=tenant).order_by("id")
    found: dict[int, list[Passage]] = {call: [] for call in calls}
    for row in rows:
        found[call_of[row.subject] if row.stage == FIRST else row.subject].append(_passage(row, pauses))
    return {call: tuple(steps) for call, steps in found.items()}


def matching(
    word: Word,
    *,
    tenant: Tenant,
    deliveries: QuerySet[Any, Any],
    stages: Sequence[str],
    now: dt.datetime,
) -> Q:
    """Return the filter of a call queryset that leaves the calls whose status is this word.

    `deliveries` is a queryset of delivery ids whose call is `OuterRef(OuterRef("pk"))`.
    """
    own = Q(stage__in=[stage for stage in stages if stage != FIRST], subject=OuterRef("pk"))
    steps = Step.objects.filter(own | Q(stage=FIRST, subject__in=deliveries), tenant=tenant)
    paused = _paused(list(Pause.objects.all()))
    is_due = Q(state=State.QUEUED) | (Q(state=State.WAITING, next_attempt_at__lte=now) & ~paused)
    halted, running = _any(steps, Q(state__in=_HALTED)), _any(steps, Q(state=State.RUNNING))
    due, fresh = _any(steps, is_due), _any(steps, is_due & Q(next_attempt_at__gt=now - LATE))
    has_begun = _any(steps, Q(state__in=_ENDED) | Q(attempts__gt=0))
    waiting, some = _any(steps, Q(state=State.WAITING)), _any(steps, Q())
    last, last_done = _any(steps, Q(stage=LAST)), _any(steps, Q(stage=LAST, state=State.DONE))
    has_result = last_done | (~last & _any(steps, Q(state=State.DONE)))
    resting = ~halted & ~running & ~due & ~waiting & some
    return {
        Word.NEEDS_ATTENTION: halted,
        Word.PROCESSING: ~halted & (running | (fresh & has_begun)),
        Word.PENDING: ~halted & ~running & ((due & ~(fresh & has_begun)) | ~some),
        Word.WAITING: ~halted & ~running & ~due & waiting,
        Word.DONE: resting & has_result,
        Word.SKIPPED: resting & ~has_result,
    }[word]


def _any(steps: QuerySet[Step], condition: Q) -> Q:
    return Q(Exists(steps.filter(condition)))


def _paused(pauses: Sequence[Pause]) -> Q:
    """Return what these pauses cover, as pause.PAUSED does in the relay."""
    covered = Q(pk__isnull=True)
    for pause in pauses:
        whose = Q(tenant=pause.tenant_id) if pause.tenant_id else Q()
        covered |= {
            Pause.Scope.ALL: Q(pk__isnull=False),
            Pause.Scope.TENANT: Q(tenant=pause.tenant_id),
            Pause.Scope.STAGE: Q(stage=pause.name) & whose,
            Pause.Scope.CRM: Q(stage=LAST, target=pause.name) & whose,
        }[Pause.Scope(pause.scope)]
    return covered


def _covers(pause: Pause, step: Step) -> bool:
    if pause.tenant_id not in (None, step.tenant_id):
        return False
    match pause.scope:
        case Pause.Scope.STAGE:
            return pause.name == step.stage
        case Pause.Scope.CRM:
            return step.stage == LAST and pause.name == step.target
        case _:
            return True


def _passage(row: Step, pauses: Sequence[Pause]) -> Passage:
    return Passage(
        id=row.pk,
        stage=row.stage,
        subject=row.subject,
        target=row.target,
        state=row.state,
        attempts=row.attempts,
        code=row.code,
        next_attempt_at=row.next_attempt_at,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        paused=row.state == State.WAITING and any(_covers(pause, row) for pause in pauses),
    )
