"""Why a call stopped, in sentences: the cause, what happens next, what is safe, and the act that ends it."""

import dataclasses
from collections.abc import Mapping, Sequence

from crm.models import LeadSync
from pipeline.dashboard import timeline, words
from pipeline.steps.status import Passage

_KEPT = {"recording": "recording", "transcript": "transcript", "extraction": "facts", "score": "score"}
LONGEST_TITLE = 110
_ACT = "Put right what is named above, then try again."


@dataclasses.dataclass(frozen=True, slots=True)
class Trouble:
    """The banner of a call that needs attention."""

    title: str
    cause: str
    code: str
    next: str
    safe: str
    stage: str
    target: str
    label: str
    is_parked: bool


def of(
    halted: Passage, steps: Sequence[Passage], attempts: timeline.Attempts, syncs: Mapping[str, LeadSync]
) -> Trouble:
    """Return the banner for the step that stopped."""
    label = words.stage(halted.stage, halted.target)
    title, cause = _split(timeline.last_text(halted, attempts), words.stopped(halted))
    return Trouble(
        title=title,
        cause=cause,
        code=halted.code,
        next=_next(halted, label),
        safe=_safe(halted, steps, syncs),
        stage=halted.stage,
        target=halted.target,
        label=label,
        is_parked=halted.state == "parked",
    )


def _split(said: str, fallback: str) -> tuple[str, str]:
    """Return what the step said as a title and the rest of it."""
    first, _, rest = said.partition(". ")
    if not said or len(first) > LONGEST_TITLE:
        return fallback, said
    return first.rstrip("."), rest


def _next(halted: Passage, label: str) -> str:
    after = "The CRMs after it wait." if halted.stage == "sync" else "The stages after it wait."
    if halted.state == "parked":
        return f"{label} keeps its place and costs no try while it waits. {_ACT} {after}"
    tries = "1 try" if halted.attempts == 1 else f"{halted.attempts} tries"
    return f"It is not tried again by itself: {tries} made. {_ACT} {after}"


def _safe(halted: Passage, steps: Sequence[Passage], syncs: Mapping[str, LeadSync]) -> str:
    kept = [_KEPT[step.stage] for step in steps if step.stage in _KEPT and step.state == "done"]
    first = f"{_and(['delivery', *kept]).capitalize()} are kept." if kept else "The delivery is kept."
    if halted.stage != "sync":
        return f"{first} Nothing was sent to a CRM for this run."
    sync, name = syncs.get(halted.target), words.crm(halted.target)
    if sync and sync.remote_id:
        return f"{first} {name} has this person as {sync.remote_id}: a new try updates it and makes no second one."
    if sync and sync.intent_at:
        return f"{first} Whether {name} took the lead is not known: a new try looks it up first, so nothing is doubled."
    return f"{first} No record was made in {name}, so nothing will be doubled."


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
