"""What every stage may lean on, shown with stages of the test's own."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.db import connection
from pytest_django import Settings

from pipeline import errors
from pipeline.steps import backoff, claim, letters, pause, run, sweep
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import Pause, State, Step
from pipeline.steps.stage import Job, Outcome
from tenants import scope as scopes
from tenants.models import Tenant
from tenants.scope import scope
from tests.pipeline.steps.path import FIRST, SECOND, Path, attempts, born, fine, lose, make_due, raises, row

pytestmark = pytest.mark.django_db


def active_schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def test_work_save_and_the_next_step_are_done_in_one_task(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar)

    run.step(step_id, tenant_id=cedar.pk, stages=path.stages(lambda job: Outcome("fine"), then=[SECOND]))

    assert [job.stage for job in path.jobs] == ["first", "second"]
    assert [(step.stage, step.state, step.attempts) for step in Step.objects.order_by("id")] == [
        ("first", State.DONE, 1),
        ("second", State.DONE, 1),
    ]
    assert attempts(cedar) == [("first", 1, "done", ""), ("second", 1, "done", "")]


@pytest.mark.parametrize(
    ("change", "served", "state"),
    [
        ({}, (), State.DONE),
        ({"queue": "audio"}, ("audio", "intake"), State.DONE),
        ({"queue": "audio"}, (), State.WAITING),
        ({"queue": "audio"}, ("speech",), State.WAITING),
        ({"lane": "lead:1"}, (), State.DONE),
        ({"delay": 60.0}, (), State.WAITING),
    ],
    ids=["same queue", "queue served", "own queue only", "queue not served", "another lane", "due later"],
)
def test_a_task_goes_on_on_the_queues_that_its_worker_serves(
    cedar: Tenant, change: dict[str, Any], served: tuple[str, ...], state: State
) -> None:
    step_id = born(cedar)
    stages = Path().stages(fine, then=[dataclasses.replace(SECOND, **change)])

    run.step(step_id, tenant_id=cedar.pk, stages=stages, queues=served)

    assert Step.objects.get(stage="second").state == state


def test_a_lane_that_another_worker_holds_is_left_to_the_relay(cedar: Tenant) -> None:
    step_id = born(cedar)
    busy = born(cedar, dataclasses.replace(SECOND, lane="lead:1", subject=2))
    assert claim.take(busy, tenant_id=cedar.pk, worker="other")
    stages = Path().stages(fine, then=[dataclasses.replace(SECOND, lane="lead:1")])

    run.step(step_id, tenant_id=cedar.pk, stages=stages)

    assert row(step_id).state == State.DONE
    assert Step.objects.get(stage="second", subject=1).state == State.WAITING


def test_several_steps_that_follow_are_left_to_the_relay(cedar: Tenant) -> None:
    step_id = born(cedar)
    stages = Path().stages(fine, then=[SECOND, dataclasses.replace(SECOND, target="other")])

    run.step(step_id, tenant_id=cedar.pk, stages=stages)

    assert set(Step.objects.filter(stage="second").values_list("state", flat=True)) == {State.WAITING}


def test_work_runs_in_the_tenants_schema_and_leaves_it(cedar: Tenant) -> None:
    seen: list[str] = []

    def work(job: Job) -> Outcome:
        seen.append(active_schema())
        return Outcome()

    run.step(born(cedar), tenant_id=cedar.pk, stages=Path().stages(work))

    assert seen == [cedar.schema_name]
    assert active_schema() == "public"


def test_a_transient_error_waits_by_the_schedule_and_spends_an_attempt(cedar: Tenant) -> None:
    step_id = born(cedar)

    run.step(step_id, tenant_id=cedar.pk, stages=Path().stages(raises(errors.Transient("net.unreachable"))))

    step = row(step_id)
    waits = (step.next_attempt_at - step.started_at).total_seconds()  # type: ignore[operator]
    assert (step.state, step.attempts, step.code) == (State.WAITING, 1, "net.unreachable")
    assert 4 <= waits <= 6


def test_the_eleventh_failure_is_a_dead_letter_with_its_reason(cedar: Tenant) -> None:
    step_id, stages = born(cedar), Path().stages(raises(errors.Transient("net.unreachable", "No answer from CRM")))

    for _ in range(backoff.ATTEMPTS):
        make_due(step_id)
        run.step(step_id, tenant_id=cedar.pk, stages=stages)

    assert (row(step_id).state, row(step_id).code) == (State.DEAD, "net.unreachable")
    assert [step.pk for step in letters.stuck(tenant=cedar)] == [step_id]
    assert [outcome for _, _, outcome, _ in attempts(cedar)] == ["retry"] * 10 + ["dead"]


@pytest.mark.parametrize(
    ("error", "state", "spent", "outcome"),
    [
        (errors.RateLimited("crm.rate_limited", wait=7), State.WAITING, 0, "rate_limited"),
        (errors.Parked("crm.unauthorized"), State.PARKED, 0, "parked"),
        (errors.Parked("recording.not_yet", wait=120), State.WAITING, 0, "parked"),
        (errors.Permanent("recording.not_audio"), State.DEAD, 1, "dead"),
        (errors.OutcomeUnknown("crm.no_answer"), State.WAITING, 1, "retry"),
        (ZeroDivisionError("a bug"), State.WAITING, 1, "retry"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_kind_of_error_ends_as_its_state(
    cedar: Tenant, error: Exception, state: State, spent: int, outcome: str
) -> None:
    step_id = born(cedar)

    run.step(step_id, tenant_id=cedar.pk, stages=Path().stages(raises(error)))

    step = row(step_id)
    assert (step.state, step.attempts) == (state, spent)
    assert step.code == getattr(error, "code", "internal")
    assert attempts(cedar) == [("first", 1, outcome, step.code)]


def test_after_an_unknown_outcome_the_next_attempt_knows_that_it_must_look_first(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar)
    stages = path.stages(raises(errors.OutcomeUnknown("crm.no_answer")))

    run.step(step_id, tenant_id=cedar.pk, stages=stages)
    make_due(step_id)
    run.step(step_id, tenant_id=cedar.pk, stages=stages)

    assert [job.recovering for job in path.jobs] == [False, True]


def test_a_skipped_step_ends_with_its_reason_and_the_path_goes_on(cedar: Tenant) -> None:
    step_id = born(cedar)
    stages = Path().stages(lambda job: Outcome("No recording.", skipped="recording.none"), then=[SECOND])

    run.step(step_id, tenant_id=cedar.pk, stages=stages)

    assert list(Step.objects.order_by("id").values_list("state", "code")) == [
        ("skipped", "recording.none"),
        ("done", ""),
    ]


def test_a_worker_that_lost_its_lease_stores_nothing(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar)

    def work(job: Job) -> Outcome:
        lose(step_id)
        return Outcome("too late")

    run.step(step_id, tenant_id=cedar.pk, stages=path.stages(work, then=[SECOND]))

    assert (row(step_id).state, row(step_id).code, row(step_id).recovering) == (State.WAITING, "worker.lost", True)
    assert not Step.objects.filter(stage="second").exists()
    assert attempts(cedar) == [("first", 1, "lost", "worker.lost")]


def test_a_step_that_takes_five_workers_down_is_buried(cedar: Tenant) -> None:
    step_id = born(cedar)

    for _ in range(backoff.LOSSES):
        make_due(step_id)
        assert claim.take(step_id, tenant_id=cedar.pk, worker="doomed") is not None
        lose(step_id)

    assert (row(step_id).state, row(step_id).code) == (State.DEAD, "worker.lost")


def test_two_steps_of_a_lane_never_run_together(cedar: Tenant) -> None:
    first, second = born(cedar), born(cedar, SECOND)

    assert claim.take(first, tenant_id=cedar.pk, worker="one") is not None
    assert claim.take(second, tenant_id=cedar.pk, worker="two") is None


def test_a_step_is_claimed_once(cedar: Tenant) -> None:
    step_id = born(cedar)

    assert claim.take(step_id, tenant_id=cedar.pk, worker="one") is not None
    assert claim.take(step_id, tenant_id=cedar.pk, worker="two") is None


def test_a_hint_with_another_tenants_id_runs_nothing(cedar: Tenant, birch: Tenant) -> None:
    path, step_id = Path(), born(cedar)

    run.step(step_id, tenant_id=birch.pk, stages=path.stages(lambda job: Outcome()))

    assert path.jobs == []
    assert row(step_id).state == State.WAITING


def test_asked_for_again_while_it_runs_it_runs_once_more(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar)

    def work(job: Job) -> Outcome:
        if len(path.jobs) == 1:
            born(cedar)
        return Outcome()

    stages = path.stages(work)
    run.step(step_id, tenant_id=cedar.pk, stages=stages)
    assert (row(step_id).state, row(step_id).attempts) == (State.WAITING, 0)
    run.step(step_id, tenant_id=cedar.pk, stages=stages)

    assert row(step_id).state == State.DONE
    assert len(path.jobs) == 2


def test_a_dead_letter_can_be_replayed_with_a_fresh_budget(cedar: Tenant) -> None:
    step_id = born(cedar)
    run.step(step_id, tenant_id=cedar.pk, stages=Path().stages(raises(errors.Permanent("recording.not_audio"))))

    letters.replay(row(step_id))
    run.step(step_id, tenant_id=cedar.pk, stages=Path().stages(lambda job: Outcome("fine now")))

    assert (row(step_id).state, row(step_id).attempts, row(step_id).code) == (State.DONE, 1, "")


def test_a_stage_that_this_code_does_not_know_waits_for_newer_code(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar, dataclasses.replace(FIRST, stage="second"))

    run.step(step_id, tenant_id=cedar.pk, stages={})
    waiting = row(step_id)
    make_due(step_id)
    run.step(step_id, tenant_id=cedar.pk, stages=path.stages(fine))

    assert (waiting.state, waiting.attempts, waiting.code) == (State.WAITING, 1, "step.unknown_stage")
    assert row(step_id).state == State.DONE


def test_a_stage_that_nobody_ever_knows_is_buried_with_its_reason(cedar: Tenant) -> None:
    step_id = born(cedar, dataclasses.replace(FIRST, stage="tomorrow"))

    for _ in range(backoff.ATTEMPTS):
        make_due(step_id)
        run.step(step_id, tenant_id=cedar.pk, stages={})

    assert (row(step_id).state, row(step_id).code) == (State.DEAD, "step.unknown_stage")
    assert attempts(cedar)[-1] == ("tomorrow", backoff.ATTEMPTS, "dead", "step.unknown_stage")


# --- an effect that may have happened is looked for until the step ends well ------------------------------

UNKNOWN = errors.OutcomeUnknown("crm.no_answer")


@pytest.mark.parametrize(
    "then",
    [
        errors.Transient("crm.unavailable"),
        errors.RateLimited("crm.rate_limited"),
        errors.Parked("crm.preparing", wait=5),
        errors.Parked("crm.unauthorized"),
        errors.Permanent("crm.invalid"),
        ZeroDivisionError("a bug"),
    ],
    ids=lambda error: f"{type(error).__name__}{getattr(error, 'wait', '') or ''}",
)
def test_whatever_comes_after_an_unknown_outcome_the_next_attempt_still_looks_first(
    cedar: Tenant, then: Exception
) -> None:
    path, step_id = Path(), born(cedar)

    for work in (raises(UNKNOWN), raises(then), fine, fine):
        run.step(step_id, tenant_id=cedar.pk, stages=path.stages(work))
        if row(step_id).state != State.WAITING:
            letters.replay(row(step_id))
        make_due(step_id)

    assert [job.recovering for job in path.jobs] == [False, True, True, False]


def test_a_dead_letter_whose_last_outcome_is_unknown_looks_first_when_it_is_replayed(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar)
    Step.objects.filter(pk=step_id).update(attempts=backoff.ATTEMPTS - 1)

    run.step(step_id, tenant_id=cedar.pk, stages=path.stages(raises(UNKNOWN)))
    dead = row(step_id)
    letters.replay(dead)
    run.step(step_id, tenant_id=cedar.pk, stages=path.stages(fine))

    assert (dead.state, dead.code) == (State.DEAD, "crm.no_answer")
    assert [job.recovering for job in path.jobs] == [False, True]


def test_a_bug_may_have_come_after_an_effect(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar)

    run.step(step_id, tenant_id=cedar.pk, stages=path.stages(raises(ZeroDivisionError("a bug"))))
    make_due(step_id)
    run.step(step_id, tenant_id=cedar.pk, stages=path.stages(fine))

    assert [job.recovering for job in path.jobs] == [False, True]


def test_a_bugs_text_quotes_no_row(cedar: Tenant) -> None:
    error = ValueError("duplicate key value violates a constraint\nDETAIL:  Key (email)=(jane@example.com) exists.")

    run.step(born(cedar), tenant_id=cedar.pk, stages=Path().stages(raises(error)))

    with scope(cedar):
        assert Attempt.objects.get().text == "ValueError: duplicate key value violates a constraint"


# --- asked for again while it runs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "waits"),
    [
        (errors.Transient("crm.unavailable"), 0),
        (errors.OutcomeUnknown("crm.no_answer"), 0),
        (errors.Permanent("crm.invalid"), 0),
        (errors.Parked("crm.unauthorized"), 0),
        (errors.RateLimited("crm.rate_limited", wait=60), 60),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_however_the_run_ends_what_was_asked_for_meanwhile_runs_anew(
    cedar: Tenant, ends: Exception, waits: float
) -> None:
    step_id = born(cedar)
    Step.objects.filter(pk=step_id).update(attempts=4)

    def work(job: Job) -> Outcome:
        letters.replay(row(step_id))
        raise ends

    run.step(step_id, tenant_id=cedar.pk, stages=Path().stages(work))

    step = row(step_id)
    assert (step.state, step.attempts, step.losses, step.finished_at) == (State.WAITING, 0, 0, None)
    assert (step.next_attempt_at - step.started_at).total_seconds() == waits  # type: ignore[operator]


def test_asked_for_again_and_then_its_worker_lost_it_starts_anew(cedar: Tenant) -> None:
    step_id = born(cedar)
    Step.objects.filter(pk=step_id).update(losses=backoff.LOSSES - 1)
    claim.take(step_id, tenant_id=cedar.pk, worker="doomed")

    letters.replay(row(step_id))
    lose(step_id)

    step = row(step_id)
    assert (step.state, step.attempts, step.losses, step.rerun, step.recovering) == (State.WAITING, 0, 0, False, True)


def test_a_step_that_runs_is_not_moved_to_another_lane_what_precedes_it_is_done_again(cedar: Tenant) -> None:
    path, first, second = Path(), born(cedar), born(cedar, dataclasses.replace(SECOND, lane="lead:1"))
    held = claim.take(second, tenant_id=cedar.pk, worker="other")
    assert held
    moved = dataclasses.replace(SECOND, lane="lead:2")
    stages = path.stages(fine, then=[moved])

    run.step(first, tenant_id=cedar.pk, stages=stages)
    put_off = row(first)
    claim.end(held, claim.End(State.DONE))
    make_due(first)
    run.step(first, tenant_id=cedar.pk, stages=stages)

    assert (put_off.state, put_off.attempts, put_off.code) == (State.WAITING, 0, "step.busy")
    assert attempts(cedar)[0] == ("first", 1, "parked", "step.busy")
    assert (row(second).lane, row(second).state, row(second).attempts) == ("lead:2", State.DONE, 1)


# --- tenants, pauses, clocks ------------------------------------------------------------------------------


@contextmanager
def suspended(tenant: Tenant) -> Iterator[None]:
    Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.SUSPENDED)
    scopes._known.clear()
    yield
    Tenant.objects.filter(pk=tenant.pk).update(state=Tenant.State.ACTIVE)
    scopes._known.clear()


def test_a_hint_of_a_suspended_tenant_runs_nothing_and_loses_nothing(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar)
    Step.objects.update(state=State.QUEUED, lease_until=dt.datetime.now(dt.UTC))

    with suspended(cedar):
        run.step(step_id, tenant_id=cedar.pk, stages=path.stages(fine))
        waiting = row(step_id)
    run.step(step_id, tenant_id=cedar.pk, stages=path.stages(fine))

    assert (waiting.state, waiting.attempts) == (State.WAITING, 0)
    assert (row(step_id).state, len(path.jobs)) == (State.DONE, 1)


def test_a_tenant_suspended_while_a_step_runs_gets_its_result_and_nothing_after_it(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar)

    def work(job: Job) -> Outcome:
        Tenant.objects.filter(pk=cedar.pk).update(state=Tenant.State.SUSPENDED)
        scopes._known.clear()
        return Outcome("fine")

    run.step(step_id, tenant_id=cedar.pk, stages=path.stages(work, then=[SECOND]))

    assert [(step.stage, step.state) for step in Step.objects.order_by("pk")] == [
        ("first", State.DONE),
        ("second", State.WAITING),
    ]


def test_a_tenant_whose_schema_is_gone_waits_and_is_buried_in_the_end(cedar: Tenant) -> None:
    gone = Tenant.objects.create(slug="gone", name="Gone", schema_name="t_gone", state=Tenant.State.ACTIVE)
    path, step_id = Path(), born(gone)

    states = []
    for _ in range(backoff.ATTEMPTS):
        make_due(step_id)
        run.step(step_id, tenant_id=gone.pk, stages=path.stages(fine))
        states.append((row(step_id).state, row(step_id).code))

    assert states == [(State.WAITING, "tenant.schema_missing")] * 10 + [(State.DEAD, "tenant.schema_missing")]
    assert path.jobs == []


def test_a_pause_set_while_a_step_runs_stops_the_one_after_it_until_it_is_lifted(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar)

    def work(job: Job) -> Outcome:
        pause.pause(Pause.Scope.STAGE, name="second")
        return Outcome("fine")

    stages = path.stages(work, then=[SECOND])
    run.step(step_id, tenant_id=cedar.pk, stages=stages)
    second = Step.objects.get(stage="second")
    pause.resume(Pause.Scope.STAGE, name="second")
    run.step(second.pk, tenant_id=cedar.pk, stages=stages)

    assert (second.state, second.attempts) == (State.WAITING, 0)
    assert row(second.pk).state == State.DONE


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_workers_wrong_clock_moves_neither_leases_nor_waits(cedar: Tenant, settings: Settings, hours: int) -> None:
    path, step_id = Path(), born(cedar)
    later = born(cedar, dataclasses.replace(SECOND, delay=3600))
    truth = dt.datetime.now(dt.UTC)

    def work(job: Job) -> Outcome:
        assert sweep.run() == 0
        raise errors.Transient("crm.unavailable")

    with time_machine.travel(truth + dt.timedelta(hours=hours)):
        run.step(later, tenant_id=cedar.pk, stages=path.stages(fine))
        run.step(step_id, tenant_id=cedar.pk, stages=path.stages(work))

    assert [job.stage for job in path.jobs] == ["first"]
    assert abs((row(step_id).next_attempt_at - truth).total_seconds()) < 60
    assert row(later).state == State.WAITING
