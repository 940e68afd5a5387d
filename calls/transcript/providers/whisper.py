"""Whisper on the machine itself: no account, no key, no download.

The engine runs in a child of its own (`python -m` this module), kept warm for a minute: it takes 400 MB and may
crash or overrun without harm to the worker.
"""

import dataclasses
import os
import resource
import sys
import wave
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from calls.transcript import turns, weights
from calls.transcript.provider import ForeignLanguage, Speech, Word
from calls.transcript.resident import Resident, serve
from pipeline.errors import Parked, StepError, Transient

SPOKEN = ("en",)
"""Languages that what follows the transcript understands."""
SURE, HARDLY = 0.5, 0.2
THREADS = 2
IDLE_SECONDS = 60
START_SECONDS = 120
SECONDS_PER_SECOND = 3
"""Time limit for a second of audio on a channel; it takes 0.1 to 0.2 on two quiet cores."""
LONGEST_SECONDS = 6600
RATE = 16_000
"""Samples a second of the channels' files."""
PIECE_SECONDS, CUT_WITHIN_SECONDS, FRAME_SECONDS = 1200, 30, 0.1
"""A channel goes through the engine in pieces: it holds what it makes of one, 47 MB a minute, in memory at once."""
LONGEST_WORD = 0.4
Heard = tuple[str, float, float, float]
"""A word as the child sends it: text, start, end, probability."""
_children: dict[tuple[str, ...], Resident] = {}
_KINDS = {"Parked": Parked, "Transient": Transient}


class Whisper:
    """OpenAI's Whisper through faster-whisper (CTranslate2, int8)."""

    slug: ClassVar[str] = "whisper"
    label: ClassVar[str] = "Whisper on this machine"

    def __init__(self, config: Mapping[str, str], *, idle_seconds: float = IDLE_SECONDS) -> None:
        model = config["whisper_model_path"] or config["whisper_model"]
        self._model = Path(model).name
        kind = "path" if config["whisper_model_path"] else "name"
        self.child = _child(config["models_dir"], model, kind, str(idle_seconds))

    def transcribe(self, channels: Sequence[Path], *, language: str) -> Speech:
        """Transcribe; raises ForeignLanguage, Parked (`speech.no_model`, `speech.bad_model`), Transient."""
        limit = START_SECONDS + SECONDS_PER_SECOND * sum(_seconds(path) for path in channels)
        answer = self.child.ask(
            {"channels": [str(path) for path in channels], "language": language}, seconds=min(limit, LONGEST_SECONDS)
        )
        if "error" in answer:
            raise _KINDS[answer["error"]](answer["code"], answer["text"])
        if "foreign" in answer:
            raise ForeignLanguage(answer["foreign"], answer["probability"])
        return Speech(
            turns=turns.build([[Word(*word) for word in words] for words in answer["channels"]]),
            language=answer["language"],
            language_confidence=answer["probability"],
            audio_seconds=max(_seconds(path) for path in channels),
            model=self._model,
        )


def children() -> list[Resident]:
    """Return the children that this process has started, one a model."""
    return list(_children.values())


def _child(*arguments: str) -> Resident:
    return _children.setdefault(arguments, Resident("calls.transcript.providers.whisper", arguments))


def _seconds(path: Path) -> float:
    with wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())


# --- the child -------------------------------------------------------------------------------------


