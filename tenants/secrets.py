"""Secrets at rest: AES-256-GCM, bound to tenant, table, row and column, under a ring of keys.

A sealed value is `<key id>:<base64 of nonce and ciphertext>`. The newest key seals, every key of the ring
opens. Keys come from ENCRYPTION_KEYS (`id:base64,id:base64`, newest first) or, on one machine, from
KEYS_DIR/encryption (made on first use, mode 0600).
"""

import base64
import os
import re
import secrets
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from pipeline import env
from tenants import keyfile

KEY_BYTES = 32
NONCE_BYTES = 12
FILE = "encryption"
COPY_SECONDS = 5.0
PLACE = ("tenant", "table", "row", "column")
KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


_copy: tuple[float, dict[str, bytes]] = (0.0, {})


class Unreadable(Exception):
    """A sealed value can't be opened: its key is not in the ring, or it was moved from another place."""


def seal(value: str, *place: object) -> str:
    """Seal a text for one place: tenant id, table, row id, column."""
    key_id, key = next(iter(_ring().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, value.encode(), _aad(place))
    return f"{key_id}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str, *place: object) -> str:
    """Return the text sealed for this place. Raises Unreadable."""
    key_id, _, body = sealed.partition(":")
    aad = _aad(place)
    try:
        raw = base64.b64decode(body, validate=True)
        return AESGCM(_key(key_id)).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], aad).decode()
    except (InvalidTag, ValueError) as error:  # ValueError: not base64, or shorter than a nonce
        raise Unreadable(
            f"{place[1]}.{place[3]} of row {place[2]} does not open: it was changed, or belongs to another row."
        ) from error


def key_id_of(sealed: str) -> str:
    """Return the id of the key that a value is sealed with: what a rotation still has to renew."""
    return sealed.partition(":")[0]


def newest_key_id() -> str:
    """Return the id of the key that seals. Raises BadEnvironment if the ring is missing or damaged."""
    return next(iter(_ring()))


def new_secret() -> str:
    """Return a fresh webhook or lead secret: 64 hex characters."""
    return secrets.token_hex(KEY_BYTES)


def _aad(place: tuple[object, ...]) -> bytes:
    if len(place) != len(PLACE):
        raise TypeError(f"A secret's place is {', '.join(PLACE)}; got {len(place)} parts.")
    return "\x1f".join(str(part) for part in place).encode()


def _key(key_id: str) -> bytes:
    ring = _ring() if key_id in _ring() else _read_anew()  # another process may have added a key to the file since
    try:
        return ring[key_id]
    except KeyError:
        raise Unreadable(
            f"The key {key_id[:16]!r} is not in the ring. Put it back into ENCRYPTION_KEYS or KEYS_DIR."
        ) from None


def _ring() -> dict[str, bytes]:
    """Return the keys by id, newest first, at most COPY_SECONDS behind the file."""
    read_at, ring = _copy
    return ring if ring and time.monotonic() - read_at < COPY_SECONDS else _read_anew()


def _read_anew() -> dict[str, bytes]:
    global _copy  # noqa: PLW0603  (one ring a process)
    now = time.monotonic()
    _copy = (now, _parsed(settings.ENCRYPTION_KEYS or keyfile.read(settings.KEYS_DIR / FILE, _first)))
    return _copy[1]


def forget_ring() -> None:
    """Have the ring read anew at the next use."""
    global _copy  # noqa: PLW0603
    _copy = (0.0, {})


def add_key() -> str:
    """Put a new key on top of the local ring; returns its id. Raises BadEnvironment if the ring is not a file."""
    ring = _of_file()
    number = 1 + max((int(key_id[1:]) for key_id in ring if re.fullmatch(r"k[0-9]{1,9}", key_id)), default=0)
    _write({f"k{number}": os.urandom(KEY_BYTES), **ring})
    return f"k{number}"


def drop_keys(key_ids: set[str]) -> None:
    """Take keys out of the local ring; the newest stays. Raises BadEnvironment if the ring is not a file."""
    ring = _of_file()
    newest = next(iter(ring))
    _write({key_id: key for key_id, key in ring.items() if key_id == newest or key_id not in key_ids})


def key_ids() -> list[str]:
    """Return the ids of the ring's keys, newest first. Raises BadEnvironment."""
    return list(_ring())


def _of_file() -> dict[str, bytes]:
    if settings.ENCRYPTION_KEYS:
        raise env.BadEnvironment(
            "The keys come from ENCRYPTION_KEYS, which no command can change. For a new one put `id:base64` of 32 "
            "random bytes before the others there, in every process, and run `rotate_keys --reseal` once all have "
            "restarted; after it the former ones may be taken out there."
        )
    return _read_anew()


def _write(ring: dict[str, bytes]) -> None:
    keyfile.replace(settings.KEYS_DIR / FILE, "".join(_line(key_id, key) for key_id, key in ring.items()))
    forget_ring()


def _first() -> str:
    return _line("k1", os.urandom(KEY_BYTES))


def _line(key_id: str, key: bytes) -> str:
    return f"{key_id}:{base64.b64encode(key).decode()}\n"


def _parsed(text: str) -> dict[str, bytes]:
    ring: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.replace("\n", ",").split(","))):
        key_id, _, key = entry.partition(":")
        if not KEY_ID.fullmatch(key_id) or key_id in ring:
            raise env.BadEnvironment("ENCRYPTION_KEYS: every entry is id:base64, each id once, newest first.")
        ring[key_id] = _decoded(key_id, key)
    if not ring:
        raise env.BadEnvironment("ENCRYPTION_KEYS holds no key. Write id:base64 of 32 random bytes.")
    return ring


def _decoded(key_id: str, key: str) -> bytes:
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise env.BadEnvironment(f"ENCRYPTION_KEYS: the key {key_id} is not the base64 of {KEY_BYTES} bytes.")
    return raw
