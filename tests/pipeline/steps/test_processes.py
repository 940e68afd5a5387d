"""Relays and Celery workers as real processes, killed while they work, on a broker that is killed too."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings as configured
from django.db import connection
from pytest_django import Settings

from calls.models import Call
from pipeline import errors
from pipeline.celery import app
from pipeline.health import heartbeat
from pipeline.health.models import Process
from pipeline.local.valkey import Valkey
from pipeline.steps import backoff, claim, run, sweep
from pipeline.steps.models import State, Step
from pipeline.steps.relay import round_of
from pipeline.steps.stage import Due, Job, Outcome
from tenants.audit.actor import COMMAND
from tenants.models import Tenant
from tenants.scope import scope
from tests.pipeline.steps import processes
from tests.pipeline.steps.path import LONG_AGO, attempts, born, fine, raises, row
from tests.pipeline.steps.path import Path as Steps
from tests.pipeline.steps.processes import lines, running, wait_until

RELAY = ("manage.py", "relay")
WORKER = (
    *("-m", "celery", "-A", "tests.pipeline.steps.worker_app:app", "worker", "--pool", "solo", "--queues", "audio"),
    *("--without-gossip", "--without-mingle", "--loglevel", "INFO", "--hostname"),
)


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    """Run a broker of these tests' own, which they may kill."""
    folder = Path(tempfile.mkdtemp(prefix="pipeline-broker-"))
    folder.chmod(0o755)
    server = Valkey(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def broker(valkey: Valkey) -> "redis.Redis":
    client = redis.Redis.from_url(valkey.url())
    client.flushdb()
    return client


def births(tenant: Tenant, subjects: range) -> None:
    for subject in subjects:
        born(tenant, Due("first", "audio", subject, f"call:{subject}"))


def kill(server: Valkey) -> None:
    pid = server.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: server.pid() is None)


def queued() -> int:
    return Step.objects.filter(state=State.QUEUED).count()


def test_the_second_relay_takes_over_and_waits_for_a_broker_that_was_killed(
    committed: dict[str, Tenant], valkey: Valkey, broker: "redis.Redis", tmp_path: Path
) -> None:
    logs = (tmp_path / "one", tmp_path / "two")
    leads = [lambda log=log: "relay.leads" in log.read_text() for log in logs]

    with running(logs[0], *RELAY, REDIS_URL=valkey.url()) as one:
        wait_until(leads[0], log=logs[0])
        with running(logs[1], *RELAY, REDIS_URL=valkey.url()) as two:
            births(committed["cedar"], range(2))
            wait_until(lambda: broker.llen("audio") == 2, log=logs[0])
            assert not leads[1]()

            os.kill(one.pid, signal.SIGKILL)
            wait_until(leads[1], log=logs[1])
            births(committed["birch"], range(2))
            wait_until(lambda: broker.llen("audio") == 4, log=logs[1])

            kill(valkey)
            births(committed["cedar"], range(2, 3))
            wait_until(lambda: "relay.broker_away" in logs[1].read_text(), log=logs[1])
            valkey.restart()
            broker.delete("audio")
            wait_until(lambda: queued() == 5 and broker.llen("audio"), log=logs[1])
            assert two.poll() is None


def test_a_relay_whose_connection_postgres_ended_leads_again(
    committed: dict[str, Tenant], valkey: Valkey, broker: "redis.Redis", tmp_path: Path
) -> None:
    log = tmp_path / "log"

    with running(log, *RELAY, REDIS_URL=valkey.url()):
        wait_until(lambda: log.read_text().count("relay.leads") == 1, log=log)
        assert processes.end_backends("%unnest(%") == 1
        wait_until(lambda: log.read_text().count("relay.leads") == 2, log=log)
        births(committed["cedar"], range(1))
        wait_until(lambda: broker.llen("audio") == 1, log=log)


