"""A call is the same, whatever order its deliveries arrive in."""

import datetime as dt
import hashlib
import itertools
import json
import uuid
from collections.abc import Iterable

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.call import merge
from calls.models import Call, CallDelivery, WebhookDelivery
from calls.webhook import payload
from pipeline.errors import Permanent
from pipeline.steps.stage import Job, Outcome
from tenants.models import Tenant
from tests import webhooks

DOOR = uuid.UUID(int=1)
SENT_AT = 1_772_373_600


def deliver(sent_at: int = SENT_AT, *, call_id: str = "CAL1", **more: object) -> WebhookDelivery:
    """Store a delivery as the intake does."""
    body = json.dumps(webhooks.fields("cedar", call_id) | more).encode()
    return WebhookDelivery.objects.create(
        received_at=timezone.now(),
        door=DOOR,
        scheme="guide",
        event="call_completed",
        call_ref=call_id,
        body=body,
        body_sha256=hashlib.sha256(body).digest(),
        content_type="application/json",
        headers={"x-timestamp": str(sent_at)},
        request_id=str(uuid.uuid4()),
    )


def run(tenant: Tenant, delivery: WebhookDelivery) -> Outcome:
    """Run stage 2 on a delivery."""
    job = Job(
        step_id=1,
        tenant=tenant,
        stage="call",
        subject=delivery.pk,
        target="",
        attempt=1,
        recovering=False,
        now=timezone.now(),
    )
    outcome = merge.work(job)
    merge.save(job, outcome)
    return outcome


def facts(call: Call) -> dict[str, object]:
    """Return everything of a call but its own id and book-keeping."""
    hidden = {"id", "created_at", "updated_at", "sent"}
    return {field.name: getattr(call, field.name) for field in Call._meta.fields if field.name not in hidden}


def test_a_delivery_becomes_a_call(in_cedar: Tenant) -> None:
    delivery = deliver(
        recording="https://x.example/a.mp3",
        start_time="2026-03-01T09:00:00-05:00",
        caller_name="Ann",
        caller_email="Ann@Shop.Example.com",
        source="google",
        medium="cpc",
        utm_source="google",
        gclid="abc",
        landing_page_url="https://shop.example/?utm_source=google",
    )

    outcome = run(in_cedar, delivery)

    assert outcome.summary == "New call, 180 s"
    call = Call.objects.get(deliveries__delivery=delivery)
    assert facts(call) == {
        "source": "callrail",
        "external_id": "CAL1",
        "direction": "inbound",
        "caller_id": "+15551234567",
        "phone": "+15551234567",
        "caller_name": "Ann",
        "caller_email": "ann@shop.example.com",
        "tracking_number": "",
        "started_at": dt.datetime(2026, 3, 1, 14, tzinfo=dt.UTC),
        "duration": 180,
        "recording_url": "https://x.example/a.mp3",
        "marketing_source": "google",
        "medium": "cpc",
        "campaign": "",
        "keyword": "",
        "gclid": "abc",
        "landing_page_url": "https://shop.example/?utm_source=google",
        "utm": {"utm_source": "google"},
    }


def test_a_call_without_start_time_began_when_its_first_delivery_was_sent(in_cedar: Tenant) -> None:
    run(in_cedar, deliver(SENT_AT + 60, duration="200"))
    run(in_cedar, deliver(SENT_AT))

    assert Call.objects.get().started_at == dt.datetime.fromtimestamp(SENT_AT, dt.UTC)


OFFSETS = st.integers(-(24 * 60 - 1), 24 * 60 - 1).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))

