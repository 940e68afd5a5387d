"""What happened to a call: one row a stage and CRM, from its steps and the history of their attempts."""

import dataclasses
import datetime as dt
import hashlib
import itertools
from collections.abc import Mapping, Sequence

from pipeline.dashboard import words
from pipeline.dashboard.tags import took
from pipeline.steps.backoff import ATTEMPTS
from pipeline.steps.history.models import Attempt
from pipeline.steps.status import Passage

_DONE = ("done", "skipped")
Attempts = Mapping[int, Sequence[Attempt]]
"""Attempts by step, oldest first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line of the timeline. At its right stands one of: the time, how long it took, the time to the next try."""

    name: str
    shape: str
    """ok, run, wait, warn, bad, skip or none."""
    line: str
    tries: tuple[str, ...] = ()
    moment: dt.datetime | None = None
    seconds: float | None = None
    due: dt.datetime | None = None


def rows(
    *,
    steps: Sequence[Passage],
    attempts: Attempts,
    received: Sequence[dt.datetime],
    crms: Sequence[str],
    now: dt.datetime,
) -> list[Row]:
    """Return the rows in path order; what has not begun yet is there too."""
    by_stage = {stage: [step for step in steps if step.stage == stage] for stage in words.STAGES}
    made = [_delivery(by_stage.pop("call"), attempts, received, now)]
    syncs = {step.target: step for step in by_stage.pop("sync")}
    if len(syncs) > 1:
        syncs.pop("", None)  # what said that no CRM is connected, before one was
    before = ""
    for stage, found in by_stage.items():
        label = words.stage(stage)
        made.append(_row(label, found[-1], attempts, now) if found else _not_yet(label, before, steps))
        before = label
    for target in [*syncs, *(slug for slug in crms if slug not in syncs)]:
        label = words.crm(target)
        made.append(_row(label, syncs[target], attempts, now) if target in syncs else _not_yet(label, before, steps))
        before = label
    return made


def version(steps: Sequence[Passage], attempts: Attempts, *rest: object) -> str:
    """Return an ETag: it changes when a step, an attempt or anything of `rest` does, not with the clock."""
    tried = [(step_id, len(tries)) for step_id, tries in sorted(attempts.items())]
    return f'"{hashlib.sha256(repr((tuple(steps), tried, rest)).encode()).hexdigest()[:32]}"'


def took_to_crm(steps: Sequence[Passage], received: Sequence[dt.datetime]) -> str:
    """Return how long the call took into its first CRM: "in HubSpot 46 s after it arrived"; empty: it is in none."""
    done = [step for step in steps if step.stage == "sync" and step.state == "done" and step.finished_at]
    if not done or not received or not done[0].finished_at:
        return ""
    return (
        f"in {words.crm(done[0].target)} {took((done[0].finished_at - received[0]).total_seconds())} after it arrived"
    )


def last_text(step: Passage, attempts: Attempts) -> str:
    """Return what the step's last attempt said."""
    tries = attempts.get(step.id, ())
    return tries[-1].text if tries else ""


def _delivery(steps: Sequence[Passage], attempts: Attempts, received: Sequence[dt.datetime], now: dt.datetime) -> Row:
    """Return the row of the call's deliveries; one whose step did not end tells what stopped it."""
    first = received[0] if received else None
    unended = [step for step in steps if not step.has_ended]
    if unended:
        row = _row(words.STAGES["call"], unended[0], attempts, now)
        return dataclasses.replace(row, moment=first, due=None, seconds=None)
    again = len(received) - 1
    line = "Signature valid" + (f", and {again} more for this call" if again > 0 else "")
    return Row(words.STAGES["call"], "ok", line, moment=first)


def _not_yet(label: str, before: str, steps: Sequence[Passage]) -> Row:
    if any(step.is_open or step.is_halted for step in steps) or not steps:
        return Row(label, "none", f"Waits for {before}" if before else "Waits for the delivery")
    return Row(label, "skip", "Not reached")


def _row(label: str, step: Passage, attempts: Attempts, now: dt.datetime) -> Row:
    tries = attempts.get(step.id, ())
    said, last = last_text(step, attempts), tries[-1] if tries else None
    row = Row(label, "ok", said or "Done", tries=_told(tries) if len(tries) > 1 else ())
    match step.state:
        case "done":
            return dataclasses.replace(row, seconds=last.seconds if last else None)
        case "skipped":
            return dataclasses.replace(row, shape="skip", line=f"Skipped: {words.skipped(step.code, said)}")
        case "running":
            which = f", try {step.attempts} of {ATTEMPTS}" if step.attempts > 1 else ""
            return dataclasses.replace(row, shape="run", line=f"{words.doing(step)}{which}", moment=step.started_at)
        case "dead":
            line = said or f"Stopped: {step.code}"
            return dataclasses.replace(row, shape="bad", line=line, moment=step.finished_at)
        case "parked":
            line = said or f"Waits for a person: {step.code}"
            moment = _ended_at(last) if last else step.started_at  # no attempt: its history could not be written
            return dataclasses.replace(row, shape="warn", line=line, moment=moment)
    return _waiting(row, step, said, now)


def _waiting(row: Row, step: Passage, said: str, now: dt.datetime) -> Row:
    if step.paused:
        return dataclasses.replace(row, shape="wait", line="An operator paused this. It goes on when the pause ends.")
    if step.is_due(now):
        return dataclasses.replace(
            row, shape="wait", line="Next in line, waits for a worker", moment=step.next_attempt_at
        )
    line = "Starts by itself."
    if step.attempts or said:
        said = said.rstrip(".") or step.code
        line = f"{said}. Try {step.attempts + 1} of {ATTEMPTS} comes by itself."
    return dataclasses.replace(row, shape="wait", line=line, due=step.next_attempt_at)


def _told(tries: Sequence[Attempt]) -> tuple[str, ...]:
    """Return the attempts in words; those in a row that ended alike share a line."""
    lines = []
    number = 0
    for (text, outcome), same in itertools.groupby(tries, key=lambda one: (one.text, one.outcome)):
        group = list(same)
        first, number = number + 1, number + len(group)
        which = f"Try {first}" if first == number else f"Tries {first} to {number}"
        waits = [took(wait) for one in group if (wait := _wait(one)) > 0]
        waited = f", waited {', '.join(waits)}" if waits else ""
        said = outcome if outcome in _DONE else (text or outcome.replace("_", " ")).rstrip(".")
        lines.append(f"{which}: {said}{waited}")
    return tuple(lines)


def _wait(attempt: Attempt) -> float:
    """Return the seconds from an attempt's end to the next one; the first loss of a worker costs none."""
    return (attempt.next_attempt_at - _ended_at(attempt)).total_seconds() if attempt.next_attempt_at else 0


def _ended_at(attempt: Attempt) -> dt.datetime:
    return attempt.started_at + dt.timedelta(seconds=attempt.seconds)