@dataclasses.dataclass(slots=True)
class _Engine:
    """The model in memory, loaded for the first request."""

    models_dir: Path
    model: str
    is_path: bool
    loaded: Any = None

    def answer(self, request: dict[str, Any]) -> Mapping[str, object]:
        """Transcribe one call; errors go back as values."""
        try:
            if self.loaded is None:
                self.loaded = self._load()
            return self._hear([_samples(path) for path in request["channels"]], request["language"])
        except StepError as error:
            return {"error": type(error).__name__, "code": error.code, "text": error.text}

    def _load(self) -> Any:  # noqa: ANN401  (faster-whisper ships no types)
        from faster_whisper import WhisperModel  # noqa: PLC0415  (slow, and in the child only)

        place = Path(self.model) if self.is_path else weights.folder(self.model, models_dir=self.models_dir)
        if not (place / "model.bin").is_file():
            raise Parked("speech.no_model", f"WHISPER_MODEL_PATH is {place}: there is no model.bin in it.")
        return WhisperModel(str(place), device="cpu", compute_type="int8", cpu_threads=THREADS)

    def _hear(self, channels: list[Any], language: str) -> Mapping[str, object]:
        import numpy as np  # noqa: PLC0415  (in the child only)
        from faster_whisper.vad import collect_chunks, get_speech_timestamps  # noqa: PLC0415

        mix = np.mean(channels, axis=0, dtype=np.float32)
        spoken = get_speech_timestamps(mix)
        if not spoken:
            return {"channels": [], "language": None, "probability": None}
        probability = None
        if not language:
            pieces, _ = collect_chunks(mix, spoken)
            language, probability, all_of_them = self.loaded.detect_language(
                np.concatenate(pieces), language_detection_segments=2
            )
            if language not in SPOKEN and probability >= SURE and max(dict(all_of_them)[s] for s in SPOKEN) < HARDLY:
                return {"foreign": language, "probability": round(probability, 3)}
            language = language if language in SPOKEN else SPOKEN[0]
        heard = [self._words(channel, language) for channel in channels]
        return {"channels": heard, "language": language, "probability": probability and round(probability, 3)}

    def _words(self, samples: Any, language: str) -> list[Heard]:  # noqa: ANN401
        words = []
        for begin, piece in _pieces(samples):
            segments, _ = self.loaded.transcribe(
                piece,
                language=language,
                beam_size=1,
                vad_filter=True,
                word_timestamps=True,
                condition_on_previous_text=False,
            )
            words += [
                (word.word, begin + word.start, begin + word.end, word.probability)
                for segment in segments
                for word in segment.words
            ]
        return _whole_words(words)


def _pieces(samples: Any) -> Iterator[tuple[float, Any]]:  # noqa: ANN401
    """Yield the samples in pieces cut where it is quietest, each with the second it begins at."""
    begin, most, within, frame = 0, PIECE_SECONDS * RATE, CUT_WITHIN_SECONDS * RATE, int(FRAME_SECONDS * RATE)
    while len(samples) - begin > most:
        last = samples[begin + most - within : begin + most].reshape(-1, frame)
        end = begin + most - within + int(abs(last).sum(axis=1).argmin()) * frame + frame // 2
        yield begin / RATE, samples[begin:end]
        begin = end
    yield begin / RATE, samples[begin:]


def _whole_words(pieces: Iterable[Heard]) -> list[Heard]:
    """Join what belongs to one word: Whisper's pieces of `512-555-0147` are `512`, `-555`, `-0147`."""
    words: list[Heard] = []
    for text, begin, finish, sure in pieces:
        start, end, probability = round(float(begin), 2), round(float(finish), 2), round(float(sure), 3)
        if words and text.strip() and not text.startswith(" "):
            former = words.pop()
            words.append((former[0] + text.strip(), former[1], end, min(former[3], probability)))
        elif text.strip():
            words.append((text.strip(), start, end, probability))
    return _mended(words)


def _mended(words: list[Heard]) -> list[Heard]:
    """Bring the first word of a sentence back to it when its time lies before the pause.

    The VAD cuts pauses out before Whisper hears the audio; a word next to such a cut may land on its wrong side.
    """
    mended = list(words)
    for number in range(len(words) - 2, 0, -1):
        before, word, after = words[number - 1], words[number], mended[number + 1]
        ends_nothing = before[0].endswith(turns.SENTENCE_ENDS) and not word[0].endswith(turns.SENTENCE_ENDS)
        if ends_nothing and after[1] - word[2] > turns.LONG_PAUSE:
            start = max(after[1] - min(word[2] - word[1], LONGEST_WORD), word[1])
            mended[number] = (word[0], round(start, 2), after[1], word[3])
    return mended


def _samples(path: str) -> Any:  # noqa: ANN401  (numpy's, in the child only)
    import numpy as np  # noqa: PLC0415

    with wave.open(path) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).astype(np.float32) / 32768


def main(arguments: Sequence[str]) -> None:
    """Answer requests until idle; behind the web and the intake where cores are few."""
    models_dir, model, kind, idle_seconds = arguments
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
    engine = _Engine(Path(models_dir), model, kind == "path")
    serve(engine.answer, idle_seconds=float(idle_seconds))


if __name__ == "__main__":
    main(sys.argv[1:])