NEAR = st.builds(dt.datetime.fromtimestamp, st.integers(946_500_000, SENT_AT), OFFSETS)
"""From the end of 1999 on."""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(began=NEAR | st.datetimes(timezones=OFFSETS))
def test_any_start_time_that_is_taken_is_stored(in_cedar: Tenant, began: dt.datetime) -> None:
    body = webhooks.body_of("cedar", str(uuid.uuid4()), start_time=began.isoformat())
    try:
        read = payload.typed(payload.parse(body), body=body, latest=timezone.now())
    except payload.Invalid:
        assert not dt.datetime(2000, 1, 1, tzinfo=dt.UTC) <= began <= timezone.now()
        return
    run(in_cedar, deliver(call_id=read.call_id, start_time=began.isoformat()))

    assert Call.objects.get(external_id=read.call_id).started_at == began


def test_a_withheld_number_leaves_the_phone_empty(in_cedar: Tenant) -> None:
    run(in_cedar, deliver(caller_id="anonymous"))

    call = Call.objects.get()
    assert (call.caller_id, call.phone) == ("anonymous", "")


def test_a_later_delivery_fills_what_is_empty_and_replaces_what_is_older(in_cedar: Tenant) -> None:
    run(in_cedar, deliver(caller_name="Ann", source="google"))

    outcome = run(in_cedar, deliver(SENT_AT + 60, caller_name="Ann Lee", recording_url="https://x.example/a.mp3"))

    call = Call.objects.get()
    assert (call.caller_name, call.marketing_source) == ("Ann Lee", "google")
    assert call.recording_url == "https://x.example/a.mp3"
    assert outcome.summary == "Changed: caller name, recording url"
    assert CallDelivery.objects.filter(call=call).count() == 2


def test_an_older_delivery_that_arrives_late_replaces_nothing(in_cedar: Tenant) -> None:
    run(in_cedar, deliver(SENT_AT, caller_name="Ann Lee", duration="200"))

    outcome = run(in_cedar, deliver(SENT_AT - 60, caller_name="Ann"))

    call = Call.objects.get()
    assert (call.caller_name, call.duration, outcome.summary) == ("Ann Lee", 200, "Changed: started at")


def test_a_delivery_run_again_changes_nothing(in_cedar: Tenant) -> None:
    first = deliver(caller_name="Ann", start_time="2026-03-01T14:00:00Z")
    run(in_cedar, first)
    run(in_cedar, deliver(SENT_AT + 60, caller_name="Ann Lee", start_time="2026-03-01T14:00:00Z"))
    before = facts(Call.objects.get())

    outcome = run(in_cedar, first)

    assert outcome.summary == "Nothing new"
    assert facts(Call.objects.get()) == before
    assert CallDelivery.objects.count() == 2


def test_what_a_body_past_its_retention_said_stays(in_cedar: Tenant) -> None:
    old = deliver(caller_name="Ann", utm_source="google")
    run(in_cedar, old)
    WebhookDelivery.objects.filter(pk=old.pk).update(body=None)

    run(in_cedar, deliver(SENT_AT + 60, duration="200"))

    call = Call.objects.get()
    assert (call.caller_name, call.duration, call.utm) == ("Ann", 200, {"utm_source": "google"})


def test_a_further_delivery_is_read_alone(in_cedar: Tenant) -> None:
    run(in_cedar, deliver(caller_name="Ann", source="google"))
    WebhookDelivery.objects.update(body=b"not read again")

    run(in_cedar, deliver(SENT_AT + 60, caller_name="Ann Lee"))

    call = Call.objects.get()
    assert (call.caller_name, call.marketing_source) == ("Ann Lee", "google")


@pytest.mark.parametrize("text", ["ann@", "<script>@x.example.com", "=cmd()@x", "a@b.example.com, c@d.example.com"])
def test_what_is_no_email_address_is_left_out(in_cedar: Tenant, text: str) -> None:
    run(in_cedar, deliver(caller_email="ann@shop.example.com"))

    run(in_cedar, deliver(SENT_AT + 60, caller_email=text))

    assert Call.objects.get().caller_email == "ann@shop.example.com"


