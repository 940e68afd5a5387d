"""A call in a row of the list: six cells of the way it went, and a mark a CRM."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from pipeline.dashboard import words
from pipeline.steps.status import Passage, Status, Word


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """One CRM's state for a call."""

    letters: str
    shape: str
    """ok, wait, bad or none."""
    said: str
    """The same as a sentence, for those who don't see the shape."""


def cells(steps: Sequence[Passage], status: Status, *, now: dt.datetime) -> list[str]:
    """Return the six cells: done, in, run, wait, bad or none."""
    if status.word == Word.DONE:
        return ["in"] * len(words.STAGES)
    is_busy = status.word == Word.PROCESSING
    by_stage = [[step for step in steps if step.stage == stage] for stage in words.STAGES]
    return [_cell(found, now, is_busy=is_busy) for found in by_stage]


def _cell(steps: Sequence[Passage], now: dt.datetime, *, is_busy: bool) -> str:
    if any(step.is_halted for step in steps):
        return "bad"
    if is_busy and any(step.state == "running" or step.is_due(now) for step in steps):
        return "run"
    if any(step.is_open for step in steps):
        return "wait"
    # A skipped CRM is a cell that the call never filled.
    return "done" if any(step.state == "done" or step.stage != "sync" for step in steps) else "none"


def marks(steps: Sequence[Passage], crms: Sequence[str]) -> list[Mark]:
    """Return a mark for each CRM of the tenant, in sync order."""
    syncs = {step.target: step for step in steps if step.stage == "sync"}
    goes_on = any(step.is_open or step.is_halted for step in steps)
    return [_mark(slug, syncs.get(slug), goes_on=goes_on and bool(syncs)) for slug in crms]


def _mark(slug: str, step: Passage | None, *, goes_on: bool) -> Mark:
    letters, name = words.mark(slug), words.crm(slug)
    if step is None:
        return Mark(letters, "wait", f"{name}: waits") if goes_on else Mark(letters, "none", f"{name}: not sent")
    match step.state:
        case "done":
            return Mark(letters, "ok", f"{name}: in the CRM")
        case "skipped":
            return Mark(letters, "none", f"{name}: not sent")
        case "dead" | "parked":
            return Mark(letters, "bad", f"{name}: {words.stopped(step)}")
    return Mark(letters, "wait", f"{name}: on its way")