def test_hints_that_a_dead_broker_does_not_take_are_an_error_that_the_relay_waits_for(tmp_path: Path) -> None:
    code = (
        "import django; django.setup()\n"
        "from pipeline.celery import hint\n"
        "try:\n    hint('audio', [(1, 1)])\n"
        "except OSError as error:\n    print(type(error).__name__)"
    )

    with running(tmp_path / "log", "-c", code, REDIS_URL="redis://127.0.0.1:1/0") as process:
        assert process.wait(60) == 0

    assert lines(tmp_path / "log") == ["ConnectionError"]


def test_a_worker_killed_in_its_task_and_then_the_broker_lose_nothing_and_double_nothing(
    committed: dict[str, Tenant], valkey: Valkey, broker: "redis.Redis", tmp_path: Path
) -> None:
    cedar, log, told = committed["cedar"], tmp_path / "log", {"REDIS_URL": valkey.url(), "FOLDER": str(tmp_path)}
    (tmp_path / "hold").touch()
    births(cedar, range(6))

    with running(log, *RELAY, REDIS_URL=valkey.url()), running(log, *WORKER, "one@a", **told) as one:
        wait_until(lambda: lines(tmp_path / "begun"), log=log)
        with running(log, *WORKER, "two@b", **told):
            wait_until(lambda: len(lines(tmp_path / "begun")) == 2, log=log)
            [killed] = [line.split()[0] for line in lines(tmp_path / "begun") if line.endswith(f" {one.pid}")]
            os.kill(one.pid, signal.SIGKILL)
            one.wait()
            Step.objects.filter(state=State.RUNNING, subject=killed).update(lease_until=LONG_AGO)
            kill(valkey)
            valkey.restart()
            broker.flushdb()
            (tmp_path / "hold").unlink()
            Step.objects.filter(state=State.QUEUED).update(lease_until=LONG_AGO)
            sweep.run()
            wait_until(lambda: Step.objects.filter(stage="second", state=State.DONE).count() == 6, log=log)

    with scope(cedar):
        assert sorted(Call.objects.values_list("external_id", flat=True)) == [f"CAL{number}" for number in range(6)]
    assert not Step.objects.exclude(state=State.DONE).exists()
    assert dict(Step.objects.filter(stage="first").values_list("subject", "attempts")) == {
        number: 2 if str(number) == killed else 1 for number in range(6)
    }


# --- a worker that is told to stop ------------------------------------------------------------------------


@pytest.fixture
def relayed(valkey: Valkey, broker: "redis.Redis", tmp_path: Path) -> Iterator[None]:
    with running(tmp_path / "relay", *RELAY, REDIS_URL=valkey.url()):
        yield


