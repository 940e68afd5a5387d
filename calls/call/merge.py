"""A call is what its deliveries say, each value as the last one sent it: any order of arrival ends in the same call.

A text that is given replaces an older one; one that is not given leaves it. The call knows of each value when it was
sent, so a delivery is read alone, however many there are. Arrival plays no part, so a replayed one changes nothing.
"""

import dataclasses
import datetime as dt
import hashlib

from calls.call import email, phone
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
_READ = (*COLUMNS.values(), "caller_id", "recording_url", "direction", "started_at", "duration")
_STORED = (*_READ, "utm", "sent", "phone", "updated_at")


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """What one delivery says, and when it was sent."""

    sent_at: dt.datetime
    sha256: bytes
    payload: payload.Payload


def work(job: Job) -> Outcome:
    """Read the delivery and put it together with what the call's others said.

    Raises Permanent if this delivery is gone or can't be read.
    """
    delivery = WebhookDelivery.objects.filter(pk=job.subject).first()
    if delivery is None:
        raise Permanent("delivery.not_found", f"There is no delivery {job.subject}. It was erased.")
    if delivery.body is None:
        raise Permanent("delivery.body_gone", "The delivery's body is past its retention, so it can't be read again.")
    call = Call.objects.filter(external_id=delivery.call_ref).first()
    values = merged(call, _read(delivery))
    return Outcome(summary=_summary(call, values), data=Call(external_id=delivery.call_ref, **values))


def save(job: Job, outcome: Outcome) -> None:
    """Store the call and link the delivery."""
    call = outcome.data
    assert isinstance(call, Call)
    Call.objects.bulk_create([call], update_conflicts=True, unique_fields=["external_id"], update_fields=_STORED)
    CallDelivery.objects.bulk_create([CallDelivery(call=call, delivery_id=job.subject)], ignore_conflicts=True)


def merged(call: Call | None, said: Said) -> dict[str, object]:
    """Return the columns of a call after one more delivery; None: its first."""
    call = call or Call(started_at=said.sent_at)
    values = {name: getattr(call, name) for name in _READ}
    utm, sent = dict(call.utm), dict(call.sent)
    stamp = f"{said.sent_at.timestamp():.6f} {said.sha256.hex()[:16]}"
    for into, given in ((values, _given(said.payload)), (utm, said.payload.utm)):
        for name, value in given.items():
            if stamp >= sent.get(name, ""):
                into[name], sent[name] = value, stamp
    if "started_at" not in sent:
        values["started_at"] = min(call.started_at, said.sent_at)
    for name in sorted(utm, key=lambda name: (sent.get(name, ""), name))[: -payload.MAX_UTM]:
        del utm[name]
        sent.pop(name, None)
    return {**values, "utm": utm, "sent": sent, "phone": phone.e164(str(values["caller_id"]))}


def _given(one: payload.Payload) -> dict[str, object]:
    texts: dict[str, object] = {COLUMNS[name]: value for name, value in one.texts.items()}
    texts |= {
        "caller_id": one.caller_id,
        "caller_email": email.address(one.texts["caller_email"]),
        "recording_url": one.recording_url,
        "direction": one.direction,
        "started_at": one.start_time,
    }
    return {name: value for name, value in texts.items() if value} | {"duration": one.duration}


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


def _summary(call: Call | None, values: dict[str, object]) -> str:
    """Return one line for the timeline: a new call, or what this delivery changed."""
    if call is None:
        return f"New call, {values['duration']} s"
    names = [name for name, value in values.items() if name != "sent" and getattr(call, name) != value]
    return f"Changed: {', '.join(names)}".replace("_", " ") if names else "Nothing new"
