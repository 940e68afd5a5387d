"""What a speech engine promises. Providers are plain Python: no Django, no retry, no sleep."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Protocol

from pipeline.errors import Permanent


@dataclasses.dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; times in seconds from the start of the recording, probability 0 to 1."""

    text: str
    start: float
    end: float
    probability: float


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's turn; `channel` is the audio channel it was heard on."""

    channel: int
    start: float
    end: float
    text: str
    confidence: float
    words: tuple[Word, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Speech:
    """What an engine heard; `language` is a code such as `en`, None if the engine did not check it."""

    turns: Sequence[Turn]
    language: str | None
    language_confidence: float | None
    audio_seconds: float
    model: str


class ForeignLanguage(Permanent):
    """The call is in a language that what follows the transcript doesn't understand."""

    def __init__(self, language: str, probability: float) -> None:
        super().__init__("speech.language", f"The call is in the language {language!r}.")
        self.language = language
        self.probability = probability


class SpeechProvider(Protocol):
    """Turns 16 kHz mono WAV files, one a channel, into turns.

    Made with the installation's settings (registry.py). Raises pipeline.errors.StepError kinds.
    """

    slug: ClassVar[str]
    label: ClassVar[str]

    def transcribe(self, channels: Sequence[Path], *, language: str) -> Speech:
        """Transcribe; `language` empty: find it, raise ForeignLanguage for one that isn't taken.

        Channel files are aligned and of equal length. No speech: no turns.
        """
        ...
