"""Instant stand-ins for every outside part of the path.

Answers are fixed by the call's id; nothing goes over the network. STANDIN_WAIT is the seconds that each outside
part takes (sleeping, as a network wait does).
"""

import dataclasses
import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, ParamSpec, TypeVar

from calls.models import Call
from calls.recording import decode, download, formats
from calls.transcript import registry as engines
from calls.transcript import transcribe
from calls.transcript.provider import Speech, SpeechProvider, Turn
from crm.sync import registry as crms
from crm.sync.provider import (
    CallLog,
    ConfigField,
    CrmProvider,
    Earlier,
    Keep,
    Known,
    Observe,
    Receipt,
    RemoteField,
    Sent,
)
from pipeline.stages import STAGES
from pipeline.steps.stage import Job, Outcome
from scoring.extraction import registry as analyzers
from scoring.extraction.provider import AnalyzerProvider, CallContext, Evidence, Fact, Findings, Line

WAIT = float(os.environ.get("STANDIN_WAIT", "0"))
TALK = (
    ("agent", "Cedar and Stone, this is Tanya, how can I help you?"),
    ("caller", "Hi, I was calling about getting an estimate on a kitchen remodel, around forty thousand dollars."),
)


P = ParamSpec("P")
R = TypeVar("R")


def outside(part: Callable[P, R]) -> Callable[P, R]:
    """Take as long as an outside part takes."""

    def waited(*args: P.args, **kwargs: P.kwargs) -> R:
        if WAIT:
            time.sleep(WAIT)
        return part(*args, **kwargs)

    return waited


@outside
def recording(job: Job) -> Outcome:
    """Have the recording."""
    url = Call.objects.values_list("recording_url", flat=True).get(pk=job.subject)
    digest = hashlib.sha256(url.encode()).digest()
    sound = decode.Sound(formats.WAV, 99.7, 8000, 2, "pcm_mulaw", 21.0)
    stored = download.Stored(f"standin/{job.subject}.wav", digest, 1_600_000, digest, sound)
    return Outcome("1.6 MB wav, good audio (SNR 21 dB)", stored)


@outside
def transcript(job: Job) -> Outcome:  # noqa: ARG001  (as every stage's work)
    """Have the transcript."""
    speech = Speech(_turns(), language="en", language_confidence=1.0, audio_seconds=99.7, model="standin")
    return Outcome("2 lines, 2 speakers, confidence 0.94", transcribe.Heard("standin", 2, speech))


def _turns() -> list[Turn]:
    return [
        Turn(channel=int(who == "caller"), start=3.0 * n, end=3.0 * n + 2, text=text, confidence=0.94)
        for n, (who, text) in enumerate(TALK)
    ]


class Engine:
    """Hears the same in every recording."""

    slug: ClassVar[str] = "standin"
    label: ClassVar[str] = "Stand-in"

    def __init__(self, config: Mapping[str, str]) -> None:
        """Need nothing."""

    def transcribe(self, channels: Sequence[Path], *, language: str) -> Speech:  # noqa: ARG002  (the interface)
        """Return the one text that stand-ins speak."""
        return Speech(_turns(), language="en", language_confidence=1.0, audio_seconds=99.7, model="standin")


class Analyzer:
    """Finds the same in every call."""

    slug: ClassVar[str] = "standin"
    label: ClassVar[str] = "Stand-in"

    @outside
    def analyze(self, lines: Sequence[Line], context: CallContext) -> Findings:  # noqa: ARG002  (the interface)
        """Return what the one text that stand-ins speak holds."""
        line = lines[-1]
        said = (Evidence(line.position, line.start, "kitchen remodel"),)
        facts = {"project_type": Fact("kitchen remodel", 0.9, said), "budget_min": Fact(40_000, 0.9, said)}
        return Findings("lead", True, False, facts, "Wants a kitchen remodel.", 0.9)


class Crm:
    """Keeps nothing; ids are made of the keys."""

    slug: ClassVar[str] = ""
    label: ClassVar[str] = "Stand-in"
    config_fields: ClassVar[tuple[ConfigField, ...]] = ()

    def __init__(self, config: Mapping[str, str], *, observe: Observe) -> None:  # noqa: ARG002  (the interface)
        self._observe = observe

    def verify(self) -> str:
        """Return the account's name."""
        return "Stand-in"

    def fields(self) -> Sequence[RemoteField]:
        """Return no fields."""
        return ()

    def prepare(self) -> Mapping[str, str]:
        """Make nothing."""
        return {}

    def close(self) -> None:
        """Close nothing."""

    @outside
    def upsert_lead(
        self,
        *,
        key: str,
        values: Mapping[str, str],
        if_new: Mapping[str, str],
        known: Known,
        earlier: Earlier | None,
        keep: Keep,  # noqa: ARG002  (one write makes all of it)
    ) -> Receipt:
        """Take the lead."""
        is_new = not known.remote_id and earlier is None
        remote_id = known.remote_id or key[:12]
        self._observe(Sent("POST", "/leads", {**values, **(if_new if is_new else {})}, 200, {"id": remote_id}, WAIT))
        return Receipt(remote_id, f"https://crm.invalid/{remote_id}", created=is_new)

    def log_call(self, *, known: Known, call: CallLog, earlier: Earlier | None) -> str:  # noqa: ARG002  (the interface)
        """Take the call."""
        entry_id = f"{known.remote_id}-{call.key[:12]}"
        self._observe(Sent("POST", "/calls", {"title": call.title, "body": call.marked_body}, 200, entry_id, 0))
        return entry_id


def install_engines() -> None:
    """Register the speech engine and the analyzer `standin` in this process; all else stays the product's."""
    # The annotations have mypy hold the stand-ins to the interfaces.
    engine: type[SpeechProvider] = Engine
    analyzer: type[AnalyzerProvider] = Analyzer
    engines.PROVIDERS["standin"] = f"{__name__}.{engine.__name__}"
    analyzers.PROVIDERS["standin"] = f"{__name__}.{analyzer.__name__}"


def install() -> None:
    """Put the stand-ins in the place of the outside parts, in this process."""
    install_engines()
    for name, work in (("recording", recording), ("transcript", transcript)):
        STAGES[name] = dataclasses.replace(STAGES[name], work=work)
    crm: type[CrmProvider] = Crm
    for slug in crms.PROVIDERS:
        crms.PROVIDERS[slug] = f"{__name__}.{crm.__name__}"