@contextmanager
def working(valkey: Valkey, folder: Path, *, stop_seconds: float) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a worker that has begun a step."""
    log, begun = folder / "log", len(lines(folder / "begun"))
    told = {"REDIS_URL": valkey.url(), "FOLDER": str(folder), "STOP_SECONDS": str(stop_seconds)}
    with running(log, *WORKER, f"{begun}@a", **told) as worker:
        wait_until(lambda: len(lines(folder / "begun")) > begun, log=log)
        yield worker


@pytest.mark.usefixtures("relayed")
def test_a_stop_that_cuts_work_off_gives_it_back_at_once_unspent_and_uncounted(
    committed: dict[str, Tenant], valkey: Valkey, tmp_path: Path
) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"], Due("first", "audio", 1, "call:1"))
    Step.objects.filter(pk=step_id).update(losses=backoff.LOSSES - 1)
    (tmp_path / "hold").touch()

    with working(valkey, tmp_path, stop_seconds=0.3) as worker:
        before = row(step_id)
        worker.terminate()
        assert worker.wait(60) == 0
        (tmp_path / "hold").unlink()
        after = row(step_id)
    with working(valkey, tmp_path, stop_seconds=60):
        wait_until(lambda: Step.objects.filter(stage="second", state=State.DONE).exists(), log=tmp_path / "log")

    assert (before.state, before.attempts) == (State.RUNNING, 1)
    assert after.state in {State.WAITING, State.QUEUED}
    assert (after.attempts, after.losses, after.recovering) == (0, backoff.LOSSES - 1, True)
    assert before.lease_until
    assert after.next_attempt_at < before.lease_until  # at once, not when the lease would have ended
    assert attempts(cedar)[:2] == [("first", 1, "stopped", "worker.stopped"), ("first", 1, "done", "")]
    assert (row(step_id).state, row(step_id).losses, row(step_id).fence) == (State.DONE, 0, 2)


@pytest.mark.usefixtures("relayed")
def test_work_that_ends_in_time_ends_well_and_nothing_new_is_begun(
    committed: dict[str, Tenant], valkey: Valkey, tmp_path: Path
) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"], Due("first", "audio", 1, "call:1"))
    (tmp_path / "hold").touch()

    with working(valkey, tmp_path, stop_seconds=60) as worker:
        worker.terminate()
        wait_until(lambda: "Warm shutdown" in (tmp_path / "log").read_text(), log=tmp_path / "log")
        (tmp_path / "hold").unlink()
        assert worker.wait(60) == 0

    assert (row(step_id).state, row(step_id).attempts) == (State.DONE, 1)
    assert attempts(cedar) == [("first", 1, "done", "")]
    assert Step.objects.get(stage="second").attempts == 0


@pytest.mark.usefixtures("relayed")
def test_a_stopped_worker_gives_nothing_back_that_is_another_ones_by_now(
    committed: dict[str, Tenant], valkey: Valkey, tmp_path: Path
) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"], Due("first", "audio", 1, "call:1"))
    (tmp_path / "hold").touch()

    with working(valkey, tmp_path, stop_seconds=0.3) as worker:
        # Swept and taken by the other worker in one instant, as the relay's own sweep might do it.
        Step.objects.filter(pk=step_id).update(fence=7, worker="other")
        worker.terminate()
        assert worker.wait(60) == 0

    assert (row(step_id).state, row(step_id).worker, row(step_id).attempts) == (State.RUNNING, "other", 1)
    assert attempts(cedar) == []


@pytest.mark.usefixtures("relayed")
def test_a_worker_that_is_asked_to_start_anew_ends_its_step_first(
    committed: dict[str, Tenant], valkey: Valkey, tmp_path: Path
) -> None:
    step_id = born(committed["cedar"], Due("first", "audio", 1, "call:1"))
    (tmp_path / "hold").touch()

    with working(valkey, tmp_path, stop_seconds=60) as worker:
        wait_until(lambda: Process.objects.filter(pid=worker.pid).exists(), log=tmp_path / "log")
        [asked] = heartbeat.restart_workers(by=COMMAND)
        wait_until(lambda: "process.restarts" in (tmp_path / "log").read_text(), log=tmp_path / "log")
        assert row(step_id).state == State.RUNNING
        (tmp_path / "hold").unlink()
        assert worker.wait(60) == 0

    assert row(step_id).state == State.DONE
    asked.refresh_from_db()
    assert asked.ended_at
    assert not heartbeat.is_alive(asked)


# --- at once, on connections of their own -----------------------------------------------------------------


def in_threads(many: int, work: Callable[[], object]) -> None:
    def call() -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_rounds_at_once_hand_out_each_step_once(committed: dict[str, Tenant]) -> None:
    births(committed["cedar"], range(40))
    births(committed["birch"], range(40))
    sent: list[tuple[int, int]] = []

    in_threads(4, lambda: round_of("audio", free=16, publish=lambda _, pairs: sent.extend(pairs)))

    assert len(sent) == len(set(sent)) == queued()
    assert sent


def test_a_row_that_somebody_holds_keeps_neither_relay_nor_sweep_waiting(committed: dict[str, Tenant]) -> None:
    births(committed["cedar"], range(4))
    sent: list[tuple[int, int]] = []
    due, hinted, lost, free = Step.objects.order_by("pk")
    Step.objects.filter(pk=hinted.pk).update(state=State.QUEUED, lease_until=LONG_AGO)
    claim.take(lost.pk, tenant_id=lost.tenant_id, worker="doomed")
    Step.objects.filter(pk=lost.pk).update(lease_until=LONG_AGO)

    with psycopg.connect(configured.DATABASE_URL) as other:
        other.execute("SELECT FROM steps_step WHERE id = ANY(%s) FOR UPDATE", [[due.pk, hinted.pk, lost.pk]])
        assert sweep.run() == 0
        round_of("audio", free=16, publish=lambda _, pairs: sent.extend(pairs))
        assert sent == [(free.pk, free.tenant_id)]
    assert sweep.run() == 2


def test_sweeps_at_once_free_a_step_once(committed: dict[str, Tenant]) -> None:
    step_id = born(committed["cedar"])
    claim.take(step_id, tenant_id=committed["cedar"].pk, worker="doomed")
    Step.objects.update(lease_until=LONG_AGO)
    freed: list[int] = []

    in_threads(4, lambda: freed.append(sweep.run()))

    assert sorted(freed) == [0, 0, 0, 1]
    assert (row(step_id).losses, row(step_id).fence) == (1, 2)


def test_workers_that_take_one_lanes_steps_at_once_run_one(committed: dict[str, Tenant]) -> None:
    cedar = committed["cedar"]
    made = [born(cedar, Due("sync", "crm", number, "lead:1")) for number in range(6)]
    taken: list[claim.Claim | None] = []

    def take() -> None:
        taken.extend(claim.take(step_id, tenant_id=cedar.pk, worker="one") for step_id in made)

    in_threads(4, take)

    assert len([one for one in taken if one]) == 1
    assert Step.objects.filter(state=State.RUNNING).count() == 1


# --- one worker's connection ------------------------------------------------------------------------------


def test_a_task_runs_on_after_postgres_ended_the_workers_connection(
    committed: dict[str, Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    cedar, step_id = committed["cedar"], born(committed["cedar"])
    monkeypatch.setattr("pipeline.stages.STAGES", Steps().stages(fine))
    assert row(step_id).state == State.WAITING
    with psycopg.connect(configured.DATABASE_OWNER_URL, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])

    app.tasks["pipeline.step"].apply(kwargs={"step_id": step_id, "tenant_id": cedar.pk}, throw=True)

    assert row(step_id).state == State.DONE


def test_work_goes_on_on_a_fresh_connection_once_it_was_in_some_hundred_tenants(
    committed: dict[str, Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.scope.WORN_AFTER", 1)
    backends: list[int] = []

    def note(job: Job) -> Outcome:
        backends.append(connection.connection.info.backend_pid)
        return fine(job)

    stages = Steps().stages(note)
    for slug in ("cedar", "birch", "cedar", "birch"):
        run.step(born(committed[slug]), tenant_id=committed[slug].pk, stages=stages)

    assert [backends[0] == backends[1], backends[1] == backends[2], backends[2] == backends[3]] == [True, False, True]


def test_seventy_six_hours_of_retries_pass_in_a_moment_of_scaled_time(
    committed: dict[str, Tenant], settings: Settings
) -> None:
    settings.TIME_SCALE = 1_000_000
    cedar, path = committed["cedar"], Steps()
    step_id, stages = born(cedar), path.stages(raises(errors.Transient("crm.unavailable")))
    too_early = 0

    while row(step_id).state != State.DEAD:
        before = len(path.jobs)
        run.step(step_id, tenant_id=cedar.pk, stages=stages)
        too_early += len(path.jobs) == before

    assert [job.attempt for job in path.jobs] == list(range(1, backoff.ATTEMPTS + 1))
    assert too_early
