"""A step's life in any order of hints, claims, ends of every kind, lost workers, replays and pauses.

Claims outlive their leases as frozen workers do: they come back later and must be refused.
"""

import dataclasses
import datetime as dt

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pipeline import errors
from pipeline.steps import backoff, claim, letters, pause, relay, run, sweep
from pipeline.steps.claim import FINAL, Claim, End, Stale
from pipeline.steps.models import Pause, State, Step
from pipeline.steps.stage import Due
from tenants.models import Tenant
from tests.pipeline.steps.path import LONG_AGO, born

DUES = (
    Due("recording", "audio", 1, "call:1"),
    Due("transcript", "audio", 1, "call:1"),
    Due("recording", "audio", 2, "call:2"),
)
ERRORS = (
    errors.Transient("crm.unavailable"),
    errors.RateLimited("crm.rate_limited", wait=7),
    errors.Parked("crm.unauthorized"),
    errors.Parked("crm.preparing", wait=5),
    errors.Permanent("crm.invalid"),
    errors.OutcomeUnknown("crm.no_answer"),
)
numbers = st.sampled_from(range(len(DUES)))


@dataclasses.dataclass
class Known:
    """What must be true of one step."""

    attempts: int = 0
    losses: int = 0
    rerun: bool = False
    unsure: bool = False
    holder: Claim | None = None
    fences: set[int] = dataclasses.field(default_factory=set)


