"""Secrets at rest: what is sealed for one place opens there only, under any key of the ring."""

import base64
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from pipeline.env import BadEnvironment
from tenants import keyfile, secrets
from tenants.secrets import Unreadable

PLACE = (1, "webhook_door", "d1", "secret")
ONE, TWO = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


@pytest.fixture(autouse=True)
def _fresh_ring() -> Iterator[None]:
    """Read the ring anew, before and after."""
    secrets.forget_ring()
    yield
    secrets.forget_ring()


def ring(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setattr(django_settings, "ENCRYPTION_KEYS", keys)
    secrets.forget_ring()


@given(st.text())
def test_what_is_sealed_opens_and_is_not_to_be_read(value: str) -> None:
    sealed = secrets.seal(value, *PLACE)

    assert secrets.unseal(sealed, *PLACE) == value
    assert len(value) < 8 or value not in sealed


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert secrets.seal("a", *PLACE) != secrets.seal("a", *PLACE)


@pytest.mark.parametrize(
    "other",
    [
        (2, "webhook_door", "d1", "secret"),
        (1, "tenant", "d1", "secret"),
        (1, "webhook_door", "d2", "secret"),
        (1, "webhook_door", "d1", "previous_secret"),
        (11, "ebhook_door", "d1", "secret"),
    ],
)
def test_a_value_moved_to_another_place_does_not_open_and_the_place_is_named(other: tuple[object, ...]) -> None:
    sealed = secrets.seal("top", *PLACE)

    with pytest.raises(Unreadable) as refused:
        secrets.unseal(sealed, *other)

    assert str(refused.value) == (
        f"{other[1]}.{other[3]} of row {other[2]} does not open: it was changed, or belongs to another row."
    )
    assert "top" not in str(refused.value)


def test_any_changed_byte_is_found() -> None:
    key_id, _, body = secrets.seal("top", *PLACE).partition(":")
    raw = base64.b64decode(body)

    for position in range(len(raw)):
        changed = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        with pytest.raises(Unreadable):
            secrets.unseal(f"{key_id}:{base64.b64encode(changed).decode()}", *PLACE)


@pytest.mark.parametrize("damaged", ["", "k1", "k1:", "k1:AAAA", "k1:not base64!", ":", "plain text"])
def test_what_was_never_sealed_does_not_open(damaged: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ring(monkeypatch, f"k1:{ONE}")

    with pytest.raises(Unreadable):
        secrets.unseal(damaged, *PLACE)


@pytest.mark.parametrize("place", [(), (1, "t", 2), (1, "t", 2, "c", "more")])
def test_a_place_of_another_length_is_a_mistake_of_the_code(place: tuple[object, ...]) -> None:
    with pytest.raises(TypeError, match="A secret's place is tenant, table, row, column"):
        secrets.seal("a", *place)


def test_the_newest_key_seals_and_every_key_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    ring(monkeypatch, f"k1:{ONE}")
    old = secrets.seal("top", *PLACE)

    ring(monkeypatch, f"k2:{TWO},k1:{ONE}")

    assert secrets.key_id_of(secrets.seal("top", *PLACE)) == secrets.newest_key_id() == "k2"
    assert secrets.key_id_of(old) == "k1"
    assert secrets.unseal(old, *PLACE) == "top"


def test_a_key_that_was_taken_out_is_named_and_a_wrong_one_under_its_id_opens_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ring(monkeypatch, f"k1:{ONE}")
    old = secrets.seal("top", *PLACE)

    ring(monkeypatch, f"k2:{TWO}")
    with pytest.raises(Unreadable, match=r"The key 'k1' is not in the ring\. Put it back"):
        secrets.unseal(old, *PLACE)

    ring(monkeypatch, f"k1:{TWO}")
    with pytest.raises(Unreadable, match="does not open"):
        secrets.unseal(old, *PLACE)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("k1", "is not the base64 of 32 bytes"),
        ("k1:", "is not the base64 of 32 bytes"),
        (f"k1:{ONE[:-8]}", "is not the base64 of 32 bytes"),
        ("k1:~~~", "is not the base64 of 32 bytes"),
        (f":{ONE}", "every entry is id:base64"),
        (f"a b:{ONE}", "every entry is id:base64"),
        (f"k1:{ONE},k1:{TWO}", "each id once"),
        (" , ", "holds no key"),
    ],
)
def test_a_damaged_ring_stops_with_the_reason_and_without_the_key(
    keys: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring(monkeypatch, keys)

    with pytest.raises(BadEnvironment, match=said) as refused:
        secrets.seal("top", *PLACE)

    assert ONE[:12] not in str(refused.value)


def test_on_one_machine_the_key_is_made_once_for_its_account_only(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"

    sealed = secrets.seal("top", *PLACE)
    secrets.forget_ring()

    assert secrets.unseal(sealed, *PLACE) == "top"
    assert [path.name for path in settings.KEYS_DIR.iterdir()] == ["encryption"]
    assert stat.S_IMODE((settings.KEYS_DIR / "encryption").stat().st_mode) == 0o600


def test_processes_that_make_the_key_at_once_have_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: keyfile.read(tmp_path / "keys" / "encryption", secrets._first), range(64)))

    assert len(found) == 1


def test_a_key_that_was_added_to_the_file_meanwhile_is_found(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path
    secrets.seal("top", *PLACE)
    kept = (tmp_path / "encryption").read_text()
    (tmp_path / "encryption").write_text(f"k9:{ONE}\n{kept}")
    secrets.forget_ring()
    newer = secrets.seal("top", *PLACE)
    (tmp_path / "encryption").write_text(kept)
    secrets.forget_ring()
    secrets.newest_key_id()  # this process read the file before the key was added

    (tmp_path / "encryption").write_text(f"k9:{ONE}\n{kept}")

    assert secrets.unseal(newer, *PLACE) == "top"
