"""The tasks: a message that names no valid tenant does nothing, and what a worker runs leaves it in `public`."""

from collections.abc import Iterator

import pytest
from django.db import connection

from calls.models import Call
from pipeline import clock
from pipeline.celery import app, keep_house, run_step
from pipeline.steps import claim
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import State, Step
from pipeline.steps.stage import Due
from tenants.models import Tenant
from tenants.scope import scope
from tests.tenants.schemas import Owner

TASKS = {"pipeline.step": run_step, "pipeline.housekeeping": keep_house}


@pytest.fixture
def cedar(committed: dict[str, Tenant]) -> Iterator[Tenant]:
    """Give a tenant whose changes are committed, as a worker's are; it is as before after the test."""
    yield committed["cedar"]
    Tenant.objects.filter(slug="cedar").update(state=Tenant.State.ACTIVE)


@pytest.fixture
def birch(committed: dict[str, Tenant]) -> Tenant:
    return committed["birch"]


def due_step(tenant: Tenant) -> int:
    """Make a call whose recording step is due: it has no recording, so a run skips it."""
    with scope(tenant):
        call = Call.objects.create(external_id="CAL1", started_at=clock.now(), duration=60)
    return claim.birth(tenant.pk, Due("recording", "audio", call.pk, f"call:{call.pk}"))


def state_of(step_id: int) -> tuple[str, int, str]:
    step = Step.objects.get(pk=step_id)
    return step.state, step.attempts, step.code


def attempts(tenant: Tenant) -> int:
    with scope(tenant):
        return Attempt.objects.count()


def test_every_task_is_known_here() -> None:
    assert {name for name in app.tasks if not name.startswith("celery.")} == set(TASKS)


def test_a_step_with_its_own_tenant_runs(cedar: Tenant) -> None:
    step_id = due_step(cedar)

    run_step(step_id=step_id, tenant_id=cedar.pk)

    assert state_of(step_id)[:2] == (State.SKIPPED, 1)


@pytest.mark.parametrize("tenant_id", [0, -1, 2**31 - 1])
def test_a_tenant_that_there_is_not_runs_nothing(cedar: Tenant, tenant_id: int) -> None:
    step_id = due_step(cedar)

    run_step(step_id=step_id, tenant_id=tenant_id)

    assert state_of(step_id) == (State.WAITING, 0, "")


def test_another_tenants_step_is_not_run_and_nothing_is_written_in_either(cedar: Tenant, birch: Tenant) -> None:
    step_id = due_step(cedar)
    due_step(birch)  # the same subject is there

    run_step(step_id=step_id, tenant_id=birch.pk)

    assert state_of(step_id)[1] == 0
    assert (attempts(cedar), attempts(birch)) == (0, 0)


@pytest.mark.parametrize("state", [Tenant.State.SUSPENDED, Tenant.State.PROVISIONING])
def test_a_tenant_that_is_not_active_runs_nothing(cedar: Tenant, state: str) -> None:
    step_id = due_step(cedar)
    Tenant.objects.filter(pk=cedar.pk).update(state=state)

    run_step(step_id=step_id, tenant_id=cedar.pk)

    assert state_of(step_id) == (State.WAITING, 0, "")


@pytest.mark.parametrize("words", [{}, {"step_id": 1}, {"tenant_id": 1}, {"step_id": 1, "tenant": 1}])
def test_a_message_that_names_no_tenant_is_an_error(words: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        run_step(**words)


def test_a_missing_schema_puts_the_step_off_and_touches_no_other(owner: Owner, slug: str) -> None:
    tenant = Tenant.objects.create(slug=slug, schema_name=f"t_{slug}", name="Lost", state=Tenant.State.ACTIVE)
    step_id = claim.birth(tenant.pk, Due("recording", "audio", 1, "call:1"))

    run_step(step_id=step_id, tenant_id=tenant.pk)

    assert state_of(step_id) == (State.WAITING, 1, "tenant.schema_missing")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), to_regclass('history_attempt')")
        assert cursor.fetchone() == ("public", None)
