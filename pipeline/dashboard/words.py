"""The words of the pages: stages, CRMs, kinds, bands, and one line on where a call stands."""

import dataclasses
import datetime as dt

from crm.sync import registry
from pipeline.steps.status import Passage, Status, Word
from scoring.extraction.provider import CALLER_KINDS

STAGES = {
    "call": "Delivery received",
    "recording": "Recording",
    "transcript": "Transcript",
    "extraction": "Extraction",
    "score": "Score",
    "sync": "CRM",
}
_DOING = {
    "call": "Reading the delivery",
    "recording": "Fetching the recording",
    "transcript": "Transcribing",
    "extraction": "Looking for facts",
    "score": "Scoring",
}
_STOPPED = {
    "call": "The delivery could not be read",
    "recording": "The recording could not be fetched",
    "transcript": "The recording could not be transcribed",
    "extraction": "The facts could not be drawn",
    "score": "The call could not be scored",
}
_MARKS = {"hubspot": "HS", "salesforce": "SF", "pipedrive": "PD"}
_KEPT_BY_RULE = "sync.rule."
_SKIPPED = {
    "recording.none": "the call has no recording",
    "transcript.none": "there is no transcript",
    "transcript.empty": "nobody spoke",
    "speech.empty": "nobody speaks in the recording",
    "speech.language": "the engine does not speak the language",
}
_KINDS = {"unknown": "No contact"}
KINDS = (*CALLER_KINDS, *_KINDS)
"""Those that analyzers find, and a withheld number that left no words."""
BANDS = {"hot": "Hot", "warm": "Warm", "cold": "Cold", "not_a_lead": "Not a lead"}


@dataclasses.dataclass(frozen=True, slots=True)
class Brief:
    """Where a call stands in a few words, and until when it waits."""

    text: str
    until: dt.datetime | None = None


def crm(slug: str) -> str:
    """Return a CRM's name; empty, the step that says that none is connected: CRM."""
    if not slug:
        return STAGES["sync"]
    try:
        return registry.provider(slug).label
    except registry.UnknownCrm:
        return slug.capitalize()


def mark(slug: str) -> str:
    """Return a CRM's two letters."""
    return _MARKS.get(slug) or crm(slug)[:2].upper()


def stage(name: str, target: str = "") -> str:
    """Return the label of a stage, or of the CRM that it is about."""
    return crm(target) if target else STAGES.get(name, name.capitalize())


def doing(step: Passage) -> str:
    """Return what is being done."""
    return f"Writing to {crm(step.target)}" if step.stage == "sync" else _DOING.get(step.stage, step.stage.capitalize())


def skipped(code: str, said: str) -> str:
    """Return the reason of a skipped step, as it stands after "Skipped:"; `said` is what its attempt told."""
    if code.startswith(_KEPT_BY_RULE):
        return f"{kind(code.removeprefix(_KEPT_BY_RULE)).lower()}. Kept, not sent to the CRM."
    return _small(said) or _SKIPPED.get(code, code.rpartition(".")[2].replace("_", " "))


def _small(sentence: str) -> str:
    """Return a sentence as it stands after a colon: names keep their capital."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence


def kind(name: str) -> str:
    """Return a kind of caller: Job applicant."""
    return _KINDS.get(name) or name.replace("_", " ").capitalize()


def stopped(step: Passage) -> str:
    """Return a sentence without its point: what a halted step could not do."""
    if step.stage != "sync":
        return _STOPPED.get(step.stage, f"{stage(step.stage)} stopped")
    name = crm(step.target)
    return f"{name} needs you" if step.state == "parked" else f"{name} did not take this lead"


def brief(status: Status) -> Brief:
    """Return the line below a call's status word."""
    step = status.step
    if step is None:
        return Brief("No step yet")
    label = stage(step.stage, step.target)
    if status.word == Word.WAITING and status.until:
        return Brief(f"{label} in", status.until)
    texts = {
        Word.PENDING: f"{label} waits for a worker",
        Word.PROCESSING: doing(step),
        Word.WAITING: f"{label}, paused by an operator",
        Word.NEEDS_ATTENTION: _halt(label, step),
        Word.DONE: "In the CRM" if step.stage == "sync" else "Complete",
        Word.SKIPPED: "Kept, not sent to the CRM",
    }
    return Brief(texts[status.word])


def _halt(label: str, step: Passage) -> str:
    if step.state == "parked":
        return f"{label} waits for you"
    return f"{label} refused" if step.stage == "sync" else f"{label} failed"
