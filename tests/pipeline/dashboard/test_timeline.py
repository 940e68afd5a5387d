"""The timeline's rows."""

import datetime as dt
from typing import Any

from pipeline.dashboard import timeline, words
from pipeline.dashboard.timeline import Row
from pipeline.steps.history.models import Attempt
from pipeline.steps.status import Passage

NOW = dt.datetime(2026, 11, 23, 10, 45, 31, tzinfo=dt.UTC)
SOON = NOW + dt.timedelta(seconds=42)


def step(number: int, stage: str, state: str, **more: Any) -> Passage:
    fields: dict[str, Any] = {"subject": 1, "target": "", "attempts": 1, "code": "", "next_attempt_at": NOW} | more
    return Passage(id=number, stage=stage, state=state, created_at=NOW, started_at=NOW, finished_at=NOW, **fields)


def attempt(outcome: str, text: str, *, seconds: float = 1, wait: float = 0) -> Attempt:
    ended = NOW + dt.timedelta(seconds=seconds)
    return Attempt(
        outcome=outcome,
        text=text,
        seconds=seconds,
        started_at=NOW,
        next_attempt_at=ended + dt.timedelta(seconds=wait) if wait else None,
    )


def test_a_call_on_its_way_shows_what_is_done_what_waits_and_what_is_to_come() -> None:
    steps = [
        step(1, "call", "done"),
        step(2, "recording", "done", attempts=2),
        step(3, "transcript", "skipped", code="transcript.none"),
        step(4, "extraction", "skipped", code="transcript.none"),
        step(5, "score", "done"),
        step(6, "sync", "waiting", target="hubspot", attempts=3, next_attempt_at=SOON),
    ]
    attempts = {
        2: [attempt("retry", "Answered 404.", wait=30), attempt("done", "1.4 MB mp3", seconds=3)],
        5: [attempt("done", "92, confidence 0.91", seconds=0.1)],
        6: [
            attempt("rate_limited", "Rate limit exceeded", wait=10),
            attempt("rate_limited", "Rate limit exceeded", wait=60),
        ],
    }

    rows = timeline.rows(steps=steps, attempts=attempts, received=[NOW], crms=["hubspot", "pipedrive"], now=NOW)

    assert rows == [
        Row("Delivery received", "ok", "Signature valid", moment=NOW),
        Row("Recording", "ok", "1.4 MB mp3", ("Try 1: Answered 404, waited 30 s", "Try 2: done"), seconds=3),
        Row("Transcript", "skip", "Skipped: there is no transcript"),
        Row("Extraction", "skip", "Skipped: there is no transcript"),
        Row("Score", "ok", "92, confidence 0.91", seconds=0.1),
        Row(
            "HubSpot",
            "wait",
            "Rate limit exceeded. Try 4 of 11 comes by itself.",
            ("Tries 1 to 2: Rate limit exceeded, waited 10 s, 1 min",),
            due=SOON,
        ),
        Row("Pipedrive", "none", "Waits for HubSpot"),
    ]


def test_a_wait_that_was_none_is_left_out() -> None:
    steps = [step(1, "call", "done"), step(2, "recording", "running", attempts=3)]
    lost = attempt("lost", "The worker stopped without a word.", seconds=75)
    lost.next_attempt_at = NOW + dt.timedelta(seconds=74.996)
    at_once = attempt("lost", "The worker stopped without a word.")
    at_once.next_attempt_at = NOW + dt.timedelta(seconds=1)
    later = attempt("lost", "The worker stopped without a word.", wait=5)

    rows = timeline.rows(steps=steps, attempts={2: [lost, at_once, later]}, received=[NOW], crms=[], now=NOW)

    assert rows[1].tries == ("Tries 1 to 3: The worker stopped without a word, waited 5 s",)


def test_a_stopped_call_tells_where_and_why_and_what_waits_for_it() -> None:
    steps = [step(1, "call", "done"), step(2, "recording", "dead", code="recording.gone")]
    attempts = {2: [attempt("dead", "Audio download failed: it was deleted there.")]}

    rows = timeline.rows(steps=steps, attempts=attempts, received=[NOW], crms=[], now=NOW)

    assert rows[1:3] == [
        Row("Recording", "bad", "Audio download failed: it was deleted there.", moment=NOW),
        Row("Transcript", "none", "Waits for Recording"),
    ]


def test_a_call_kept_back_by_the_rule_names_the_crms_as_not_reached() -> None:
    steps = [step(1, "call", "done"), step(2, "sync", "skipped", target="hubspot", code="sync.rule.job_applicant")]
    attempts = {2: [attempt("skipped", "Callers of the kind 'job_applicant' don't go to the CRMs.")]}

    rows = timeline.rows(steps=steps, attempts=attempts, received=[NOW], crms=["hubspot", "pipedrive"], now=NOW)

    assert rows[-2:] == [
        Row("HubSpot", "skip", "Skipped: job applicant. Kept, not sent to the CRM."),
        Row("Pipedrive", "skip", "Not reached"),
    ]


def test_the_version_changes_with_steps_and_attempts_but_not_with_the_clock() -> None:
    steps = [step(1, "call", "done"), step(2, "recording", "running")]
    ended = [steps[0], step(2, "recording", "done")]

    assert timeline.version(steps, {2: []}) == timeline.version(list(steps), {2: []})
    assert timeline.version(steps, {2: []}) != timeline.version(ended, {2: []})
    assert timeline.version(steps, {2: []}) != timeline.version(steps, {2: [attempt("retry", "x")]})


def test_every_stage_of_the_path_has_its_words() -> None:
    from pipeline.stages import STAGES

    assert list(words.STAGES) == list(STAGES)
