"""A call is what its deliveries say, read in the order of their sending: any order of arrival ends in the same call.

A text that is given replaces an older one; one that is not given leaves it. Arrival plays no part, so a replayed
delivery changes nothing.
"""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable

from calls.call import phone
from calls.models import Call, CallDelivery, WebhookDelivery
from calls.webhook import payload
from pipeline.errors import Permanent
from pipeline.steps.stage import Job, Outcome

COLUMNS = {
    "caller_name": "caller_name",
    "caller_email": "caller_email",
    "tracking_number": "tracking_number",
    "source": "marketing_source",
    "medium": "medium",
    "campaign": "campaign",
    "keyword": "keyword",
    "gclid": "gclid",
    "landing_page_url": "landing_page_url",
}
"""Our column for each text of the payload."""


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """What one delivery says, and when it was sent."""

    sent_at: dt.datetime
    sha256: bytes
    payload: payload.Payload


def work(job: Job) -> Outcome:
    """Read all deliveries of the call and put them together.

    Raises Permanent if this delivery is gone or can't be read.
    """
    delivery = WebhookDelivery.objects.filter(pk=job.subject).first()
    if delivery is None:
        raise Permanent("delivery.not_found", f"There is no delivery {job.subject}. It was erased.")
    if delivery.body is None:
        raise Permanent("delivery.body_gone", "The delivery's body is past its retention, so it can't be read again.")
    siblings = list(WebhookDelivery.objects.filter(door=delivery.door, call_ref=delivery.call_ref))
    said = [_read(one) for one in siblings if one.body is not None]
    base = None
    if len(said) < len(siblings):  # what the bodies past their retention said is left in the call only
        base = Call.objects.filter(external_id=delivery.call_ref).first()
    values = merged(said, base=base)
    return Outcome(summary=_summary(delivery, values), data=values)


def save(job: Job, outcome: Outcome) -> None:
    """Store the call and link the delivery."""
    values = outcome.data
    assert isinstance(values, dict)
    external_id = WebhookDelivery.objects.values_list("call_ref", flat=True).get(pk=job.subject)
    call = Call(external_id=external_id, **values)
    Call.objects.bulk_create(
        [call], update_conflicts=True, unique_fields=["external_id"], update_fields=[*values, "updated_at"]
    )
    CallDelivery.objects.bulk_create([CallDelivery(call=call, delivery_id=job.subject)], ignore_conflicts=True)


def call_of(delivery_id: int) -> int:
    """Return the call that a delivery was merged into. Raises CallDelivery.DoesNotExist before that."""
    return CallDelivery.objects.values_list("call_id", flat=True).get(delivery_id=delivery_id)


def merged(said: Iterable[Said], *, base: Call | None = None) -> dict[str, object]:
    """Return the columns of a call from what its deliveries say; `base` holds what can't be read any more."""
    in_order = sorted(said, key=lambda one: (one.sent_at, one.sha256))
    values: dict[str, object] = _columns_of(base) if base else {"started_at": in_order[0].sent_at, "utm": {}}
    utm: dict[str, str] = dict(base.utm) if base else {}
    for one in in_order:
        given = _given(one.payload)
        values |= given
        utm |= one.payload.utm
    caller_id = str(values.get("caller_id", ""))
    return {**values, "utm": utm, "phone": phone.e164(caller_id)}


def _given(one: payload.Payload) -> dict[str, object]:
    texts: dict[str, object] = {COLUMNS[name]: value for name, value in one.texts.items()}
    texts |= {
        "caller_id": one.caller_id,
        "recording_url": one.recording_url,
        "direction": one.direction,
        "started_at": one.start_time,
    }
    return {name: value for name, value in texts.items() if value} | {"duration": one.duration}


def _columns_of(call: Call) -> dict[str, object]:
    names = [*COLUMNS.values(), "caller_id", "recording_url", "direction", "started_at", "duration"]
    return {name: getattr(call, name) for name in names}


def _read(delivery: WebhookDelivery) -> Said:
    """Read a delivery once more. Raises Permanent."""
    body = bytes(delivery.body or b"")
    try:
        read = payload.typed(payload.parse(body), body=body)
    except (payload.Malformed, payload.Invalid) as error:
        raise Permanent("delivery.unreadable", str(error)) from error
    return Said(sent_at=_sent_at(delivery), sha256=hashlib.sha256(body).digest(), payload=read)


def _sent_at(delivery: WebhookDelivery) -> dt.datetime:
    """Return the signed moment of sending; arrival counts only for a delivery without one."""
    stamp = str(delivery.headers.get("x-timestamp", ""))
    return dt.datetime.fromtimestamp(int(stamp), dt.UTC) if stamp.isdigit() else delivery.received_at


def _summary(delivery: WebhookDelivery, values: dict[str, object]) -> str:
    """Return one line for the timeline: a new call, or what this delivery changed."""
    call = Call.objects.filter(external_id=delivery.call_ref).first()
    if call is None:
        return f"New call, {values['duration']} s"
    changed = [name.replace("_", " ") for name, value in values.items() if getattr(call, name) != value]
    return f"Changed: {', '.join(changed)}" if changed else "Nothing new"
