"""The model's files: joined once, proven by their hash, refused when changed."""

import dataclasses
import hashlib
import os
from pathlib import Path

import pytest

from calls.transcript import weights
from pipeline.errors import Parked


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pin a model of two small packages; returns the folder of the packages."""
    for number in (1, 2):
        content = tmp_path / f"toy_part{number}" / "data"
        content.mkdir(parents=True)
        (content.parent / "__init__.py").touch()
        (content / f"model.bin.part{number}").write_bytes(bytes([number]) * 1000)
    (tmp_path / "toy_part1" / "data" / "config.json").write_text("{}")
    monkeypatch.syspath_prepend(str(tmp_path))
    sha256 = hashlib.sha256(b"\x01" * 1000 + b"\x02" * 1000).hexdigest()
    toy = weights.Pinned(packages=("toy_part1", "toy_part2"), sha256=sha256)
    monkeypatch.setitem(weights.PINNED, "toy", toy)
    return tmp_path


def test_the_parts_are_joined_in_order_once(pinned: Path) -> None:
    place = weights.folder("toy", models_dir=pinned / "models")
    made = (place / "model.bin").stat().st_mtime_ns

    assert (place / "model.bin").read_bytes() == b"\x01" * 1000 + b"\x02" * 1000
    assert sorted(file.name for file in place.iterdir()) == ["checked.json", "config.json", "model.bin"]
    assert weights.folder("toy", models_dir=pinned / "models") == place
    assert (place / "model.bin").stat().st_mtime_ns == made
    assert [folder.name for folder in (pinned / "models").iterdir()] == ["whisper-toy"]


def test_parts_with_another_content_are_refused(pinned: Path) -> None:
    (pinned / "toy_part2" / "data" / "model.bin.part2").write_bytes(b"x" * 1000)

    with pytest.raises(Parked, match="SHA-256") as refused:
        weights.folder("toy", models_dir=pinned / "models")

    assert refused.value.code == "speech.bad_model"


def test_a_model_that_was_changed_later_is_refused(pinned: Path) -> None:
    model = weights.folder("toy", models_dir=pinned / "models") / "model.bin"
    model.write_bytes(b"x" * 2000)
    os.utime(model, ns=(1, 1))

    with pytest.raises(Parked) as refused:
        weights.folder("toy", models_dir=pinned / "models")

    assert refused.value.code == "speech.bad_model"


def test_a_mark_of_another_pin_proves_nothing(pinned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights.folder("toy", models_dir=pinned / "models")
    monkeypatch.setitem(weights.PINNED, "toy", dataclasses.replace(weights.PINNED["toy"], sha256="0" * 64))

    with pytest.raises(Parked):
        weights.folder("toy", models_dir=pinned / "models")


def test_a_missing_package_says_what_to_install(pinned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = dataclasses.replace(weights.PINNED["toy"], packages=("toy_part1", "toy_part3"))
    monkeypatch.setitem(weights.PINNED, "toy", missing)

    with pytest.raises(Parked, match="toy_part3 with the speech model is not installed") as refused:
        weights.folder("toy", models_dir=pinned / "models")

    assert (refused.value.code, list((pinned / "models").iterdir())) == ("speech.no_model", [])


def test_a_model_that_nobody_pinned_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(Parked, match="WHISPER_MODEL") as refused:
        weights.folder("huge", models_dir=tmp_path)

    assert refused.value.code == "speech.no_model"
