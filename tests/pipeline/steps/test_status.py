"""A call's status from its steps: the rule, and the same rule as a filter of a list."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.models import Call, CallDelivery, WebhookDelivery
from pipeline.steps import status
from pipeline.steps.models import Pause, State, Step
from pipeline.steps.status import Passage, Status, Word
from tenants.models import Tenant

STAGES = ("call", "recording", "transcript", "extraction", "score", "sync")
NOW = dt.datetime(2026, 11, 23, 10, 42, tzinfo=dt.UTC)
SOON, JUST, LONG_AGO = (NOW + dt.timedelta(seconds=seconds) for seconds in (42, -5, -300))


def step(stage: str, state: str, *, at: dt.datetime = LONG_AGO, **more: Any) -> Passage:
    fields: dict[str, Any] = {"id": 1, "subject": 1, "target": "", "attempts": 1, "code": ""} | more
    return Passage(
        stage=stage, state=state, next_attempt_at=at, created_at=at, started_at=None, finished_at=None, **fields
    )


CALL = step("call", "done")
WAITS = step("sync", "waiting", at=SOON, target="pipedrive")
PAUSED = step("transcript", "waiting", at=LONG_AGO, paused=True)
DEAD = step("recording", "dead")
SYNCED, KEPT = step("sync", "done", target="hubspot"), step("sync", "skipped", target="hubspot", code="sync.kind")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], Status(Word.PENDING)),
        ([fresh := step("call", "waiting", at=JUST, attempts=0)], Status(Word.PENDING, fresh)),
        ([CALL, fresh := step("recording", "waiting", at=JUST, attempts=0)], Status(Word.PROCESSING, fresh)),
        ([CALL, late := step("recording", "queued", at=LONG_AGO, attempts=0)], Status(Word.PENDING, late)),
        ([CALL, running := step("recording", "running")], Status(Word.PROCESSING, running)),
        ([CALL, SYNCED, WAITS], Status(Word.WAITING, WAITS, SOON)),
        ([CALL, PAUSED], Status(Word.WAITING, PAUSED, None)),
        ([CALL, DEAD, WAITS], Status(Word.NEEDS_ATTENTION, DEAD)),
        ([CALL, parked := step("sync", "parked")], Status(Word.NEEDS_ATTENTION, parked)),
        ([CALL, step("recording", "skipped"), SYNCED], Status(Word.DONE, SYNCED)),
        ([CALL, KEPT], Status(Word.SKIPPED, KEPT)),
        ([CALL, SYNCED, KEPT], Status(Word.DONE, SYNCED)),
        ([unread := step("call", "skipped", code="event.kept")], Status(Word.SKIPPED, unread)),
    ],
)
def test_a_status_is_derived_from_all_steps_of_a_call(steps: list[Passage], expected: Status) -> None:
    assert status.derive(steps, now=NOW) == expected


drawn_steps = st.lists(
    st.tuples(
        st.sampled_from(["call", "recording", "transcript", "score", "sync"]),
        st.sampled_from([state.value for state in State]),
        st.sampled_from([0, 1, 3]),
        st.sampled_from([-300, -5, 42]),
    ),
    max_size=5,
    unique_by=lambda drawn: drawn[0],
)
drawn_pauses = st.sampled_from(["", "all", "tenant", "stage", "crm"])


def made_call(tenant: Tenant, external_id: str, drawn: list[tuple[str, str, int, int]], now: dt.datetime) -> Call:
    """Make a call whose steps stand as drawn: (stage, state, attempts, seconds until the next attempt)."""
    call = Call.objects.create(external_id=external_id, started_at=now, duration=60)
    delivery = WebhookDelivery.objects.create(
        received_at=now, door="0" * 32, body_sha256=external_id.encode(), call_ref=external_id
    )
    CallDelivery.objects.create(call=call, delivery=delivery)
    for stage, state, attempts, seconds in drawn:
        Step.objects.create(
            tenant=tenant,
            stage=stage,
            queue="intake",
            subject=delivery.pk if stage == "call" else call.pk,
            target="hubspot" if stage == "sync" else "",
            lane=f"{external_id} {stage}",
            state=state,
            attempts=attempts,
            next_attempt_at=now + dt.timedelta(seconds=seconds),
            lease_until=now,
            started_at=now,
        )
    return call


def add_pause(kind: str, tenant: Tenant) -> None:
    names = {"stage": "transcript", "crm": "hubspot"}
    if kind:
        Pause.objects.create(scope=kind, tenant=tenant if kind == "tenant" else None, name=names.get(kind, ""))


def passages(tenant: Tenant, calls: list[Call]) -> dict[int, tuple[Passage, ...]]:
    deliveries: dict[int, list[int]] = {call.pk: [] for call in calls}
    for merged in CallDelivery.objects.filter(call__in=calls):
        deliveries[merged.call_id].append(merged.delivery_id)
    return status.of_calls(tenant, deliveries, stages=STAGES)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=drawn_steps, pause=drawn_pauses)
def test_the_filter_finds_a_call_under_its_derived_word_and_no_other(
    in_cedar: Tenant, drawn: list[tuple[str, str, int, int]], pause: str
) -> None:
    now = timezone.now()
    with transaction.atomic():
        call = made_call(in_cedar, "CAL1", drawn, now)
        made_call(in_cedar, "CAL2", [("recording", "dead", 11, 0)], now)
        add_pause(pause, in_cedar)
        filters: dict[str, Any] = {
            "tenant": in_cedar,
            "merged": CallDelivery.objects.all(),
            "stages": STAGES,
            "now": now,
        }

        found = [
            word for word in Word if Call.objects.filter(status.matching(word, **filters), external_id="CAL1").exists()
        ]

        assert found == [status.derive(passages(in_cedar, [call])[call.pk], now=now).word]
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_steps_of_many_calls_take_one_query(in_cedar: Tenant, birch: Tenant) -> None:
    now = timezone.now()
    calls = [made_call(in_cedar, f"CAL{i}", [("call", "done", 1, 0), ("score", "done", 1, 0)], now) for i in range(3)]
    # The other tenant's steps have the same stages and subjects.
    for row in Step.objects.filter(tenant=in_cedar):
        Step.objects.create(
            tenant=birch, stage=row.stage, queue="intake", subject=row.subject, lane=f"x{row.pk}", state="dead"
        )
    deliveries = {merged.call_id: [merged.delivery_id] for merged in CallDelivery.objects.all()}

    with CaptureQueriesContext(connection) as queries:
        found = status.of_calls(in_cedar, deliveries, stages=STAGES)

    assert len([one for one in queries if not one["sql"].startswith("SET search_path")]) == 1
    assert {pk: [(one.stage, one.state) for one in steps] for pk, steps in found.items()} == {
        call.pk: [("call", "done"), ("score", "done")] for call in calls
    }