def test_the_newest_utm_fields_stay(in_cedar: Tenant) -> None:
    for number in range(3):
        run(in_cedar, deliver(SENT_AT + number, **{f"utm_{number}_{n}": "x" for n in range(20)}))

    call = Call.objects.get()
    kept = [f"utm_1_{n}" for n in sorted(map(str, range(20)))[-10:]] + [f"utm_2_{n}" for n in range(20)]
    assert call.utm == dict.fromkeys(kept, "x")
    assert {name for name in call.sent if name.startswith("utm_")} == set(kept)


def test_two_calls_of_one_caller_are_two_calls(in_cedar: Tenant) -> None:
    one, other = deliver(call_id="CAL1"), deliver(call_id="CAL2")
    run(in_cedar, one)
    run(in_cedar, other)

    assert set(CallDelivery.objects.values_list("delivery", "call__external_id")) == {
        (one.pk, "CAL1"),
        (other.pk, "CAL2"),
    }


def test_a_delivery_that_is_gone_or_past_its_retention_is_buried(in_cedar: Tenant) -> None:
    delivery = deliver()
    WebhookDelivery.objects.filter(pk=delivery.pk).update(body=None)

    with pytest.raises(Permanent) as past:
        run(in_cedar, delivery)
    delivery.pk += 1
    with pytest.raises(Permanent) as gone:
        run(in_cedar, delivery)

    assert (past.value.code, gone.value.code) == ("delivery.body_gone", "delivery.not_found")


texts = st.sampled_from(["", "a", "b"])
DELIVERIES = st.lists(
    st.fixed_dictionaries(
        {
            "sent_at": st.integers(SENT_AT, SENT_AT + 2),
            "duration": st.integers(0, 3),
            "caller_id": st.sampled_from(["", "+15551234567", "anonymous"]),
        },
        optional={
            "caller_name": texts,
            "recording_url": texts,
            "source": texts,
            "utm_source": texts,
            "utm_term": texts,
            "utm_content": texts,
            "direction": st.sampled_from(["", "inbound", "outbound"]),
            "start_time": st.sampled_from(["", "2026-03-01T14:00:00Z", "2026-03-01T15:00:00Z"]),
        },
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: json.dumps({name: value for name, value in one.items() if name != "sent_at"}),
)


def end_of(said: Iterable[merge.Said]) -> dict[str, object]:
    """Return what a call is after these deliveries, one after the other."""
    call = None
    for one in said:
        call = Call(**merge.merged(call, one))
    assert call
    return facts(call) | {"sent": call.sent}


@given(deliveries=DELIVERIES, again=st.integers(0, 2))
def test_any_order_and_number_of_arrivals_ends_in_the_same_call(
    made: object, deliveries: list[dict[str, object]], again: int
) -> None:
    said = []
    for one in deliveries:
        body = json.dumps(webhooks.fields("cedar") | {k: v for k, v in one.items() if k != "sent_at"}).encode()
        said.append(merge._read(WebhookDelivery(body=body, headers={"x-timestamp": str(one["sent_at"])})))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payload, "MAX_UTM", 2)
        ends = [end_of([*order, *order[:again]]) for order in itertools.permutations(said)]

    assert all(end == ends[0] for end in ends)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_three_deliveries_in_each_order_are_one_call(in_cedar: Tenant, order: tuple[int, ...]) -> None:
    deliveries = [
        deliver(SENT_AT, caller_name="Ann", utm_source="google"),
        deliver(SENT_AT + 1, recording_url="https://x.example/1", direction="outbound"),
        deliver(SENT_AT + 2, recording_url="https://x.example/2", utm_term="roof", duration=7),
    ]

    for place in order:
        run(in_cedar, deliveries[place])

    call = Call.objects.get()
    assert (call.caller_name, call.recording_url, call.direction, call.duration) == (
        "Ann",
        "https://x.example/2",
        "outbound",
        7,
    )
    assert call.utm == {"utm_source": "google", "utm_term": "roof"}
    assert call.started_at == dt.datetime.fromtimestamp(SENT_AT, dt.UTC)
    assert CallDelivery.objects.filter(call=call).count() == 3
