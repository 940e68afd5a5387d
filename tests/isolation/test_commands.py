"""What works without a page: every command and every task, told to work for one tenant, leaves the other alone."""

import io

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from pytest_django import Settings

from pipeline.celery import app, keep_house
from pipeline.steps import run
from pipeline.steps.models import Step
from tenants.management.switched_off import SwitchedOff
from tenants.models import Membership, Tenant, WebhookDoor
from tests.isolation.contents import WORDS, snapshot
from tests.repo.test_reference import OURS

pytestmark = pytest.mark.django_db

OF_ONE_TENANT = {
    "reprocess_stuck_calls",
    "create_tenant",
    "connect_crm",
    "add_member",
    "webhook_secret",
    "verify_audit",
}
"""Commands that a tenant can be named to."""
OF_ONE_TENANT |= {"pause", "resume", "queue_status"}  # tests/pipeline/support/test_pause.py
OF_ONE_TENANT |= {"recent_errors"}  # tests/pipeline/health/test_recent_errors.py
OF_NO_TENANT = {
    "migrate": "makes tables, reads and writes no rows of a tenant",
    "migrate_schemas": "the same",
    "relay": "hands out ids of public steps; the worker enters the tenant",
    "demo": "makes a tenant of its own",
    "sandbox": "has no database",
    "processes": "shows what runs; no row is a tenant's",
    "restart_workers": "ends workers, who work for all",
    "rotate_keys": "seals all secrets anew, each in its own place",
}
TASKS = {"pipeline.step", "pipeline.housekeeping"}


def commands() -> set[str]:
    """Return our commands, those that are switched off apart."""
    ours = {name: one for name, one in get_commands().items() if str(one).split(".")[0] in OURS}
    return {name for name, one in ours.items() if not isinstance(load_command_class(str(one), name), SwitchedOff)}


def test_every_command_and_task_has_its_place_in_the_matrix() -> None:
    assert commands() == OF_ONE_TENANT | set(OF_NO_TENANT)
    assert {name for name in app.tasks if not name.startswith("celery.")} == TASKS


def reprocess(*words: str) -> str:
    out = io.StringIO()
    call_command("reprocess_stuck_calls", *words, stdout=out)
    return out.getvalue()


def test_another_tenants_call_is_not_run_again(two: tuple[Tenant, Tenant]) -> None:
    before = snapshot(two[1])

    with pytest.raises(CommandError, match="Tenant cedar has no call 'CAL-parked'"):
        reprocess("--tenant=cedar", "--call-id=CAL-parked")

    assert snapshot(two[1]) == before


@pytest.mark.parametrize("words", [["--older-than=0s"], ["--call-id=CAL-refused"], ["--older-than=0s", "--stage=sync"]])
def test_one_tenants_stuck_calls_run_again_and_the_others_do_not(two: tuple[Tenant, Tenant], words: list[str]) -> None:
    cedar, birch = two
    Step.objects.update(created_at="2026-01-01T00:00:00Z")
    before, own = snapshot(birch), snapshot(cedar)

    shown = reprocess("--tenant=cedar", *words)

    assert snapshot(birch) == before
    assert snapshot(cedar) != own
    assert "birch" not in shown
    assert WORDS["birch"] not in shown


def test_a_taken_tenant_is_not_made_again(two: tuple[Tenant, Tenant]) -> None:
    before = snapshot(two[1])

    with pytest.raises(CommandError, match="There is a tenant 'birch' already"):
        call_command("create_tenant", "birch", "--owner=eve@cedar.example")

    assert snapshot(two[1]) == before


def test_a_member_of_one_tenant_is_none_of_another(two: tuple[Tenant, Tenant]) -> None:
    cedar, birch = two
    before = snapshot(birch)

    call_command("add_member", "--tenant=cedar", "--email=new@cedar.example", "--role=admin", stdout=io.StringIO())

    assert snapshot(birch) == before
    assert list(Membership.objects.filter(user__email="new@cedar.example").values_list("tenant", "role")) == [
        (cedar.pk, "admin")
    ]


def doors_of(*tenants: Tenant) -> list[tuple[object, ...]]:
    """Return the webhook doors of these tenants, one each, as they stand."""
    return [WebhookDoor.objects.values_list().get(tenant=tenant) for tenant in tenants]


def test_one_tenants_new_secret_is_no_other_ones(two: tuple[Tenant, Tenant]) -> None:
    cedar, birch = two
    before, doors = snapshot(birch), doors_of(cedar, birch)
    out = io.StringIO()

    call_command("webhook_secret", "cedar", "--renew", stdout=out)

    assert snapshot(birch) == before
    assert [old == new for old, new in zip(doors, doors_of(cedar, birch), strict=True)] == [False, True]
    assert "birch" not in out.getvalue()


def test_one_tenants_trail_is_walked_alone(two: tuple[Tenant, Tenant]) -> None:
    before = snapshot(two[1])
    out = io.StringIO()

    call_command("verify_audit", "--tenant", "cedar", stdout=out)

    assert snapshot(two[1]) == before
    assert out.getvalue().split()[0] == "cedar"
    assert "birch" not in out.getvalue()


def test_one_tenants_credentials_are_no_other_ones(
    two: tuple[Tenant, Tenant], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    cedar, birch = two
    settings.HUBSPOT_URL = "http://127.0.0.1:9"
    monkeypatch.setattr("sys.stdin", io.StringIO('{"access_token": "pat-na1-cedars"}'))
    before, own = snapshot(birch), snapshot(cedar)

    with pytest.raises(CommandError, match="Stored, but it does not work yet"):
        call_command("connect_crm", "hubspot", "--tenant=cedar")

    assert snapshot(birch) == before
    assert snapshot(cedar) != own


def test_a_step_told_with_another_tenants_id_touches_neither(two: tuple[Tenant, Tenant]) -> None:
    from pipeline.stages import STAGES

    cedar, birch = two
    Step.objects.update(state="waiting", next_attempt_at="2026-01-01T00:00:00Z")
    before = snapshot(cedar), snapshot(birch)

    for step in Step.objects.filter(tenant=birch):
        run.step(step.pk, tenant_id=cedar.pk, stages=STAGES)

    after = snapshot(cedar), snapshot(birch)
    assert after == before


def test_housekeeping_touches_no_tenants_rows(two: tuple[Tenant, Tenant]) -> None:
    before = snapshot(two[0]), snapshot(two[1])

    keep_house()

    assert (snapshot(two[0]), snapshot(two[1])) == before
