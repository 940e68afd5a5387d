"""Calls in every state, as real rows of a tenant: what the pages are shown with in tests and pictures."""

import dataclasses
import datetime as dt
import json
import math
import struct
import uuid
import wave
from pathlib import Path
from typing import Any

from django.utils import timezone

from calls.models import Call, CallDelivery, Recording, Transcript, Utterance, WebhookDelivery
from calls.recording import storage
from crm.models import CrmConnection, Exchange, LeadSync, LoggedCall
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import State, Step
from scoring.models import Extraction, Lead, LeadScore
from tenants.models import Membership, Tenant, User

PASSWORD = "a long enough word"
ORDER = ("hubspot", "salesforce", "pipedrive")
QUEUES = {
    "call": "intake",
    "recording": "audio",
    "transcript": "speech",
    "extraction": "analysis",
    "score": "analysis",
    "sync": "crm",
}
SAID = [
    ("agent", 0.5, 6.0, "Thank you for calling Cedar and Stone, this is Tanya."),
    ("caller", 14, 19.5, "Hi Tanya, um, yeah, I was calling about getting an estimate on a kitchen"),
    ("agent", 20, 28, "Okay, perfect. Is this a full remodel or just like countertops and cabinets?"),
    (
        "caller",
        29,
        39,
        "No, it's the whole thing. We wanna take out the pantry wall, new cabinets, new counters, the floor",
    ),
    ("agent", 40, 43.5, "Oh wow, okay, fun project. And who am I speaking with?"),
    ("caller", 44, 46.5, "My name is Rosalind Okafor"),
    ("agent", 56, 63, "Got it. And what's the best number in case we get disconnected?"),
    ("caller", 64, 77, "five one two, five five five, oh one three four"),
    ("agent", 94, 98, "And have y'all thought about a budget for the project?"),
    ("caller", 99, 115, "So we've been saving. We're hoping to keep it between forty and fifty thousand, I don't know"),
    ("caller", 125, 147, "Well, it's November now, so like right after New Year's, mid January"),
    ("caller", 148, 168, "It's rosalind dot okafor seven two at g mail dot com"),
    ("agent", 170, 171.5, "Saturday at ten?"),
    ("caller", 172, 175, "Saturday at ten is perfect"),
]


def fact(value: str | int, utterance: int, quote: str) -> dict[str, Any]:
    evidence = [{"utterance": utterance, "start": SAID[utterance][1], "quote": quote}]
    return {"value": value, "confidence": 0.9, "evidence": evidence}


FACTS = {
    "first_name": fact("Rosalind", 5, "Rosalind Okafor"),
    "last_name": fact("Okafor", 5, "Rosalind Okafor"),
    "email": fact("rosalind.okafor72@gmail.com", 11, "rosalind dot okafor seven two at g mail dot com"),
    "project_type": fact("kitchen remodel", 1, "getting an estimate on a kitchen"),
    "project_details": fact(
        "take out the pantry wall, new cabinets, new counters, the floor",
        3,
        "take out the pantry wall, new cabinets, new counters, the floor",
    ),
    "timeline": fact("right after New Year's, mid January", 10, "right after New Year's, mid January"),
    "urgency": fact("within_3_months", 10, "right after New Year's, mid January"),
    "budget_min": fact(40_000, 9, "between forty and fifty thousand"),
    "budget_max": fact(50_000, 9, "between forty and fifty thousand"),
}


def part(
    name: str, points: int, most: float, why: str, utterance: int | None = None, quote: str = ""
) -> dict[str, Any]:
    evidence = [] if utterance is None else [{"utterance": utterance, "start": SAID[utterance][1], "quote": quote}]
    return {"name": name, "points": points, "most": most, "why": why, "evidence": evidence}


PARTS = [
    part("project_intent", 29, 30, "Asks for an estimate for kitchen remodel.", 1, "getting an estimate on a kitchen"),
    part(
        "timeline_urgency",
        20,
        25,
        "Within three months, with a time named.",
        10,
        "right after New Year's, mid January",
    ),
    part("budget_indicators", 19, 20, "Names a range in dollars.", 9, "between forty and fifty thousand"),
    part("call_duration", 15, 15, "3 min 11 s. Full points from 3 min."),
    part("customer_engagement", 9, 10, "Left contact data, agreed on a visit.", 13, "Saturday at ten is perfect"),
]


