"""An engine that reads the transcript prepared beside a recording instead of listening: <tenths of a second>.json."""

import json
import os
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from calls.transcript.provider import Speech, Turn

SLUG = "prepared"
FOLDER = "PREPARED_FOLDER"
"""Names the folder in the environment: a worker may be another process."""
CHANNELS = {"A": 0, "C": 1}


class Prepared:
    """Knows the recording by its length."""

    slug: ClassVar[str] = SLUG
    label: ClassVar[str] = "Prepared"

    def __init__(self, config: Mapping[str, str]) -> None:
        self._folder = Path(os.environ[FOLDER])

    def transcribe(self, channels: Sequence[Path], *, language: str) -> Speech:
        with wave.open(str(channels[0])) as sound:
            seconds = sound.getnframes() / sound.getframerate()
        said = json.loads((self._folder / f"{seconds * 10:.0f}.json").read_text())
        turns = [Turn(CHANNELS[line[0]], at * 5.0, at * 5.0 + 4, line[3:], 0.95) for at, line in enumerate(said)]
        return Speech(turns, "en", 0.99, seconds, "prepared-1")
