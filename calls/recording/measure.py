"""Measures what a recording is worth: signal to noise by voice activity, and the guide's grade. Plain numpy."""

import importlib.util

import numpy as np
import numpy.typing as npt

RATE = 16_000
FRAME = 320
"""Samples of one frame: 20 ms."""
LEAST_FRAMES = 15
HIGHEST_DB = 90.0
GOOD_SNR_DB = 10.0
GOOD_SECONDS = 30.0
Samples = npt.NDArray[np.float32]
Frames = npt.NDArray[np.bool_]


def quality(*, snr_db: float | None, duration: float) -> str:
    """Grade a recording by the guide's rule: good when SNR > 10 dB and longer than 30 s, else poor."""
    return "good" if snr_db is not None and snr_db > GOOD_SNR_DB and duration > GOOD_SECONDS else "poor"


def snr_db(samples: Samples) -> float | None:
    """Return the power of speech over the median power of what is not speech, in dB; None: no speech, or only speech.

    Speech is found by the Silero model if faster-whisper is installed, else by energy.
    """
    count = len(samples) // FRAME
    if count == 0:
        return None
    power = np.square(samples[: count * FRAME].reshape(count, FRAME), dtype=np.float64).mean(axis=1)
    speech = _by_model(samples, count) if importlib.util.find_spec("faster_whisper") else _by_energy(power)
    if speech.sum() < LEAST_FRAMES or (~speech).sum() < LEAST_FRAMES:
        return None
    noise = max(float(np.median(power[~speech])), 1e-10)
    signal = max(float(power[speech].mean()) - noise, 1e-10)
    return round(min(10 * float(np.log10(signal / noise)), HIGHEST_DB), 1)


def _by_model(samples: Samples, count: int) -> Frames:
    from faster_whisper.vad import VadOptions, get_speech_timestamps  # noqa: PLC0415  (slow, and not always there)

    frames = np.zeros(count, dtype=np.bool_)
    for one in get_speech_timestamps(samples, VadOptions(min_silence_duration_ms=100, speech_pad_ms=30)):
        frames[one["start"] // FRAME : -(-one["end"] // FRAME)] = True
    return frames


def _by_energy(power: npt.NDArray[np.float64]) -> Frames:
    """Call a frame speech if its level is nearer to the loud frames' than to the quiet ones'."""
    level = 10 * np.log10(power + 1e-10)
    quiet, loud = np.percentile(level, 10), np.percentile(level, 95)
    if loud - quiet < 6:  # noqa: PLR2004  (dB: one even level is either all speech or all noise)
        return np.zeros(len(power), dtype=np.bool_)
    return np.asarray(level > (quiet + loud) / 2, dtype=np.bool_)
