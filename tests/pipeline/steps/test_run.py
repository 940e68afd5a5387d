"""What every stage may lean on, shown with stages of the test's own."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

import pytest
from django.db import connection

from pipeline import errors
from pipeline.steps import backoff, claim, letters, run, sweep
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import State, Step
from pipeline.steps.stage import Due, Job, Outcome, Stage, Stages
from tenants.models import Tenant
from tenants.scope import scope

pytestmark = pytest.mark.django_db


@dataclasses.dataclass
class Path:
    """A path of one or more stages whose work is a function of the test's."""

    jobs: list[Job] = dataclasses.field(default_factory=list)
    saved: list[Outcome] = dataclasses.field(default_factory=list)

    def stages(self, work: Callable[[Job], Outcome], *, then: Sequence[Due] = ()) -> Stages:
        """Return the stages `first` (with this work, followed by `then`) and `second`."""

        def note(job: Job) -> Outcome:
            self.jobs.append(job)
            return work(job) if job.stage == "first" else Outcome("second done")

        def save(job: Job, outcome: Outcome) -> None:
            self.saved.append(outcome)

        return {
            "first": Stage("first", "First", "intake", note, save, lambda job, outcome: then),
            "second": Stage("second", "Second", "intake", note, save, lambda job, outcome: ()),
        }


FIRST = Due(stage="first", queue="intake", subject=1, lane="call:1")
SECOND = Due(stage="second", queue="intake", subject=1, lane="call:1")


def born(tenant: Tenant, due: Due = FIRST) -> int:
    return claim.birth(tenant.pk, due)


def row(step_id: int) -> Step:
    return Step.objects.get(pk=step_id)


def attempts(tenant: Tenant) -> list[tuple[str, int, str, str]]:
    with scope(tenant):
        return list(Attempt.objects.order_by("id").values_list("stage", "number", "outcome", "code"))


def active_schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def make_due(step_id: int) -> None:
    Step.objects.filter(pk=step_id).update(next_attempt_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))


def raises(error: Exception) -> Callable[[Job], Outcome]:
    def work(job: Job) -> Outcome:
        raise error

    return work


def test_work_save_and_the_next_step_are_done_in_one_task(cedar: Tenant) -> None:
    path, step_id = Path(), born(cedar)

    run.step(step_id, tenant_id=cedar.pk, stages=path.stages(lambda job: Outcome("fine"), then=[SECOND]))

    assert [job.stage for job in path.jobs] == ["first", "second"]
    assert [(step.stage, step.state, step.attempts) for step in Step.objects.order_by("id")] == [
        ("first", State.DONE, 1),
        ("second", State.DONE, 1),
    ]
    assert attempts(cedar) == [("first", 1, "done", ""), ("second", 1, "done", "")]


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
        Step.objects.filter(pk=step_id).update(lease_until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        sweep.run()
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
        Step.objects.filter(pk=step_id).update(lease_until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        sweep.run()

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


def test_a_stage_that_this_code_does_not_know_is_buried(cedar: Tenant) -> None:
    step_id = born(cedar, dataclasses.replace(FIRST, stage="tomorrow"))

    run.step(step_id, tenant_id=cedar.pk, stages={})

    assert (row(step_id).state, row(step_id).code) == (State.DEAD, "step.unknown_stage")
