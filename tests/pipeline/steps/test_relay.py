"""The relay: fair between tenants, bounded, pausable, and indifferent to a lost Redis."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from pipeline.celery import app, hint
from pipeline.steps import claim, pause, relay, run, sweep
from pipeline.steps.models import Pause, State, Step
from pipeline.steps.relay import AHEAD, Relay, round_of
from pipeline.steps.stage import Due, Outcome, Stage
from tenants.models import Tenant

pytestmark = pytest.mark.django_db

Pairs = list[tuple[int, int]]


class Sent:
    """Takes hints in the test's process."""

    def __init__(self) -> None:
        self.pairs: Pairs = []

    def __call__(self, queue: str, pairs: Pairs) -> None:
        self.pairs += pairs


def births(tenant: Tenant, many: int, *, stage: str = "recording", target: str = "", delay: float = 0) -> list[int]:
    return [
        claim.birth(tenant.pk, Due(stage, "audio", number, f"call:{number}", target=target, delay=delay))
        for number in range(many)
    ]


def handed(free: int = 64) -> Counter[int]:
    sent = Sent()
    round_of("audio", free=free, publish=sent)
    return Counter(tenant_id for _, tenant_id in sent.pairs)


def test_a_tenants_flood_leaves_room_for_the_others(cedar: Tenant, birch: Tenant) -> None:
    births(cedar, 500)
    births(birch, 3)

    assert handed() == {cedar.pk: settings.QUEUE_WINDOW // 4, birch.pk: 3}


def test_a_tenant_alone_may_use_the_whole_window(cedar: Tenant) -> None:
    births(cedar, 500)

    assert handed() == {cedar.pk: 64}


def test_what_a_tenant_holds_in_flight_counts_against_its_share(cedar: Tenant, birch: Tenant) -> None:
    births(cedar, 500)
    births(birch, 200)

    assert handed() == {cedar.pk: 16, birch.pk: 16}
    assert handed() == {}


def test_a_step_that_is_not_due_yet_stays(cedar: Tenant) -> None:
    births(cedar, 1, delay=30)

    assert handed() == {}


def test_of_one_lane_nothing_is_handed_out_while_a_step_of_it_is_in_flight(cedar: Tenant) -> None:
    step_id = claim.birth(cedar.pk, Due("recording", "audio", 1, "call:1"))
    claim.birth(cedar.pk, Due("transcript", "audio", 1, "call:1"))
    claim.take(step_id, tenant_id=cedar.pk, worker="one")

    assert handed() == {}


@pytest.mark.parametrize(
    ("scope", "name", "whose"),
    [
        (Pause.Scope.ALL, "", None),
        (Pause.Scope.TENANT, "", "cedar"),
        (Pause.Scope.STAGE, "sync", None),
        (Pause.Scope.CRM, "hubspot", None),
    ],
)
def test_what_is_paused_is_not_handed_out_until_it_is_resumed(
    cedar: Tenant, scope: Pause.Scope, name: str, whose: str | None
) -> None:
    births(cedar, 2, stage="sync", target="hubspot")
    tenant = cedar if whose else None

    pause.pause(scope, tenant=tenant, name=name)
    assert handed() == {}
    assert pause.resume(scope, tenant=tenant, name=name)
    assert handed() == {cedar.pk: 2}


def test_pausing_one_crm_leaves_the_others_running(cedar: Tenant) -> None:
    births(cedar, 1, stage="sync", target="salesforce")

    pause.pause(Pause.Scope.CRM, name="hubspot")

    assert handed() == {cedar.pk: 1}


def test_hints_that_could_not_be_sent_are_due_again_at_once(cedar: Tenant) -> None:
    births(cedar, 3)

    def refuse(queue: str, pairs: Pairs) -> None:
        raise redis.ConnectionError

    with pytest.raises(redis.ConnectionError):
        round_of("audio", free=64, publish=refuse)

    assert set(Step.objects.values_list("state", flat=True)) == {State.WAITING}


def test_hints_lost_with_redis_come_back_when_their_lease_ends(cedar: Tenant) -> None:
    births(cedar, 5)
    handed()
    Step.objects.update(lease_until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))

    sweep.run()

    assert handed() == {cedar.pk: 5}


# --- one after the other ----------------------------------------------------------------------------------


