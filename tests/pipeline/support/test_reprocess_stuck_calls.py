"""`manage.py reprocess_stuck_calls`: the guide's "Manual Reprocess"."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command

from calls.models import Call
from pipeline.steps import claim
from pipeline.steps.models import State, Step
from pipeline.steps.stage import Due
from tenants.models import Tenant
from tenants.scope import scope

pytestmark = pytest.mark.django_db

LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def stopped_call(tenant: Tenant, external_id: str, *, state: State = State.DEAD) -> int:
    """Make a call whose recording step has ended in this state; returns the step's id."""
    with scope(tenant):
        call = Call.objects.create(external_id=external_id, started_at=LONG_AGO, duration=60)
    step_id = claim.birth(tenant.pk, Due("recording", "audio", call.pk, f"call:{call.pk}"))
    Step.objects.filter(pk=step_id).update(
        state=state, attempts=11, code="recording.not_found", created_at=LONG_AGO, next_attempt_at=LONG_AGO
    )
    return step_id


def reprocess(*args: str) -> str:
    out = io.StringIO()
    call_command("reprocess_stuck_calls", *args, stdout=out)
    return out.getvalue()


def states() -> dict[int, tuple[str, int]]:
    return {step.pk: (step.state, step.attempts) for step in Step.objects.all()}


def test_one_call_runs_again_with_a_fresh_budget(cedar: Tenant) -> None:
    step_id, other = stopped_call(cedar, "CAL1"), stopped_call(cedar, "CAL2")

    shown = reprocess("--call-id=CAL1")

    assert states() == {step_id: (State.WAITING, 0), other: (State.DEAD, 11)}
    assert shown == ("cedar  recording  dead  recording.not_found  since 2026-01-01 00:00:00Z\n1 will run again now.\n")


def test_a_dry_run_changes_nothing(cedar: Tenant) -> None:
    step_id = stopped_call(cedar, "CAL1")

    shown = reprocess("--older-than=1h", "--dry-run")

    assert states() == {step_id: (State.DEAD, 11)}
    assert shown.endswith("1 would run again. Nothing was changed.\n")


def test_an_old_call_that_stopped_a_moment_ago_is_left_out(cedar: Tenant) -> None:
    step_id = stopped_call(cedar, "CAL1")
    Step.objects.filter(pk=step_id).update(started_at=dt.datetime.now(dt.UTC))

    assert reprocess("--older-than=10m") == "0 will run again now.\n"
    assert reprocess("--older-than=0s").endswith("1 will run again now.\n")


def test_all_stuck_calls_of_one_tenant_leave_the_other_tenants_alone(cedar: Tenant, birch: Tenant) -> None:
    ours, theirs = stopped_call(cedar, "CAL1"), stopped_call(birch, "CAL1")

    reprocess("--tenant=cedar")

    assert states() == {ours: (State.WAITING, 0), theirs: (State.DEAD, 11)}


def test_a_call_that_went_well_runs_again_only_from_a_named_stage(cedar: Tenant) -> None:
    step_id = stopped_call(cedar, "CAL1", state=State.DONE)

    with pytest.raises(CommandError, match="is not stuck"):
        reprocess("--call-id=CAL1", "--tenant=cedar")
    reprocess("--call-id=CAL1", "--tenant=cedar", "--stage=recording")

    assert states() == {step_id: (State.WAITING, 0)}


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--call-id=CAL404"], "No tenant has a call 'CAL404'. Check the id: it stands at the top of the call's page."),
        (["--call-id=CAL404", "--tenant=cedar"], "Tenant cedar has no call 'CAL404'"),
        (["--tenant=nobody"], "There is no active tenant 'nobody'"),
        (["--older-than=soon"], "'soon' is no span of time"),
    ],
)
def test_what_can_not_be_found_is_said(cedar: Tenant, args: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        reprocess(*args)


def test_a_step_that_runs_is_not_stuck(cedar: Tenant) -> None:
    step_id = stopped_call(cedar, "CAL1", state=State.WAITING)
    held = claim.take(step_id, tenant_id=cedar.pk, worker="one")

    shown = reprocess("--older-than=10m")

    assert held
    assert shown == "0 will run again now.\n"
    assert not Step.objects.get(pk=step_id).rerun


def test_of_a_calls_crms_the_first_runs_again_and_brings_the_others_along(cedar: Tenant) -> None:
    with scope(cedar):
        call = Call.objects.create(external_id="CAL1", started_at=LONG_AGO, duration=60)
    made = [
        claim.birth(cedar.pk, Due("sync", "crm", call.pk, "lead:1", target=crm)) for crm in ("hubspot", "pipedrive")
    ]
    Step.objects.update(state=State.DEAD, code="crm.invalid", attempts=11)

    shown = reprocess("--call-id=CAL1", "--stage=sync")

    assert states() == {made[0]: (State.WAITING, 0), made[1]: (State.DEAD, 11)}
    assert shown.endswith("1 will run again now.\n")


def test_a_tenant_whose_schema_is_missing_hides_no_call_of_another(cedar: Tenant) -> None:
    Tenant.objects.create(slug="gone", schema_name="t_gone", state=Tenant.State.ACTIVE)
    step_id = stopped_call(cedar, "CAL1")

    reprocess("--call-id=CAL1")

    assert states() == {step_id: (State.WAITING, 0)}
    with pytest.raises(CommandError, match="The schema of tenant gone is missing"):
        reprocess("--call-id=CAL404")
