"""Whisper on this machine keeps the speech engines' promises; its child and its model are looked after."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from calls.transcript.providers import whisper
from pipeline.errors import Parked
from tests.contracts.speech import RATE, SpeechContract, write

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True, scope="module")
def _end_children() -> Iterator[None]:
    """End the engine's children with the tests, as a worker's end does."""
    yield
    for child in whisper.children():
        child.end()


class TestWhisper(SpeechContract):
    slug = "whisper"
    highest_error_rate = 0.03


@pytest.fixture
def quiet(tmp_path: Path) -> list[Path]:
    return [write(tmp_path / "quiet.wav", np.zeros(RATE, dtype=np.int16))]


def config(**values: str) -> dict[str, str]:
    models = str(settings.VAR_DIR / "models")
    return {"models_dir": models, "whisper_model": "base", "whisper_model_path": "", **values}


def gone(pid: int) -> bool:
    until = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    return not Path(f"/proc/{pid}").exists()


def test_the_engine_stays_warm_ends_when_idle_and_starts_again(quiet: list[Path]) -> None:
    engine = whisper.Whisper(config(), idle_seconds=1)

    engine.transcribe(quiet, language="en")
    first = engine.child.pid
    engine.transcribe(quiet, language="en")
    assert first
    assert engine.child.pid == first
    assert gone(first)

    engine.transcribe(quiet, language="en")
    assert engine.child.pid not in {first, None}


def test_a_folder_without_a_model_says_which_setting_to_look_at(quiet: list[Path], tmp_path: Path) -> None:
    engine = whisper.Whisper(config(whisper_model_path=str(tmp_path)))

    with pytest.raises(Parked, match="WHISPER_MODEL_PATH") as failed:
        engine.transcribe(quiet, language="en")
    engine.child.end()

    assert failed.value.code == "speech.no_model"
