"""Decodes recordings in a child process with limits: a hostile file costs a child, never the worker."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from calls.recording import formats
from pipeline.errors import Permanent, Transient

ROOT = Path(__file__).resolve().parent.parent.parent
WALL_SECONDS = 300
_DECODER = "calls.recording.decoder"


@dataclasses.dataclass(frozen=True, slots=True)
class Sound:
    """What a recording turned out to be; `duration` in seconds, `sample_rate` in Hz, `snr_db` None: not measurable."""

    kind: formats.Format
    duration: float
    sample_rate: int
    channels: int
    codec: str
    snr_db: float | None


def measure(path: Path) -> Sound:
    """Decode a whole file and measure it. Raises Permanent `recording.not_audio` or `recording.too_long`."""
    kind = _kind(path)
    answer = _run(path, kind, "-")
    return Sound(
        kind=kind,
        duration=answer["duration"],
        sample_rate=answer["sample_rate"],
        channels=answer["channels"],
        codec=answer["codec"],
        snr_db=answer["snr_db"],
    )


def channels(path: Path, folder: Path) -> list[Path]:
    """Decode a file into 16 kHz mono WAV files in this folder, one a channel (more than two channels: one mix).

    Raises as `measure`, and OSError if the folder's disk is full or broken.
    """
    _run(path, _kind(path), str(folder))
    return sorted(folder.glob("channel-*.wav"))


def _kind(path: Path) -> formats.Format:
    with path.open("rb") as file:
        head = file.read(formats.HEAD_BYTES)
    kind = formats.recognise(head)
    if kind is None:
        taken = ", ".join(formats.TAKEN)
        raise Permanent("recording.not_audio", f"what came is {formats.describe(head)}; taken are {taken}")
    return kind


def _run(path: Path, kind: formats.Format, out: str) -> dict[str, Any]:
    command = [sys.executable, "-m", _DECODER, str(path.resolve()), kind.name, out]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as child:
        try:
            printed, _ = child.communicate(timeout=WALL_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            raise Permanent("recording.not_audio", f"its decoding took more than {WALL_SECONDS} seconds") from None
    return _answer(child.returncode, printed)


def _answer(code: int, printed: bytes) -> dict[str, Any]:
    """Read the child's answer; one that ended without was stopped by its own limits, or from outside."""
    if code in {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT}:
        raise Transient("recording.interrupted", "the decoder was stopped from outside, or for lack of memory")
    try:
        answer: dict[str, Any] = json.loads(printed)
    except ValueError:
        raise Permanent("recording.not_audio", f"the decoder could not survive it (exit {code})") from None
    if "disk" in answer:
        raise OSError(answer["disk"], os.strerror(answer["disk"]))
    if "error" in answer:
        raise Permanent(answer["error"], answer["text"])
    return answer


def _environment() -> dict[str, str]:
    """Return the little that the child needs: no address, no key, no password is in reach of a hostile file."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "VIRTUAL_ENV") if name in os.environ}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
