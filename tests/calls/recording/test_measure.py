"""Signal to noise, and the guide's grade."""

import importlib.util

import numpy as np
import pytest

from calls.recording import measure
from tests.calls.recording import sounds

NOISE = np.random.default_rng(7)


def bursts(signal_db: float, noise_db: float) -> measure.Samples:
    """Return ten seconds of noise with a tone in every second second; levels in dB of full scale."""
    tone = sounds.tone(10)[0] / 8000 * 10 ** (signal_db / 20) * 2**0.5
    spoken = np.repeat([0, 1] * 5, measure.RATE)
    noise = NOISE.normal(0, 10 ** (noise_db / 20), len(tone))
    return np.asarray(tone * spoken + noise, dtype=np.float32)


@pytest.mark.parametrize(("signal_db", "noise_db"), [(-20, -50), (-10, -25), (-30, -60)])
def test_by_energy_the_ratio_is_what_was_mixed(
    signal_db: float, noise_db: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)  # as without the speech model

    assert measure.snr_db(bursts(signal_db, noise_db)) == pytest.approx(signal_db - noise_db, abs=1)


def test_the_model_takes_a_tone_in_noise_for_no_speech() -> None:
    assert measure.snr_db(bursts(-20, -50)) is None


def test_silence_and_nothing_have_no_ratio() -> None:
    assert measure.snr_db(np.zeros(measure.RATE * 5, dtype=np.float32)) is None
    assert measure.snr_db(np.zeros(0, dtype=np.float32)) is None


@pytest.mark.parametrize(
    ("snr_db", "duration", "grade"),
    [(10.1, 30.1, "good"), (10.0, 60, "poor"), (40, 30.0, "poor"), (None, 600, "poor"), (-3.0, 60, "poor")],
)
def test_good_is_more_than_10_db_and_more_than_30_seconds(snr_db: float | None, duration: float, grade: str) -> None:
    assert measure.quality(snr_db=snr_db, duration=duration) == grade
