"""The relay: fair between tenants, bounded, pausable, and indifferent to a lost Redis."""

import datetime as dt
from collections import Counter

import pytest
import redis
from django.conf import settings

from pipeline.celery import app, hint
from pipeline.steps import claim, pause, sweep
from pipeline.steps.models import Pause, State, Step
from pipeline.steps.relay import AHEAD, Relay, round_of
from pipeline.steps.stage import Due
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


def test_the_relay_keeps_the_brokers_queue_short(cedar: Tenant) -> None:
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    births(cedar, 200)
    relay = Relay(hint)

    relay.tick()
    relay.tick()

    assert client.llen("audio") == AHEAD
    client.flushdb()


def test_a_hint_reaches_a_worker_as_the_step_task(cedar: Tenant) -> None:
    redis.Redis.from_url(settings.REDIS_URL).flushdb()

    hint("audio", [(7, cedar.pk)])

    with app.connection_for_read() as broker:
        message = broker.SimpleQueue("audio").get(timeout=5)
        message.ack()
    assert message.headers["task"] == "pipeline.step"
    assert message.payload[1] == {"step_id": 7, "tenant_id": cedar.pk}
