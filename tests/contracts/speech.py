"""What every speech engine promises; a test file of an engine inherits these and says how it is made."""

import json
import re
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from calls.recording import decode
from calls.transcript import registry
from calls.transcript.provider import ForeignLanguage, Speech, SpeechProvider
from pipeline.sandbox.recordings import FOLDER

RATE = 16_000


class SpeechContract:
    """Promises of calls.transcript.provider.SpeechProvider."""

    slug: str
    highest_error_rate: float
    """Of words, on five read sentences."""

    @pytest.fixture
    def engine(self) -> SpeechProvider:
        return registry.provider(self.slug)

    def test_it_is_what_the_registry_says(self, engine: SpeechProvider) -> None:
        assert engine.slug == self.slug
        assert engine.label

    def test_read_sentences_are_understood(self, engine: SpeechProvider, tmp_path: Path) -> None:
        texts: dict[str, str] = json.loads((FOLDER / "librivox/transcripts.json").read_text())
        pause = np.zeros(RATE, dtype=np.int16)
        sound = [part for name in texts for part in (samples(FOLDER / f"librivox/{name}.flac", tmp_path), pause)]

        speech = engine.transcribe([write(tmp_path / "all.wav", np.concatenate(sound))], language="en")

        wrong, words = errors(" ".join(texts.values()), " ".join(turn.text for turn in speech.turns))
        assert wrong / words <= self.highest_error_rate
        self.check_form(speech, channels=1)

    def test_two_channels_are_told_apart_and_the_language_is_found(
        self, engine: SpeechProvider, tmp_path: Path
    ) -> None:
        first, second = (samples(FOLDER / f"librivox/{name}.flac", tmp_path) for name in ("sas_0880", "sas_0930"))
        left = np.concatenate([first, np.zeros(len(second) + RATE, dtype=np.int16)])
        right = np.concatenate([np.zeros(len(first) + RATE, dtype=np.int16), second])

        speech = engine.transcribe(
            [write(tmp_path / "left.wav", left), write(tmp_path / "right.wav", right)], language=""
        )

        assert [(turn.channel, words_of(turn.text)[0]) for turn in speech.turns] == [(0, "he"), (1, "he")]
        assert "disposed" in words_of(speech.turns[0].text)
        assert "amiable" in words_of(speech.turns[1].text)
        assert speech.turns[0].end <= len(first) / RATE + 0.5 <= speech.turns[1].start + 0.5
        assert (speech.language or "en") == "en"
        self.check_form(speech, channels=2)

    def test_silence_has_no_turns(self, engine: SpeechProvider, tmp_path: Path) -> None:
        silence = write(tmp_path / "silence.wav", np.zeros(5 * RATE, dtype=np.int16))

        speech = engine.transcribe([silence], language="")

        assert (list(speech.turns), speech.audio_seconds) == ([], 5.0)

    def test_a_language_that_is_not_taken_is_named(self, engine: SpeechProvider, tmp_path: Path) -> None:
        channels = decode.channels(FOLDER / "spanish_espeak.opus.ogg", tmp_path)

        with pytest.raises(ForeignLanguage) as foreign:
            engine.transcribe(channels, language="")

        assert (foreign.value.code, foreign.value.language) == ("speech.language", "es")
        assert 0.5 < foreign.value.probability <= 1

    @staticmethod
    def check_form(speech: Speech, *, channels: int) -> None:
        """Check what holds for every transcript: times in order and inside the audio, shares between 0 and 1."""
        assert speech.model
        assert {turn.channel for turn in speech.turns} <= set(range(channels))
        assert [turn.start for turn in speech.turns] == sorted(turn.start for turn in speech.turns)
        for turn in speech.turns:
            assert 0 <= turn.start <= turn.end <= speech.audio_seconds + 0.5
            assert 0 <= turn.confidence <= 1
            assert " ".join(word.text for word in turn.words) in {turn.text, ""}
            assert all(turn.start <= word.start <= word.end <= turn.end for word in turn.words)
            assert all(0 <= word.probability <= 1 for word in turn.words)


def samples(file: Path, folder: Path) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    (channel,) = decode.channels(file, folder)
    with wave.open(str(channel)) as opened:
        return np.frombuffer(opened.readframes(opened.getnframes()), dtype=np.int16)


def write(file: Path, sound: np.ndarray[tuple[int], np.dtype[np.int16]]) -> Path:
    with wave.open(str(file), "wb") as opened:
        opened.setparams((1, 2, RATE, 0, "NONE", ""))
        opened.writeframes(sound.tobytes())
    return file


def words_of(text: str) -> list[str]:
    """Return the words in lower case, hyphens and signs apart, as error rates are counted."""
    return re.findall(r"[a-z0-9']+", text.lower().replace("mr.", "mister"))


def errors(said: str, heard: str) -> tuple[int, int]:
    """Return how many words must be changed, added or left out to come from one text to the other, and of how many."""
    left, right = words_of(said), words_of(heard)
    row: Sequence[int] = range(len(right) + 1)
    for number, word in enumerate(left, 1):
        following = [number]
        for column, other in enumerate(right, 1):
            following.append(min(following[-1] + 1, row[column] + 1, row[column - 1] + (word != other)))
        row = following
    return row[-1], len(left)
