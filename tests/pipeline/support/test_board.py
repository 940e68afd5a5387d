"""A call's stages off a terminal: a line for each change, one that is tried again with when and why."""

import dataclasses
import datetime as dt
import io
import re

from pipeline.steps.status import Passage
from pipeline.support.board import Board

NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
STEP = Passage(
    id=1,
    stage="transcript",
    subject=1,
    target="",
    state="queued",
    attempts=0,
    code="",
    next_attempt_at=NOON,
    created_at=NOON,
    started_at=None,
    finished_at=None,
)


def drawn(*steps: Passage) -> list[str]:
    out = io.StringIO()
    board = Board(out)
    for step in steps:
        board.draw((step,))
    return [re.sub(r"^ +[\d.]+ s +", "", line) for line in out.getvalue().splitlines()]


def test_each_change_is_told_once() -> None:
    running = dataclasses.replace(STEP, state="running", attempts=1, started_at=NOON)
    done = dataclasses.replace(running, state="done", finished_at=NOON + dt.timedelta(seconds=2))

    assert drawn(STEP, running, running, done, done) == [
        "Transcript         running",
        "Transcript         done  2.0 s",
    ]


def test_step_that_waits_to_be_tried_again_says_why_and_until_when() -> None:
    first = dataclasses.replace(STEP, state="waiting", attempts=1, code="speech.engine_crashed")
    second = dataclasses.replace(first, attempts=2, next_attempt_at=NOON + dt.timedelta(minutes=5))

    assert drawn(first, first, second) == [
        "Transcript         waiting  speech.engine_crashed  next try at 12:00:00 UTC",
        "Transcript         waiting  speech.engine_crashed  attempt 2  next try at 12:05:00 UTC",
    ]


def test_step_that_waits_for_its_turn_is_not_told() -> None:
    assert drawn(dataclasses.replace(STEP, state="waiting")) == []
