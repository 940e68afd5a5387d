"""Loads all that a call's page shows, in a fixed number of queries."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import F

from calls.models import Call, Recording, Transcript, WebhookDelivery
from crm.models import Exchange, LeadSync
from crm.sync import plan
from pipeline.dashboard import exchange, facts, lines, meter, payload, timeline, trouble, words
from pipeline.steps import status
from pipeline.steps.history.models import Attempt
from pipeline.steps.status import Passage, Status, Word
from scoring.extraction import evidence, extract
from scoring.extraction.provider import Fact, Line
from scoring.models import Extraction, LeadScore
from tenants.models import Tenant


@dataclasses.dataclass(frozen=True, slots=True)
class CrmRow:
    """One CRM of the call: what was written there."""

    slug: str
    name: str
    marks: tuple[meter.Mark]
    line: str
    due: dt.datetime | None
    url: str
    can_try: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """What moves while a call is under way; `version` is its ETag."""

    status: Status
    brief: words.Brief
    steps: Sequence[Passage]
    rows: Sequence[timeline.Row]
    took: str
    marks: Sequence[meter.Mark]
    crms: Sequence[CrmRow]
    trouble: trouble.Trouble | None
    exchange: exchange.Shown | None
    version: str


@dataclasses.dataclass(frozen=True, slots=True)
class Lead:
    """Who called, what for, and what that is worth."""

    caller: str
    kind: str
    project: str
    terms: str
    fields: Sequence[facts.Field]
    score: LeadScore | None
    parts: Sequence[facts.Part]
    doubts: Sequence[facts.Doubt]
    facts: Mapping[str, Fact]
    extraction_id: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class Listening:
    """The recording and its transcript."""

    player: str
    """Which recording the player has."""
    text: str
    """Which transcript and extraction the lines show."""
    recording: Recording | None
    spoken: Sequence[lines.Spoken]
    wave: lines.Wave
    transcript: Transcript | None


@dataclasses.dataclass(frozen=True, slots=True)
class Neighbours:
    """The calls before and after in time."""

    newer: int | None
    older: int | None


def find(pk: int) -> Call:
    """Return the tenant's call. Raises Call.DoesNotExist."""
    return Call.objects.select_related("recording").get(pk=pk)


def deliveries(call: Call) -> list[WebhookDelivery]:
    """Return the call's deliveries without their bodies, the first one first."""
    return list(WebhookDelivery.objects.filter(merged__call=call).defer("body").order_by("received_at", "pk"))


def lead(call: Call) -> Lead:
    """Load the newest score and the facts behind it; facts without a score yet are shown too."""
    score = LeadScore.objects.select_related("lead").filter(call=call).order_by("-pk").first()
    extraction = Extraction.objects.filter(call=call).order_by("-pk").first()
    found = evidence.from_json(extraction.facts) if extraction else {}
    project, terms = facts.wants(found)
    return Lead(
        caller=facts.caller(call, score),
        kind=facts.kind(score),
        project=project,
        terms=terms,
        fields=facts.fields(call, score, found),
        score=score,
        parts=facts.parts(score) if score else (),
        doubts=facts.doubts(score) if score else (),
        facts=found,
        extraction_id=extraction.pk if extraction else None,
    )


def listening(call: Call, of: Lead) -> Listening:
    """Load the newest transcript, its evidence marked."""
    recording: Recording | None = getattr(call, "recording", None)
    transcript = extract.newest_transcript(call.pk)
    said: Sequence[Line] = extract.lines_of(transcript) if transcript else ()
    duration = recording.duration if recording else call.duration
    return Listening(
        player=bytes(recording.sha256).hex()[:12] if recording else "",
        text=f"{transcript.pk if transcript else 0}.{of.extraction_id or 0}",
        recording=recording,
        spoken=lines.spoken(said, of.facts),
        wave=lines.wave(said, of.facts, duration=duration),
        transcript=transcript,
    )


def progress(
    tenant: Tenant, call: Call, found: Sequence[WebhookDelivery], score: LeadScore | None, *, now: dt.datetime
) -> Progress:
    """Load the call's steps and their attempts, and what the CRMs hold."""
    order = plan.in_order(tenant)
    ids = [delivery.pk for delivery in found]
    steps = status.of_calls(tenant, {call.pk: ids}, stages=list(words.STAGES))[call.pk]
    attempts: dict[int, list[Attempt]] = {step.id: [] for step in steps}
    for attempt in Attempt.objects.filter(step_id__in=list(attempts)).order_by("pk"):
        attempts[attempt.step_id].append(attempt)
    stands = status.derive(steps, now=now)
    received = [delivery.received_at for delivery in found]
    rows = timeline.rows(steps=steps, attempts=attempts, received=received, crms=order, now=now)
    syncs = {sync.crm: sync for sync in LeadSync.objects.filter(lead_id=score.lead_id)} if score else {}
    halted = stands.step if stands.word == Word.NEEDS_ATTENTION else None
    return Progress(
        status=stands,
        brief=words.brief(stands),
        steps=steps,
        rows=rows,
        took=timeline.took_to_crm(steps, received),
        marks=meter.marks(steps, order),
        crms=_crm_rows(steps, order, rows, syncs),
        trouble=trouble.of(halted, steps, attempts, syncs) if halted else None,
        exchange=_last_exchange(halted) if halted and halted.stage == "sync" else None,
        version=timeline.version(steps, attempts, score and score.pk, stands, order, [row.line for row in rows]),
    )


def neighbours(call: Call) -> Neighbours:
    """Return the calls next to this one in time."""
    moment = {"started_at": call.started_at}
    newer = Call.objects.filter(started_at__gte=call.started_at).exclude(pk__lte=call.pk, **moment)
    older = Call.objects.filter(started_at__lte=call.started_at).exclude(pk__gte=call.pk, **moment)
    return Neighbours(
        newer=newer.order_by("started_at", "pk").values_list("pk", flat=True).first(),
        older=older.order_by(F("started_at").desc(), "-pk").values_list("pk", flat=True).first(),
    )


def sent(found: Sequence[WebhookDelivery]) -> payload.Shown | None:
    """Return what the page shows of the call's newest delivery."""
    return payload.shown(found[-1]) if found else None


def _crm_rows(
    steps: Sequence[Passage], order: Sequence[str], rows: Sequence[timeline.Row], syncs: Mapping[str, LeadSync]
) -> list[CrmRow]:
    by_name = {row.name: row for row in rows}
    own = {step.target: step for step in steps if step.stage == "sync"}
    made = []
    for slug, mark in zip(order, meter.marks(steps, order), strict=True):
        name, step, sync = words.crm(slug), own.get(slug), syncs.get(slug)
        row = by_name[name]
        url = sync.remote_url if sync and sync.remote_url.startswith(("https://", "http://")) else ""
        can_try = step is not None and (step.is_halted or (step.state == "waiting" and row.due is not None))
        made.append(CrmRow(slug, name, (mark,), row.line, row.due, url, can_try))
    return made


def _last_exchange(halted: Passage) -> exchange.Shown | None:
    found = Exchange.objects.filter(call_id=halted.subject, crm=halted.target).order_by("-pk").first()
    return exchange.shown(found) if found else None
