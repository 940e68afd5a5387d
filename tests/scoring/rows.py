"""Rows of a call in the current tenant's schema, as the stages before scoring leave them."""

import datetime as dt
from typing import Any

from calls.models import Call, Transcript, Utterance
from pipeline.steps.stage import Job
from scoring.extraction.provider import Line
from tenants.models import Tenant

NOW = dt.datetime(2025, 11, 20, 15, tzinfo=dt.UTC)


def call(external_id: str = "CAL1", **values: Any) -> Call:
    given = {"phone": "+15125550134", "caller_id": "+15125550134", "duration": 191, "started_at": NOW, **values}
    return Call.objects.create(external_id=external_id, **given)


def transcript(call: Call, lines: list[Line] | tuple[Line, ...], *, confidence: float | None = 0.94) -> Transcript:
    row = Transcript.objects.create(call=call, engine="whisper", confidence=confidence, audio_seconds=call.duration)
    Utterance.objects.bulk_create(
        Utterance(
            transcript=row,
            position=line.position,
            speaker=line.speaker,
            start=line.start,
            end=line.end,
            text=line.text,
        )
        for line in lines
    )
    return row


def job(tenant: Tenant, stage: str, call_id: int) -> Job:
    return Job(1, tenant, stage, call_id, "", 1, recovering=False, now=NOW)