def test_of_a_lane_only_the_oldest_step_is_handed_out(cedar: Tenant) -> None:
    made = [claim.birth(cedar.pk, Due("sync", "audio", number, "lead:1", target="hubspot")) for number in range(3)]
    other = claim.birth(cedar.pk, Due("sync", "audio", 9, "lead:2", target="hubspot"))
    make_older(made[2])
    sent = Sent()

    round_of("audio", free=64, publish=sent)

    assert {step_id for step_id, _ in sent.pairs} == {made[2], other}


def make_older(step_id: int) -> None:
    Step.objects.filter(pk=step_id).update(next_attempt_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))


def test_a_tenants_oldest_steps_go_first(cedar: Tenant, birch: Tenant) -> None:
    made, _ = births(cedar, 40), births(birch, 40)
    for step_id in made[30:]:
        make_older(step_id)
    sent = Sent()

    round_of("audio", free=20, publish=sent)

    assert sorted(step_id for step_id, tenant_id in sent.pairs if tenant_id == cedar.pk) == made[30:]


def test_the_next_hint_is_for_the_tenant_with_the_fewest_steps_in_flight(cedar: Tenant, birch: Tenant) -> None:
    births(cedar, 50)
    handed(free=3)
    births(birch, 50)

    assert handed(free=4) == {birch.pk: 3, cedar.pk: 1}


def test_many_tenants_get_no_more_hints_than_there_is_room(cedar: Tenant) -> None:
    for number in range(12):
        more = Tenant.objects.create(slug=f"more{number}", schema_name=f"t_more{number}", state=Tenant.State.ACTIVE)
        births(more, 2)

    assert sorted(handed(free=5).values()) == [1] * 5
    assert sorted(handed(free=7).values()) == [1] * 7


# --- what does not wait -----------------------------------------------------------------------------------


def test_a_paused_tenant_does_not_wait_so_another_alone_may_use_the_whole_window(cedar: Tenant, birch: Tenant) -> None:
    births(cedar, 100)
    births(birch, 100)
    pause.pause(Pause.Scope.TENANT, tenant=birch)

    assert handed() == {cedar.pk: 64}


def test_a_suspended_tenants_steps_stay_until_it_is_active_again(cedar: Tenant) -> None:
    births(cedar, 2)

    Tenant.objects.filter(pk=cedar.pk).update(state=Tenant.State.SUSPENDED)
    assert handed() == {}
    Tenant.objects.filter(pk=cedar.pk).update(state=Tenant.State.ACTIVE)
    assert handed() == {cedar.pk: 2}


def test_a_pause_of_one_tenants_crm_leaves_that_crm_running_for_the_others(cedar: Tenant, birch: Tenant) -> None:
    births(cedar, 2, stage="sync", target="hubspot")
    births(birch, 2, stage="sync", target="hubspot")

    pause.pause(Pause.Scope.CRM, name="hubspot", tenant=cedar)

    assert handed() == {birch.pk: 2}


@pytest.mark.parametrize("scope", list(Pause.Scope))
def test_a_hint_that_was_under_way_when_the_pause_was_set_runs_nothing(cedar: Tenant, scope: Pause.Scope) -> None:
    [step_id] = births(cedar, 1, stage="sync", target="hubspot")
    name = {Pause.Scope.STAGE: "sync", Pause.Scope.CRM: "hubspot"}.get(scope, "")
    tenant = cedar if scope == Pause.Scope.TENANT else None
    handed()

    pause.pause(scope, tenant=tenant, name=name)
    run.step(step_id, tenant_id=cedar.pk, stages=ENDING)
    held = Step.objects.get(pk=step_id)
    nothing = handed()
    pause.resume(scope, tenant=tenant, name=name)
    handed_again = handed()
    run.step(step_id, tenant_id=cedar.pk, stages=ENDING)

    assert (held.state, held.attempts, nothing, handed_again) == (State.WAITING, 0, {}, {cedar.pk: 1})
    assert Step.objects.get(pk=step_id).state == State.DONE


def test_what_is_paused_or_waits_for_later_is_not_read_row_by_row(cedar: Tenant, birch: Tenant) -> None:
    births(cedar, 300, stage="sync", target="hubspot")
    births(cedar, 300, stage="transcript", delay=3600)
    births(birch, 1)
    pause.pause(Pause.Scope.CRM, name="hubspot")
    values: dict[str, Any] = {"queue": "audio", "free": 4, "share": 16, "lease": 60}

    with connection.cursor() as cursor:
        cursor.execute(relay._PLAN)
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {relay._CLAIM}", values)
        found = cursor.fetchone()[0]
        for name in ("enable_sort", "enable_bitmapscan", "enable_seqscan"):
            cursor.execute(f"RESET {name}")

    plan = json.loads(found) if isinstance(found, str) else found
    assert max(rows_read(plan[0]["Plan"])) <= 4
    assert Step.objects.get(tenant=birch).state == State.QUEUED


