"""A lease: kept while the work runs, lost with its worker, and never two that write for one step."""

import datetime as dt
import os
import signal
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from calls.models import Call
from pipeline.steps import backoff, lease, run, sweep
from pipeline.steps.models import State, Step
from pipeline.steps.stage import Job, Outcome
from tenants.models import Tenant
from tenants.scope import scope
from tests.pipeline.steps import path, processes
from tests.pipeline.steps.path import attempts, born, fine, lose, row
from tests.pipeline.steps.processes import running, wait_until

CHILD = ("-m", "tests.pipeline.steps.child")


def lease_of(step_id: int) -> dt.datetime:
    found = row(step_id).lease_until
    assert found
    return found


def renewed_from(step_id: int) -> None:
    """Wait until the step's lease is later than now."""
    before = lease_of(step_id)
    wait_until(lambda: lease_of(step_id) > before)


def stored(tenant: Tenant) -> list[str]:
    with scope(tenant):
        return list(Call.objects.order_by("pk").values_list("external_id", flat=True))


@pytest.fixture
def quick(settings: Settings) -> None:
    """Renew many times a second what lasts a second."""
    settings.STEP_LEASE_SECONDS = 1
    settings.STEP_LEASE_RENEW_SECONDS = 0.1


@pytest.mark.usefixtures("quick")
def test_work_may_be_longer_than_its_lease(committed: dict[str, Tenant], settings: Settings) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"])
    taken = []

    def work(job: Job) -> Outcome:
        first_end = lease_of(step_id)
        wait_until(lambda: lease_of(step_id) > first_end + dt.timedelta(seconds=settings.STEP_LEASE_SECONDS))
        taken.append(sweep.run())
        return Outcome("fine")

    run.step(step_id, tenant_id=cedar.pk, stages=path.Path().stages(work))

    assert taken == [0]
    assert (row(step_id).state, row(step_id).attempts) == (State.DONE, 1)


@pytest.mark.usefixtures("quick")
def test_a_renewal_that_postgres_cut_off_is_tried_again(
    committed: dict[str, Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "AGAIN_SECONDS", 0.1)
    cedar, step_id = committed["cedar"], born(committed["cedar"])
    ended = []

    def work(job: Job) -> Outcome:
        renewed_from(step_id)
        ended.append(processes.end_backends("%SET lease_until%"))
        renewed_from(step_id)
        return Outcome("fine")

    run.step(step_id, tenant_id=cedar.pk, stages=path.Path().stages(work))

    assert ended == [1]
    assert row(step_id).state == State.DONE


def test_a_killed_workers_step_is_freed_counted_and_done_by_the_next(
    committed: dict[str, Tenant], tmp_path: Path
) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"])
    argv = (*CHILD, str(step_id), str(cedar.pk), str(tmp_path))

    with running(tmp_path / "log", *argv) as worker:
        wait_until((tmp_path / "begun").exists, log=tmp_path / "log")
        os.kill(worker.pid, signal.SIGKILL)
    held = row(step_id)
    lose(step_id)
    freed = row(step_id)
    (tmp_path / "go").touch()
    with running(tmp_path / "log", *argv) as worker:
        assert worker.wait(60) == 0

    assert (held.state, held.attempts) == (State.RUNNING, 1)
    assert (freed.state, freed.attempts, freed.code) == (State.WAITING, 1, "worker.lost")
    assert (row(step_id).state, row(step_id).losses) == (State.DONE, 0)
    assert processes.lines(tmp_path / "begun") == ["1 False", "2 True"]
    assert attempts(cedar) == [("first", 1, "lost", "worker.lost"), ("first", 2, "done", "")]
    assert stored(cedar) == ["CAL1-2"]


@pytest.mark.parametrize(("renew", "ends_by"), [(20, 0), (0.1, lease.LOST_EXIT)], ids=["fence", "lease keeper"])
def test_a_frozen_worker_that_comes_back_too_late_stores_nothing(
    committed: dict[str, Tenant], tmp_path: Path, renew: float, ends_by: int
) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"])
    late, next_one = tmp_path / "late", tmp_path / "next"
    late.mkdir()
    next_one.mkdir()
    (next_one / "go").touch()

    with running(tmp_path / "log", *CHILD, str(step_id), str(cedar.pk), str(late), str(renew)) as frozen:
        wait_until((late / "begun").exists, log=tmp_path / "log")
        os.kill(frozen.pid, signal.SIGSTOP)
        lose(step_id)
        with running(tmp_path / "log", *CHILD, str(step_id), str(cedar.pk), str(next_one)) as worker:
            assert worker.wait(60) == 0
        if not ends_by:
            (late / "go").touch()
        os.kill(frozen.pid, signal.SIGCONT)
        assert frozen.wait(60) == ends_by

    assert row(step_id).state == State.DONE
    assert attempts(cedar) == [("first", 1, "lost", "worker.lost"), ("first", 2, "done", "")]
    assert stored(cedar) == ["CAL1-2"]


@pytest.mark.parametrize(
    ("losses", "state", "outcome"), [(0, State.WAITING, "retry"), (backoff.LOSSES - 1, State.DEAD, "dead")]
)
def test_work_beyond_its_time_limit_ends_with_its_process_and_says_why(
    committed: dict[str, Tenant], tmp_path: Path, losses: int, state: State, outcome: str
) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"])
    Step.objects.filter(pk=step_id).update(losses=losses)

    with running(tmp_path / "log", *CHILD, str(step_id), str(cedar.pk), str(tmp_path), "0.1", "0.2") as worker:
        status = worker.wait(60)

    step = row(step_id)
    assert (status, step.state, step.code) == (lease.OVERTIME_EXIT, state, "step.overtime")
    assert (step.attempts, step.losses, step.recovering) == (1, losses + 1, True)
    assert attempts(cedar) == [("first", 1, outcome, "step.overtime")]
    assert stored(cedar) == []


def test_work_in_c_that_lets_no_other_thread_run_ends_with_its_process_before_its_lease_does(
    committed: dict[str, Tenant], tmp_path: Path
) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"])
    argv = (*CHILD, str(step_id), str(cedar.pk), str(tmp_path), "0.4", "600", "2")
    (tmp_path / "stuck").touch()

    with running(tmp_path / "log", *argv) as worker:
        assert worker.wait(60) == lease.STALLED_EXIT

    assert lease_of(step_id) > dt.datetime.now(dt.UTC)
    assert "child.py" in (tmp_path / "log").read_text()
    lose(step_id)
    assert (row(step_id).state, row(step_id).losses) == (State.WAITING, 1)


def test_work_that_takes_long_and_lets_others_run_is_left_alone(committed: dict[str, Tenant], tmp_path: Path) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"])
    argv = (*CHILD, str(step_id), str(cedar.pk), str(tmp_path), "0.4", "600", "2")

    with running(tmp_path / "log", *argv) as worker:
        wait_until((tmp_path / "begun").exists, log=tmp_path / "log")
        time.sleep(3)
        (tmp_path / "go").touch()
        assert worker.wait(60) == 0


def test_a_good_end_forgives_the_losses_before_it(committed: dict[str, Tenant]) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"])
    Step.objects.filter(pk=step_id).update(losses=3)

    run.step(step_id, tenant_id=cedar.pk, stages=path.Path().stages(fine))

    assert (row(step_id).state, row(step_id).losses) == (State.DONE, 0)