class Life(RuleBasedStateMachine):
    """Three steps, two of them of one lane."""

    tenant: Tenant

    @initialize()
    def begin(self) -> None:
        self.whole = transaction.atomic()
        self.whole.__enter__()
        self.ids = [born(self.tenant, due) for due in DUES]
        self.known = [Known() for _ in DUES]
        self.late: list[tuple[int, Claim]] = []
        self.is_paused = False
        with connection.cursor() as cursor:
            cursor.execute("SELECT now()")  # it stands still in a transaction
            self.now: dt.datetime = cursor.fetchone()[0]

    def teardown(self) -> None:
        if not hasattr(self, "now"):  # not even begun
            return
        try:
            self.come_to_rest()
        finally:
            transaction.set_rollback(True)
            self.whole.__exit__(None, None, None)

    def row(self, number: int) -> Step:
        return Step.objects.get(pk=self.ids[number])

    # --- what happens ----------------------------------------------------------------------------------

    @rule()
    def relay_round(self) -> None:
        """Hints go out, at most one a lane."""
        sent: list[int] = []
        relay.round_of("audio", free=8, publish=lambda _, pairs: sent.extend(step for step, _ in pairs))

        lanes = list(Step.objects.filter(pk__in=sent).values_list("lane", flat=True))
        assert len(lanes) == len(set(lanes))
        assert not (sent and self.is_paused)

    @rule(number=numbers)
    def time_passes(self, number: int) -> None:
        """Let its wait be over."""
        Step.objects.filter(pk=self.ids[number]).update(next_attempt_at=LONG_AGO)

    @rule(number=numbers)
    def take(self, number: int) -> None:
        """Hint a worker, rightly or not."""
        before, known = self.row(number), self.known[number]
        taken = claim.take(before.pk, tenant_id=self.tenant.pk, worker="one")

        is_due = before.state in (State.WAITING, State.QUEUED) and before.next_attempt_at <= self.now
        is_free = not any(self.known[other].holder for other in range(3) if DUES[other].lane == DUES[number].lane)
        assert (taken is not None) == (is_due and is_free and not self.is_paused)
        if taken is None:
            claim.release(before.pk, tenant_id=self.tenant.pk)
            return
        assert taken.fence not in known.fences
        assert (taken.attempt, taken.losses, taken.recovering) == (known.attempts + 1, known.losses, known.unsure)
        known.fences.add(taken.fence)
        known.attempts, known.rerun, known.holder = taken.attempt, False, taken

    @rule(number=numbers, error=st.sampled_from([None, *ERRORS]))
    def work_ends(self, number: int, error: errors.StepError | None) -> None:
        """Let a worker that holds its lease, since before or now, end its attempt, well or not."""
        self.hold(number)
        if self.known[number].holder:
            self.end(number, error)

    def hold(self, number: int) -> None:
        """Have a worker hold it, if neither pause nor lane stand against it."""
        if self.known[number].holder:
            return
        if self.row(number).state not in (State.WAITING, State.QUEUED):
            self.replay(number)
        self.time_passes(number)
        self.take(number)

    def end(self, number: int, error: errors.StepError | None) -> None:
        known = self.known[number]
        held = known.holder
        assert held
        how = run._end_of(held, error, 0)[0] if error else End(State.DONE)
        claim.end(held, how)

        known.unsure = bool(error) and (known.unsure or isinstance(error, errors.OutcomeUnknown))
        known.attempts = 0 if known.rerun else known.attempts - how.unspent
        expected = State.WAITING if known.rerun else self.expected(held, error)
        known.losses, known.rerun, known.holder = 0, False, None
        assert self.row(number).state == expected

    def expected(self, held: Claim, error: errors.StepError | None) -> State:
        spent = held.attempt >= backoff.ATTEMPTS
        match error:
            case None:
                return State.DONE
            case errors.Permanent():
                return State.DEAD
            case errors.Parked(wait=None):
                return State.PARKED
            case errors.Transient() | errors.OutcomeUnknown():
                return State.DEAD if spent else State.WAITING
            case _:
                return State.WAITING

    @rule(which=st.integers(0, 5), error=st.sampled_from([None, *ERRORS]))
    def late_worker_comes_back(self, which: int, error: errors.StepError | None) -> None:
        """Let a worker without its lease renew nothing and end nothing."""
        if not self.late:
            self.lease_ends(which % len(DUES), is_held=True, is_asked_for=False)
        if not self.late:  # paused, or its lane is busy
            return
        number, held = self.late[which % len(self.late)]
        self.hold(number)
        before = self.row(number)

        assert not claim.renew(held)
        with pytest.raises(Stale), transaction.atomic():
            claim.end(held, run._end_of(held, error, 0)[0] if error else End(State.DONE))
        assert Step.objects.filter(pk=before.pk).values().get() == {
            field.attname: getattr(before, field.attname) for field in Step._meta.concrete_fields
        }

    @rule(number=numbers, is_held=st.booleans(), is_asked_for=st.booleans())
    def lease_ends(self, number: int, *, is_held: bool, is_asked_for: bool) -> None:
        """Lose its worker, or its hint; the sweep comes by."""
        if is_held:
            self.hold(number)
        if is_asked_for:
            self.replay(number)
        Step.objects.filter(pk=self.ids[number]).exclude(lease_until=None).update(lease_until=LONG_AGO)
        before, known = self.row(number), self.known[number]
        sweep.run()

        if before.state == State.QUEUED:
            assert self.row(number).state == State.WAITING
        if known.holder:
            self.late.append((number, known.holder))
            buried = known.losses + 1 >= backoff.LOSSES or known.attempts >= backoff.ATTEMPTS
            assert self.row(number).state == (State.DEAD if buried and not known.rerun else State.WAITING)
            known.attempts, known.losses = (0, 0) if known.rerun else (known.attempts, known.losses + 1)
            known.holder, known.rerun, known.unsure = None, False, True
            known.fences.add(self.row(number).fence)

    @rule(number=numbers)
    def replay(self, number: int) -> None:
        """Ask for it again, as a person or the stage before it does."""
        letters.replay(self.row(number))

        known = self.known[number]
        known.rerun = known.holder is not None
        if not known.holder:
            known.attempts = known.losses = 0
            assert self.row(number).state == State.WAITING

    @rule(really=st.sampled_from([False, False, True]))
    def pause_or_resume(self, *, really: bool) -> None:
        """Press the operator's switch, now and then."""
        if not really:
            return
        self.is_paused = not self.is_paused
        (pause.pause if self.is_paused else pause.resume)(Pause.Scope.ALL)

    @rule(number=numbers)
    def many_attempts_later(self, number: int) -> None:
        """Near the end of its budget."""
        if not self.known[number].holder:
            Step.objects.filter(pk=self.ids[number]).update(attempts=backoff.ATTEMPTS - 1)
            self.known[number].attempts = backoff.ATTEMPTS - 1

    # --- what holds ------------------------------------------------------------------------------------

    @invariant()
    def rows_are_as_known(self) -> None:
        """Find no attempt lost, the fence the holder's, each state whole."""
        for step, known in zip(Step.objects.filter(pk__in=self.ids).order_by("pk"), self.known, strict=True):
            assert (step.attempts, step.losses, step.recovering) == (known.attempts, known.losses, known.unsure)
            assert (step.state == State.RUNNING) == (known.holder is not None)
            assert step.fence == max(known.fences, default=0)
            assert not known.holder or known.holder.fence == step.fence
            assert (step.lease_until is not None) == (step.state in (State.QUEUED, State.RUNNING))
            assert (step.finished_at is not None) == (step.state in FINAL)
            assert step.rerun == known.rerun

    def come_to_rest(self) -> None:
        """Whatever happened, with workers that do their work every step ends well or with its reason."""
        if self.is_paused:
            self.pause_or_resume(really=True)
        for number in (0, 1, 2, 0, 1):  # of a lane the second one runs when the first has ended
            if self.known[number].holder:
                self.end(number, None)
            for _ in range(2):  # once more if it was asked for meanwhile
                self.time_passes(number)
                self.take(number)
                if self.known[number].holder:
                    self.end(number, None)
        for number in range(3):
            step = self.row(number)
            assert step.state in (State.DONE, State.DEAD, State.PARKED)
            assert step.state == State.DONE or step.code


@pytest.mark.django_db
def test_no_order_of_events_loses_or_doubles_a_step(cedar: Tenant) -> None:
    Life.tenant = cedar

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
