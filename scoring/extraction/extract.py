"""Draws facts from a call's newest transcript and keeps them with their evidence."""

import dataclasses
from collections.abc import Sequence

from django.conf import settings
from django.db.models import QuerySet

from calls.call import lookup
from calls.models import Call, Transcript
from pipeline.steps.stage import Job, Outcome
from scoring.extraction import evidence, registry, speakers
from scoring.extraction.provider import CallContext, Findings, Line
from scoring.models import Extraction
from tenants import configuration
from tenants.models import Tenant

COUNTED = ("first_name", "last_name", "stated_phone", "email", "project_type", "project_details", "timeline", "urgency")
"""The facts that the stage's line counts; the two ends of the budget are one more."""


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """An extraction, with its call and transcript, and the lines that it was drawn from."""

    extraction: Extraction
    lines: Sequence[Line]


def work(job: Job) -> Outcome:
    """Analyze the newest transcript; skipped when there is none, or nobody spoke.

    Raises Permanent("call.not_found"), Parked("analyzer.unknown"), and what the analyzer raises.
    """
    transcript = newest_transcript(job.subject)
    if transcript is None:
        lookup.existing(job.subject)
        return Outcome(summary="No transcript", skipped="transcript.none")
    lines = lines_of(transcript)
    if not lines:
        return Outcome(summary="Nobody spoke", skipped="transcript.empty")
    provider = registry.load(analyzer_of(job.tenant))
    findings = evidence.checked(provider.analyze(lines, _context(transcript.call)), lines)
    return Outcome(summary=_summary(findings), data=Drawn(_row(job, transcript, provider.slug, findings), lines))


def save(_: Job, outcome: Outcome) -> None:
    """Store the extraction; a skipped call has none."""
    if isinstance(outcome.data, Drawn):
        outcome.data.extraction.save(force_insert=True)


def _row(job: Job, transcript: Transcript, analyzer: str, findings: Findings) -> Extraction:
    return Extraction(
        call=transcript.call,
        transcript=transcript,
        analyzer=analyzer,
        caller_kind=findings.caller_kind,
        project_intent=findings.project_intent,
        do_not_call=findings.do_not_call,
        facts=evidence.to_json(findings.facts),
        summary=findings.summary,
        confidence=findings.confidence,
        created_at=job.now,
    )


def newest_transcript(call_id: int) -> Transcript | None:
    """Return the transcript that counts, with its call."""
    return counting(call_id).select_related("call").first()


def counting(call_id: int) -> QuerySet[Transcript]:
    """Return the transcripts of a call that none has taken the place of, the one that counts first."""
    return Transcript.objects.filter(call_id=call_id, replaced_at=None).order_by("-pk")


def lines_of(transcript: Transcript) -> list[Line]:
    """Return the spoken lines in order, speakers inferred where no channel tells them."""
    rows = transcript.utterances.order_by("position")
    lines = [Line(row.position, row.speaker, row.start, row.end, row.text) for row in rows if row.text.strip()]
    return speakers.told(lines)


def analyzer_of(tenant: Tenant) -> str:
    """Return the slug of the tenant's analyzer, else the installation's."""
    return configuration.load(tenant).analyzer or str(settings.ANALYZER)


def _context(call: Call) -> CallContext:
    return CallContext(call.phone or call.caller_id, call.caller_name, call.duration, call.direction, call.started_at)


def _summary(findings: Findings) -> str:
    found = sum(name in findings.facts for name in COUNTED)
    found += "budget_min" in findings.facts or "budget_max" in findings.facts
    return f"{found} of {len(COUNTED) + 1} facts found"
