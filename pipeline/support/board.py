"""A call's stages in a terminal: lines that move on a terminal, lines that follow one another elsewhere."""

import time
from typing import TextIO

from pipeline.dashboard import words
from pipeline.steps.status import Passage

GREEN, RED, YELLOW, DIM, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
MARKS = {
    "done": (GREEN, "\N{CHECK MARK}"),
    "skipped": (DIM, "-"),
    "running": (YELLOW, ""),
    "dead": (RED, "x"),
    "parked": (RED, "!"),
}
SPINNER = "\N{BRAILLE PATTERN DOTS-1}\N{BRAILLE PATTERN DOTS-4}\N{BRAILLE PATTERN DOTS-6}\N{BRAILLE PATTERN DOTS-3}"


class Board:
    """Draws the steps of one call again and again."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()
        self._drawn = 0
        self._told: dict[int, str] = {}
        self._began = time.monotonic()

    def draw(self, steps: tuple[Passage, ...]) -> None:
        """Show where each step stands now."""
        if self._is_terminal:
            self._redraw(steps)
        else:
            self._tell(steps)

    def _tell(self, steps: tuple[Passage, ...]) -> None:
        """Print a line for each step that began, ended, or waits to be tried again, since the last time."""
        for step in steps:
            state = f"{step.state} {step.attempts}"
            told = step.state in MARKS or (step.state == "waiting" and step.code)
            if told and self._told.get(step.id) != state:
                self._told[step.id] = state
                since = time.monotonic() - self._began
                self._out.write(f"  {since:5.1f} s  {words.stage(step.stage, step.target):<18} {_state(step)}\n")
        self._out.flush()

    def _redraw(self, steps: tuple[Passage, ...]) -> None:
        if self._drawn:
            self._out.write(f"\x1b[{self._drawn}A")
        for step in steps:
            self._out.write(f"\x1b[2K  {self._mark(step)} {words.stage(step.stage, step.target):<18} {_state(step)}\n")
        self._drawn = len(steps)
        self._out.flush()

    def _mark(self, step: Passage) -> str:
        colour, sign = MARKS.get(step.state, (DIM, "\N{MIDDLE DOT}"))
        turning = SPINNER[int((time.monotonic() - self._began) * 8) % len(SPINNER)]
        return f"{colour}{sign or turning}{PLAIN}"


def _state(step: Passage) -> str:
    """Return a step's state in words, with what it took or why it stands."""
    took = ""
    if step.started_at and step.finished_at:
        took = f"  {(step.finished_at - step.started_at).total_seconds():.1f} s"
    why = f"  {step.code}" if step.code else ""
    again = f"  attempt {step.attempts}" if step.attempts > 1 else ""
    if step.state == "waiting" and step.code:
        again += f"  next try at {step.next_attempt_at:%H:%M:%S} UTC"
    return f"{step.state}{took}{why}{again}"
