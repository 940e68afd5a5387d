"""A demo call: posted through the guide's door like any other, then watched on its way."""

import dataclasses
import http.client
import json
import time
from urllib.parse import urlsplit

from calls.models import Call, CallDelivery, Transcript, WebhookDelivery
from calls.webhook import signature
from crm.models import LeadSync
from pipeline import clock
from pipeline.stages import order
from pipeline.steps import status
from pipeline.steps.history.models import Attempt
from pipeline.steps.status import Passage, Status, Word
from scoring.models import LeadScore
from tenants import configuration
from tenants.models import Tenant
from tenants.scope import scope

RECORDING = "call_phone_stereo_mulaw.wav"
SECONDS = 100
CALLER = "+15125550147"
PATH = "/v1/callrail/webhook"
POST_SECONDS = 10


class NotAccepted(Exception):
    """The webhook was not accepted; the text holds the answer."""


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """Where the call stands just now."""

    status: Status
    steps: tuple[Passage, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """What became of the call."""

    pk: int
    lines: tuple[tuple[str, str], ...]
    """Speaker and text of the first utterances."""
    score: LeadScore | None
    crm: tuple[tuple[str, str], ...]
    """CRM and the record's id there, in the tenant's order."""


def new_id() -> str:
    """Return an id that no call has had."""
    return f"DEMO-{time.time_ns() // 1_000_000}"


def post(call_id: str, *, tenant: Tenant, secret: str, web: str, recordings: str) -> None:
    """Post the signed webhook of a recorded call. Raises NotAccepted."""
    body = json.dumps(
        {
            "call_id": call_id,
            "tenant_id": tenant.slug,
            "event": "call_completed",
            "caller_id": CALLER,
            "duration": SECONDS,
            "direction": "inbound",
            "start_time": clock.now().isoformat(),
            "recording_url": f"{recordings}/recordings/{RECORDING}",
            "tracking_number": "+15125550100",
            "source": "Google Ads",
            "medium": "cpc",
            "campaign": "kitchen-remodel",
            "keyword": "kitchen remodel near me",
        }
    ).encode()
    timestamp = str(int(clock.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "x-timestamp": timestamp,
        "x-callrail-signature": signature.sign(body, timestamp, secret.encode()),
    }
    parts = urlsplit(web)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=POST_SECONDS)
    try:
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    except OSError as error:
        raise NotAccepted(f"{web}{PATH} does not answer: {error}") from error
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise NotAccepted(f"{web}{PATH} answered {answer.status}: {text[:300]}")


def look(call_id: str, tenant: Tenant) -> Moment:
    """Return where the call stands; no steps yet: the delivery is being read."""
    with scope(tenant):
        call = Call.objects.filter(external_id=call_id).first()
        deliveries = CallDelivery.objects.filter(call=call).values_list("delivery_id", flat=True) if call else ()
        ids = list(deliveries) or list(WebhookDelivery.objects.filter(call_ref=call_id).values_list("pk", flat=True))
        key = call.pk if call else 0
        steps = status.of_calls(tenant, {key: ids}, stages=list(order.QUEUES))[key]
    return Moment(status.derive(steps, now=clock.now()), steps)


def reason(moment: Moment, tenant: Tenant) -> str:
    """Return why the call stopped, in the words of its last attempt."""
    step = moment.status.step
    if moment.status.word != Word.NEEDS_ATTENTION or step is None:
        return ""
    with scope(tenant):
        attempt = Attempt.objects.filter(step_id=step.id).order_by("-pk").first()
    text = f": {attempt.text}" if attempt and attempt.text else ""
    return f"{step.stage}{' ' + step.target if step.target else ''} ended {step.state}, {step.code}{text}"


def result(call_id: str, tenant: Tenant, *, lines: int) -> Result | None:
    """Return what became of the call, with so many lines of its transcript; None if it never was read."""
    with scope(tenant):
        call = Call.objects.filter(external_id=call_id).first()
        if call is None:
            return None
        transcript = Transcript.objects.filter(call=call).order_by("-pk").first()
        spoken = transcript.utterances.order_by("position")[:lines] if transcript else ()
        score = LeadScore.objects.select_related("lead").filter(call=call).order_by("-pk").first()
        ids = dict(LeadSync.objects.filter(lead=score.lead).values_list("crm", "remote_id")) if score else {}
        return Result(
            pk=call.pk,
            lines=tuple((one.speaker, one.text) for one in spoken),
            score=score,
            crm=tuple((crm, ids[crm]) for crm in configuration.load(tenant).sync_order if ids.get(crm)),
        )
