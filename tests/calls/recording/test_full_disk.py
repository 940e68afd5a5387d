"""A disk that is full while a recording is worked on: the call waits, and goes on once there is space.

/dev/full stands for the file that finds no space: it is the kernel that refuses, as on a full disk.
"""

import datetime as dt
import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from calls.models import Call, Recording
from calls.recording import decode, scratch
from pipeline import errors
from pipeline.sandbox.recordings import FOLDER, Host
from pipeline.stages import STAGES
from pipeline.steps import run
from pipeline.steps.models import State
from pipeline.steps.stage import Due
from tenants.models import Tenant
from tenants.scope import scope
from tests.calls.recording import sounds
from tests.pipeline.steps.path import attempts, born, make_due, row

FULL = Path("/dev/full")
NOW = dt.datetime(2026, 3, 9, 14, tzinfo=dt.UTC)
SHORT = "librivox/sas_0880.flac"


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    host.server.start()
    yield host
    host.server.stop()


@pytest.fixture(autouse=True)
def _places(settings: Settings, host: Host, tmp_path: Path) -> None:
    settings.RECORDING_PRIVATE_HOSTS = [host.server.host]
    settings.RECORDINGS_DIR = tmp_path / "recordings"
    settings.VAR_DIR = tmp_path


def no_space_while_fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    class Planted(tempfile.TemporaryDirectory[str]):
        def __enter__(self) -> str:
            (Path(self.name) / "recording").symlink_to(FULL)
            return super().__enter__()

    monkeypatch.setattr("tempfile.TemporaryDirectory", Planted)


def no_space_while_storing(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*, prefix: str, dir: Path) -> tuple[int, str]:  # noqa: A002  (mkstemp's name)
        return os.open(FULL, os.O_WRONLY), str(dir / f"{prefix}full")

    monkeypatch.setattr("tempfile.mkstemp", made)


def no_space_for_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(*_: object, **__: object) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr("tempfile.TemporaryDirectory", made)


@pytest.mark.parametrize("fill", [no_space_while_fetching, no_space_while_storing, no_space_for_a_folder])
def test_the_recording_waits_unspent_and_is_stored_once_there_is_space(
    committed: dict[str, Tenant],
    host: Host,
    monkeypatch: pytest.MonkeyPatch,
    fill: Callable[[pytest.MonkeyPatch], None],
) -> None:
    cedar = committed["cedar"]
    with scope(cedar):
        call = Call.objects.create(external_id="CAL1", started_at=NOW, duration=9, recording_url=host.recording(SHORT))
    step_id = born(cedar, Due("recording", "audio", call.pk, f"call:{call.pk}"))

    with monkeypatch.context() as full:
        fill(full)
        run.step(step_id, tenant_id=cedar.pk, stages=STAGES)
    held = row(step_id)
    make_due(step_id)
    run.step(step_id, tenant_id=cedar.pk, stages=STAGES)

    assert (held.state, held.attempts, held.code) == (State.WAITING, 0, "recording.no_space")
    assert row(step_id).state == State.DONE
    assert attempts(cedar)[:2] == [("recording", 1, "parked", "recording.no_space"), ("recording", 1, "done", "")]
    with scope(cedar):
        assert Recording.objects.filter(call_id=call.pk).exists()


def decode_on_a_full_disk(file: Path) -> None:
    with scratch.folder() as folder:
        (folder / "channel-0.wav").symlink_to(FULL)
        decode.channels(file, folder)


def test_a_disk_that_gets_full_while_decoding_is_no_fault_of_the_recording(tmp_path: Path) -> None:
    with pytest.raises(errors.Parked) as parked:
        decode_on_a_full_disk(FOLDER / SHORT)

    assert (parked.value.code, parked.value.wait) == ("recording.no_space", scratch.FULL_WAIT)
    assert "Free some space" in parked.value.text
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_short_recording_that_only_its_end_finds_no_space_for_waits_too(tmp_path: Path) -> None:
    file = sounds.write(tmp_path, sounds.wav(sounds.tone(0.2)))

    with pytest.raises(errors.Parked):
        decode_on_a_full_disk(file)


def test_another_failure_of_the_machine_is_not_called_a_full_disk() -> None:
    with pytest.raises(PermissionError), scratch.folder():
        raise PermissionError(errno.EACCES, "no")
