"""Postgres at fault: a schema that is damaged or locked, a table changed under a worker, a connection that broke."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django.fixtures import Settings

from pipeline import errors
from pipeline.steps import claim, lease, relay, run, shutdown, sweep
from pipeline.steps.models import State
from pipeline.steps.relay import Relay
from pipeline.steps.stage import Due, Job, Outcome
from tenants.models import Tenant
from tests.pipeline.steps.path import LONG_AGO, Path, attempts, born, fine, raises, row
from tests.pipeline.steps.processes import wait_until

Tenants = dict[str, Tenant]


def as_owner(statement: str) -> None:
    with closing(psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True)) as owner:
        owner.execute(statement)


def cut(one: BaseDatabaseWrapper) -> None:
    """End a connection as a restart of Postgres does."""
    with one.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    as_owner(f"SELECT pg_terminate_backend({backend}, 5000)")


@contextmanager
def changed(there: str, back: str) -> Iterator[None]:
    """Run a statement as the owner, and the one that undoes it in the end."""
    as_owner(there)
    try:
        yield
    finally:
        connection.close()
        as_owner(back)


@contextmanager
def history_away(tenant: Tenant) -> Iterator[None]:
    schema = f'ALTER TABLE "{tenant.schema_name}"'
    with changed(f"{schema}.history_attempt RENAME TO away", f"{schema}.away RENAME TO history_attempt"):
        yield


@pytest.fixture
def lost(committed: Tenants) -> list[int]:
    """Let a worker be lost with a step of cedar, then one of birch."""
    ids = [born(committed[slug]) for slug in ("cedar", "birch")]
    for step_id, slug in zip(ids, ("cedar", "birch"), strict=True):
        assert claim.take(step_id, tenant_id=committed[slug].pk, worker="lost")
        type(row(step_id)).objects.filter(pk=step_id).update(lease_until=LONG_AGO)
    return ids


def states(step_ids: list[int]) -> list[str]:
    return [row(step_id).state for step_id in step_ids]


def test_a_tenant_whose_history_is_gone_stops_no_other_tenants_sweep(committed: Tenants, lost: list[int]) -> None:
    with history_away(committed["cedar"]):
        freed = sweep.run()

    assert (freed, states(lost)) == (2, [State.WAITING, State.WAITING])
    assert [row(step_id).losses for step_id in lost] == [1, 1]
    assert attempts(committed["birch"]) == [("first", 1, "lost", "worker.lost")]


def test_a_locked_history_is_waited_for_once_not_once_a_step(
    committed: Tenants, lost: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    other = born(committed["cedar"], Due(stage="first", queue="intake", subject=2, lane="call:2"))
    assert claim.take(other, tenant_id=committed["cedar"].pk, worker="lost")
    type(row(other)).objects.filter(pk=other).update(lease_until=LONG_AGO)

    with closing(psycopg.connect(settings.DATABASE_OWNER_URL)) as owner:
        owner.execute(f'LOCK TABLE "{committed["cedar"].schema_name}".history_attempt')
        freed = sweep.run()

    assert (freed, states([*lost, other])) == (3, [State.WAITING] * 3)
    assert [record.msg for record in caplog.records].count("sweep.no_history") == 1


def test_a_step_whose_history_cant_be_written_ends_all_the_same(committed: Tenants) -> None:
    step_id = born(committed["cedar"])
    stages = Path().stages(raises(errors.Permanent("crm.invalid", "HubSpot refused a value.")))

    with history_away(committed["cedar"]):
        run.step(step_id, tenant_id=committed["cedar"].pk, stages=stages)

    assert (row(step_id).state, row(step_id).code) == (State.DEAD, "crm.invalid")


def test_a_relay_that_lost_its_connection_in_a_sweep_leads_no_more(
    committed: Tenants, lost: list[int], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.STEP_SWEEP_SECONDS = 0
    freed = sweep._freed

    def cut_off(step_id: int, *, has_history: bool) -> bool:
        monkeypatch.setattr(sweep, "_freed", freed)
        cut(connection)
        return freed(step_id, has_history=has_history)

    monkeypatch.setattr(sweep, "_freed", cut_off)
    with pytest.raises(OperationalError):  # its command waits and begins again
        Relay(lambda queue, pairs: None).run(lambda: False)

    rounds = iter([False, False, True, True])
    Relay(lambda queue, pairs: None).run(lambda: next(rounds))
    assert [row(step_id).losses for step_id in lost] == [1, 1]


def test_a_relay_whose_connection_was_replaced_takes_its_lock_again(
    committed: Tenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def look() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            held.append(cursor.fetchone()[0])
        if len(held) == 1:
            connection.close()
            connection.ensure_connection()
        return []

    monkeypatch.setattr(relay, "due_queues", look)
    Relay(lambda queue, pairs: None).run(lambda: len(held) > 2)

    assert held == [1, 1, 1]


@pytest.mark.parametrize("bad", ["\x00", "\ud800"], ids=["NUL", "half a character"])
def test_what_postgres_cant_store_keeps_no_error_from_ending_its_step(committed: Tenants, bad: str) -> None:
    step_id = born(committed["cedar"])
    stages = Path().stages(raises(errors.Permanent("crm.invalid", f"HubSpot said {bad}no.")))

    run.step(step_id, tenant_id=committed["cedar"].pk, stages=stages)

    assert (row(step_id).state, row(step_id).code) == (State.DEAD, "crm.invalid")
    assert attempts(committed["cedar"]) == [("first", 1, "dead", "crm.invalid")]


def test_a_worker_goes_on_after_a_migration_widened_a_column(committed: Tenants) -> None:
    cedar, path = committed["cedar"], Path()
    ids = [born(cedar, Due(stage="first", queue="intake", subject=n, lane=f"call:{n}")) for n in range(3)]
    run.step(ids[0], tenant_id=cedar.pk, stages=path.stages(fine))
    widen = "ALTER TABLE public.steps_step ALTER COLUMN worker TYPE varchar({})"

    with changed(widen.format(200), widen.format(128)):
        for step_id in ids[1:]:
            run.step(step_id, tenant_id=cedar.pk, stages=path.stages(fine))

        assert states(ids) == [State.DONE] * 3


def test_long_work_outlives_the_connection_it_began_with(committed: Tenants, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LONG_SECONDS", 0)
    step_id = born(committed["cedar"])

    def work(job: Job) -> Outcome:
        cut(connection)
        return Outcome("an hour of Whisper")

    run.step(step_id, tenant_id=committed["cedar"].pk, stages=Path().stages(work))

    assert (row(step_id).state, row(step_id).attempts) == (State.DONE, 1)


def test_a_worker_that_cant_give_its_step_back_keeps_it_until_it_can(
    committed: Tenants, monkeypatch: pytest.MonkeyPatch, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    cedar = committed["cedar"]
    ends: list[int] = []
    monkeypatch.setattr(os, "_exit", ends.append)
    settings.STEP_LEASE_RENEW_SECONDS = 0.2
    there, back = f'"{cedar.schema_name}"', "away"
    seen = []

    def said() -> bool:
        return "step.not_given_back" in [record.msg for record in caplog.records]

    def work(job: Job) -> Outcome:
        with changed(f"ALTER SCHEMA {there} RENAME TO {back}", f"ALTER SCHEMA {back} RENAME TO {there}"):
            monkeypatch.setattr(shutdown, "_over_at", 0.0)
            wait_until(said)
            seen.append((row(step_id).state, list(ends)))
        wait_until(lambda: bool(ends))
        monkeypatch.setattr(shutdown, "_over_at", float("inf"))
        return Outcome("too late")

    step_id = born(cedar)
    run.step(step_id, tenant_id=cedar.pk, stages=Path().stages(work))

    assert seen == [(State.RUNNING, [])]
    assert ends[0] == lease.STOPPED_EXIT
    assert row(step_id).state == State.WAITING
