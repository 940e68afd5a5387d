"""Recordings in a folder: whole or not at all, apart by tenant."""

from pathlib import Path

import pytest

from calls.recording import storage
from pipeline.errors import Transient
from tenants.models import Tenant

SHA = bytes(range(32))


def test_a_key_is_made_of_our_own_ids_only() -> None:
    tenant = Tenant(schema_name="t_cedar", slug="cedar")

    made = storage.key(tenant=tenant, call_id=7, sha256=SHA, extension="wav")

    assert made == "tenants/t_cedar/recordings/7-0001020304050607.wav"


def test_what_was_put_is_there_until_it_is_deleted(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", storage.Folder(tmp_path / "kept")
    source.write_bytes(b"sound")

    folder.put("tenants/a/1.wav", source)

    with folder.local("tenants/a/1.wav") as file:
        assert file.read_bytes() == b"sound"
        places = [file, *file.relative_to(tmp_path).parents][:-1]
        assert [oct((tmp_path / place).stat().st_mode & 0o777) for place in places] == ["0o600"] + ["0o700"] * 3
    assert [folder.has("tenants/a/1.wav", size=size) for size in (5, 6)] == [True, False]
    folder.delete("tenants/a/1.wav")
    folder.delete("tenants/a/1.wav")
    assert not folder.has("tenants/a/1.wav", size=5)


def test_a_copy_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", storage.Folder(tmp_path / "kept")
    source.write_bytes(b"old")
    folder.put("a.wav", source)

    with pytest.raises(FileNotFoundError):
        folder.put("a.wav", tmp_path / "missing")

    assert [(file.name, file.read_bytes()) for file in (tmp_path / "kept").iterdir()] == [("a.wav", b"old")]


def test_a_missing_file_says_what_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(Transient, match="RECORDINGS_DIR") as failed, storage.Folder(tmp_path).local("gone.wav"):
        pass

    assert failed.value.code == "recording.not_stored"


@pytest.mark.parametrize("key", ["../outside.wav", "/etc/passwd", "a/../../outside.wav"])
def test_no_key_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="leads out"):
        storage.Folder(tmp_path / "kept").has(key, size=1)