def rows_read(plan: dict[str, object]) -> Iterator[float]:
    """Return how many rows each scan of the steps gave or threw away."""
    if plan.get("Relation Name") == "steps_step" and plan["Node Type"] != "ModifyTable":
        removed = plan.get("Rows Removed by Filter", 0)
        yield (plan["Actual Rows"] + removed) * plan["Actual Loops"]  # type: ignore[operator]
    for part in plan.get("Plans", ()):  # type: ignore[attr-defined]
        yield from rows_read(part)


# --- with the broker --------------------------------------------------------------------------------------

ENDING = {
    name: Stage(name, name, "audio", lambda job: Outcome("fine"), lambda *_: None, lambda *_: ())
    for name in ("recording", "sync")
}


@pytest.fixture
def broker() -> Iterator["redis.Redis"]:
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()


def take_hint() -> dict[str, int]:
    """Take one message as a worker does."""
    with app.connection_for_read() as line:
        message = line.SimpleQueue("audio").get(timeout=5)
        message.ack()
    assert message.headers["task"] == "pipeline.step"
    hinted: dict[str, int] = message.payload[1]
    return hinted


def work_off(hints: int) -> list[int]:
    """Run the steps of so many hints; returns whose they were."""
    whose = []
    for _ in range(hints):
        hinted = take_hint()
        run.step(hinted["step_id"], tenant_id=hinted["tenant_id"], stages=ENDING)
        whose.append(hinted["tenant_id"])
    return whose


def test_a_hint_reaches_a_worker_as_the_step_task(cedar: Tenant, broker: "redis.Redis") -> None:
    hint("audio", [(7, cedar.pk)])

    assert take_hint() == {"step_id": 7, "tenant_id": cedar.pk}


def test_in_a_queue_that_nobody_works_off_few_hints_lie(cedar: Tenant, broker: "redis.Redis") -> None:
    births(cedar, 200)
    leader = Relay(hint)

    for _ in range(3):
        leader.tick()

    assert broker.llen("audio") == AHEAD


def test_the_queue_grows_with_the_speed_of_its_workers_up_to_the_window(
    cedar: Tenant, broker: "redis.Redis", settings: Settings
) -> None:
    settings.QUEUE_WINDOW = 8
    births(cedar, 400)
    leader = Relay(hint)
    longest = 0

    for _ in range(40):
        leader.tick()
        longest = max(longest, broker.llen("audio"))
        broker.ltrim("audio", 0, 0)  # taken, all but one

    assert longest == 8


def test_behind_a_flood_of_a_thousand_steps_another_tenants_one_waits_for_a_handful(
    cedar: Tenant, birch: Tenant, broker: "redis.Redis"
) -> None:
    births(cedar, 1000)
    leader = Relay(hint)
    for _ in range(10):
        leader.tick()
        work_off(1)

    births(birch, 1)
    order: list[int] = []
    while birch.pk not in order:
        leader.tick()
        order += work_off(1)

    assert len(order) <= settings.QUEUE_WINDOW // 4


def test_hints_flushed_between_claim_and_run_lose_nothing_and_double_nothing(
    cedar: Tenant, broker: "redis.Redis"
) -> None:
    births(cedar, 6)
    leader = Relay(hint)
    leader.tick()
    work_off(1)

    broker.flushdb()
    Step.objects.filter(state=State.QUEUED).update(lease_until=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    sweep.run()
    while leader.tick():
        work_off(int(broker.llen("audio")))

    assert list(Step.objects.values_list("state", "attempts")) == [(State.DONE, 1)] * 6


def test_a_hint_that_comes_twice_runs_its_step_once(cedar: Tenant, broker: "redis.Redis") -> None:
    [step_id] = births(cedar, 1)

    hint("audio", [(step_id, cedar.pk)] * 3)
    work_off(3)

    assert list(Step.objects.values_list("state", "attempts", "fence")) == [(State.DONE, 1, 1)]