@dataclasses.dataclass(slots=True)
class Scene:
    """A tenant to put calls into; every method works inside the tenant's scope. Times count back from `now`."""

    tenant: Tenant
    now: dt.datetime = dataclasses.field(default_factory=timezone.now)

    def connect(self, *slugs: str) -> None:
        """Connect CRMs."""
        for slug in slugs or ORDER:
            CrmConnection.objects.get_or_create(slug=slug)

    def call(self, external_id: str = "", *, minutes: float = 5, **fields: Any) -> Call:
        """Make a call with its delivery, whose step is done."""
        external_id = external_id or f"CAL{uuid.uuid4().hex[:24]}"
        started = self.now - dt.timedelta(minutes=minutes)
        given = {"phone": "+15125550134", "duration": 191, "marketing_source": "Google Ads"} | fields
        call = Call.objects.create(external_id=external_id, started_at=started, **given)
        self.delivery(call)
        return call

    def delivery(self, call: Call, *, seconds: float = 211, **extra: Any) -> WebhookDelivery:
        """Add an accepted delivery of the call."""
        body = {
            "call_id": call.external_id,
            "tenant_id": self.tenant.slug,
            "caller_id": call.phone,
            "duration": str(call.duration),
            "recording_url": f"https://api.callrail.example/rec?access_key=SECRET-{call.external_id}",
            **extra,
        }
        delivery = WebhookDelivery.objects.create(
            received_at=call.started_at + dt.timedelta(seconds=seconds),
            door=uuid.uuid4(),
            scheme="guide",
            event="call_completed",
            call_ref=call.external_id,
            body=json.dumps(body).encode(),
            body_sha256=uuid.uuid4().bytes,
            content_type="application/json",
            request_id=str(uuid.uuid4()),
        )
        CallDelivery.objects.create(call=call, delivery=delivery)
        self.step(call, "call", subject=delivery.pk, seconds=0.02, said="Merged")
        return delivery

    def step(
        self,
        call: Call,
        stage: str,
        state: State = State.DONE,
        *,
        target: str = "",
        subject: int | None = None,
        said: str = "",
        code: str = "",
        seconds: float = 1.0,
        attempts: int = 1,
        wait: float = 0,
        tries: tuple[tuple[str, str, float], ...] = (),
    ) -> Step:
        """Add a step; `said` is its last attempt's line, `tries` (outcome, text, wait) are the attempts before."""
        ended = state in (State.DONE, State.SKIPPED, State.DEAD)
        at = call.started_at + dt.timedelta(seconds=257)
        step = Step.objects.create(
            tenant=self.tenant,
            stage=stage,
            queue=QUEUES[stage],
            subject=call.pk if subject is None else subject,
            target=target,
            lane=f"{stage}:{target}:{call.pk}:{subject}",
            state=state,
            attempts=attempts,
            code=code,
            next_attempt_at=self.now + dt.timedelta(seconds=wait),
            lease_until=self.now + dt.timedelta(seconds=60) if state == State.RUNNING else None,
            started_at=at - dt.timedelta(seconds=seconds) if attempts else None,
            finished_at=at if ended else None,
        )
        last = {State.DONE: "done", State.SKIPPED: "skipped", State.DEAD: "dead", State.PARKED: "parked"}
        told = [*tries, (last.get(state, "retry"), said, wait)] if said else list(tries)
        for number, (outcome, text, waited) in enumerate(told, 1):
            begun = at - dt.timedelta(seconds=seconds + 100 * (len(told) - number))
            Attempt.objects.create(
                step_id=step.pk,
                stage=stage,
                subject=step.subject,
                target=target,
                number=number,
                started_at=begun,
                seconds=seconds,
                outcome=outcome,
                code=code,
                text=text,
                next_attempt_at=begun + dt.timedelta(seconds=seconds + waited) if waited else None,
            )
        return step

    def recording(self, call: Call, *, seconds: float = 191.0) -> Recording:
        """Store a real WAV file, a quiet tone, as the call's recording."""
        key = storage.key(tenant=self.tenant, call_id=call.pk, sha256=b"\1" * 32, extension="wav")
        place = Path(storage.storage()._place(key))  # type: ignore[attr-defined]  # a folder in tests
        place.parent.mkdir(parents=True, exist_ok=True)
        write_tone(place, seconds=seconds)
        return Recording.objects.create(
            call=call,
            storage_key=key,
            url_sha256=b"\2" * 32,
            content_type="audio/wav",
            size=place.stat().st_size,
            sha256=b"\1" * 32,
            duration=seconds,
            sample_rate=8000,
            channels=1,
            codec="pcm_s16le",
            snr_db=21.0,
            quality="good",
            fetched_at=self.now,
        )

    def transcript(self, call: Call) -> Transcript:
        """Add the transcript."""
        transcript = Transcript.objects.create(call=call, engine="whisper", audio_seconds=191, confidence=0.94)
        Utterance.objects.bulk_create(
            Utterance(transcript=transcript, position=i, speaker=speaker, start=start, end=end, text=text)
            for i, (speaker, start, end, text) in enumerate(SAID)
        )
        return transcript

    def extraction(self, call: Call, transcript: Transcript, *, kind: str = "lead", facts: Any = None) -> Extraction:
        """Add the facts drawn from the transcript."""
        return Extraction.objects.create(
            call=call,
            transcript=transcript,
            analyzer="rules",
            caller_kind=kind,
            project_intent=kind == "lead",
            facts=FACTS if facts is None else facts,
            confidence=0.91,
        )

    def score(
        self, call: Call, extraction: Extraction | None = None, *, score: int = 92, band: str = "hot", **fields: Any
    ) -> LeadScore:
        """Add the lead and its score."""
        contact = {"first_name": "Rosalind", "last_name": "Okafor", "email": "rosalind.okafor72@gmail.com"}
        contact = fields.pop("contact", contact)
        names = {name: contact.get(name, "") for name in ("first_name", "last_name", "email")}
        lead, _ = Lead.objects.get_or_create(key=call.external_id, defaults={"phone": call.phone, **names})
        given = {"caller_kind": "lead", "confidence": 0.91, "parts": PARTS, "contact": contact} | fields
        return LeadScore.objects.create(
            call=call, lead=lead, extraction=extraction, profile_version=0, score=score, band=band, **given
        )

    def heard(self, call: Call, **score: Any) -> LeadScore:
        """Take a call through recording, transcript, extraction and score."""
        self.recording(call)
        self.step(
            call,
            "recording",
            said="1.4 MB wav, good audio (SNR 21 dB)",
            seconds=3,
            attempts=2,
            tries=(("retry", "recordings.example answered 404: the recording is not there (yet).", 30),),
        )
        transcript = self.transcript(call)
        self.step(call, "transcript", said="14 lines, 2 speakers, confidence 0.94", seconds=11)
        extraction = self.extraction(call, transcript, kind=score.get("caller_kind", "lead"))
        self.step(call, "extraction", said="8 of 9 facts found", seconds=2)
        made = self.score(call, extraction, **score)
        self.step(call, "score", said=f"{made.score}, confidence {made.confidence:.2f}", seconds=0.05)
        return made

    def synced(self, call: Call, score: LeadScore, crm: str, remote_id: str) -> None:
        """Bring the call to one CRM."""
        LeadSync.objects.create(
            lead=score.lead,
            crm=crm,
            remote_id=remote_id,
            remote_url=f"http://127.0.0.1:1/{crm}/{remote_id}",
            intent_at=self.now,
            synced_at=self.now,
        )
        LoggedCall.objects.create(
            call=call, crm=crm, remote_id=f"log-{remote_id}", intent_at=self.now, logged_at=self.now
        )
        self.step(call, "sync", target=crm, said=f"Created record {remote_id}", seconds=0.6)

    # --- whole calls ---------------------------------------------------------------------------------

    def done(self, external_id: str = "", *, minutes: float = 5, **score: Any) -> Call:
        """Make a call that is in all three CRMs."""
        call = self.call(external_id, minutes=minutes)
        made = self.heard(call, **score)
        for crm, remote_id in zip(ORDER, ("81204417", "00Q5f00001TzWk", "4711"), strict=True):
            self.synced(call, made, crm, remote_id)
        return call

    def rate_limited(self, external_id: str = "", *, minutes: float = 5, wait: float = 42) -> Call:
        """Make a call that is in two CRMs and waits for the third."""
        call = self.call(external_id, minutes=minutes)
        made = self.heard(call)
        self.synced(call, made, "hubspot", "81204417")
        self.synced(call, made, "salesforce", "00Q5f00001TzWk")
        self.step(
            call,
            "sync",
            State.WAITING,
            target="pipedrive",
            code="crm.rate_limited",
            said="Rate limit exceeded",
            attempts=5,
            wait=wait,
            tries=(
                ("rate_limited", "Rate limit exceeded", 10),
                ("rate_limited", "Rate limit exceeded", 60),
                ("retry", "Pipedrive answered 503", 300),
            ),
        )
        return call

    def refused(self, external_id: str = "", *, minutes: float = 5) -> Call:
        """Make a call that the first CRM refused for good."""
        call = self.call(external_id, minutes=minutes, phone="+18605550173", duration=58)
        score = self.heard(call, score=64, band="warm", contact={"first_name": "Constance", "last_name": "Ferraro"})
        LeadSync.objects.create(lead=score.lead, crm="hubspot")
        step = self.step(
            call,
            "sync",
            State.DEAD,
            target="hubspot",
            code="crm.required_missing",
            said="HubSpot refused this lead: Required property missing. Your mapping sends nothing for lead_source.",
        )
        Exchange.objects.create(
            call=call,
            crm="hubspot",
            step_id=step.pk,
            attempt=1,
            at=self.now,
            method="POST",
            path="/crm/objects/2026-09/contacts",
            request={"properties": {"firstname": "Constance", "lastname": "Ferraro", "lifecyclestage": "lead"}},
            status=400,
            answer={"status": "error", "category": "VALIDATION_ERROR", "message": "Property lead_source is required"},
            seconds=0.212,
        )
        return call

    def vendor(self, external_id: str = "", *, minutes: float = 5) -> Call:
        """Make a call that the sync rule keeps back."""
        call = self.call(external_id, minutes=minutes, phone="+14085550137", marketing_source="Direct")
        self.heard(call, score=4, band="not_a_lead", caller_kind="vendor", contact={"first_name": "Parker"})
        self.step(
            call,
            "sync",
            State.SKIPPED,
            target="hubspot",
            code="sync.rule.vendor",
            said="Callers of the kind 'vendor' don't go to the CRMs.",
        )
        return call

    def transcribing(self, external_id: str = "", *, minutes: float = 5) -> Call:
        """Make a call whose recording is being transcribed."""
        call = self.call(external_id, minutes=minutes, phone="+16025550171", duration=88)
        self.recording(call, seconds=88)
        self.step(call, "recording", said="0.7 MB wav, good audio (SNR 18 dB)", seconds=2)
        self.step(call, "transcript", State.RUNNING)
        return call

    def pending(self, external_id: str = "", *, minutes: float = 5) -> Call:
        """Make a call whose recording nobody has taken for five minutes."""
        call = self.call(external_id, minutes=minutes, phone="", caller_id="Anonymous", marketing_source="")
        self.step(call, "recording", State.WAITING, attempts=0, wait=-300)
        return call

    def parked(self, external_id: str = "", *, minutes: float = 5) -> Call:
        """Make a call that waits for a person to sign in to a CRM again."""
        call = self.call(external_id, minutes=minutes, phone="+18575550170")
        self.synced(call, self.heard(call, score=52, band="warm"), "hubspot", "9")
        self.step(
            call,
            "sync",
            State.PARKED,
            target="salesforce",
            code="crm.unauthorized",
            said="Salesforce asks you to sign in again: INVALID_LOGIN.",
        )
        return call

    def missed(self, external_id: str = "", *, minutes: float = 5) -> Call:
        """Make a missed call: no recording, scored from its facts, in the CRM."""
        call = self.call(external_id, minutes=minutes, phone="+15035550165", duration=0, caller_name="FARRAH")
        self.step(call, "recording", State.SKIPPED, code="recording.none", said="The call has no recording.")
        for stage in ("transcript", "extraction"):
            self.step(call, stage, State.SKIPPED, code="recording.none", attempts=0)
        parts = [part("project_intent", 15, 30, "A missed call: what was wanted isn't known. Call back.")]
        score = self.score(
            call,
            score=21,
            band="cold",
            confidence=0.4,
            parts=parts + PARTS[3:4],
            contact={"first_name": "Farrah"},
            below_thresholds=["min_call_duration", "min_confidence_score"],
        )
        self.step(call, "score", said="21, confidence 0.40", seconds=0.05)
        for crm, remote_id in zip(ORDER, ("1", "2", "3"), strict=True):
            self.synced(call, score, crm, remote_id)
        return call

    def everything(self) -> list[Call]:
        """Make one call of each kind, the newest first."""
        makers = (
            self.transcribing,
            self.refused,
            self.rate_limited,
            self.done,
            self.vendor,
            self.parked,
            self.missed,
            self.pending,
        )
        return [make(minutes=5 + 17 * i) for i, make in enumerate(makers)]


def person(email: str, *roles: tuple[Tenant, str], name: str = "", **fields: Any) -> User:
    """Make a user with these roles."""
    user = User.objects.create_user(email, PASSWORD, name=name, **fields)
    for tenant, role in roles:
        Membership.objects.create(tenant=tenant, user=user, role=role)
    return user


def write_tone(place: Path, *, seconds: float, rate: int = 8000) -> None:
    """Write a quiet tone as a mono WAV file."""
    second = b"".join(struct.pack("<h", int(900 * math.sin(2 * math.pi * 220 * i / rate))) for i in range(rate))
    with wave.open(str(place), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((second * (int(seconds) + 1))[: int(seconds * rate) * 2])
