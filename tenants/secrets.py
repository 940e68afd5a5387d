"""Secrets at rest: AES-256-GCM, bound to tenant, table, row and column, under a ring of keys.

A sealed value is `<key id>:<base64 of nonce and ciphertext>`. The newest key seals, every key of the ring
opens. Keys come from ENCRYPTION_KEYS (`id:base64,id:base64`, newest first) or, on one machine, from
KEYS_DIR/encryption (made on first use, mode 0600).
"""

import base64
import functools
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from pipeline import env

KEY_BYTES = 32
NONCE_BYTES = 12


class Unreadable(Exception):
    """A sealed value can't be opened: its key is not in the ring, or it was moved from another place."""


def seal(value: str, *place: object) -> str:
    """Seal a text for one place: (tenant id, table, row id, column)."""
    key_id, key = next(iter(_ring().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, value.encode(), _aad(place))
    return f"{key_id}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str, *place: object) -> str:
    """Return the text sealed for this place. Raises Unreadable."""
    key_id, _, body = sealed.partition(":")
    key = _ring().get(key_id)
    if key is None:
        raise Unreadable(f"The key {key_id!r} is not in the ring. Put it back into ENCRYPTION_KEYS or KEYS_DIR.")
    raw = base64.b64decode(body)
    try:
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _aad(place)).decode()
    except InvalidTag as error:
        raise Unreadable(
            f"A value of {place[1:2]} does not open: it was changed, or belongs to another row."
        ) from error


def new_secret() -> str:
    """Return a fresh webhook or lead secret: 64 hex characters."""
    return secrets.token_hex(KEY_BYTES)


def _aad(place: tuple[object, ...]) -> bytes:
    return "\x1f".join(str(part) for part in place).encode()


@functools.cache
def _ring() -> dict[str, bytes]:
    """Return the keys by id, newest first."""
    text = env.text("ENCRYPTION_KEYS", "")
    if not text:
        if settings.PRODUCTION:
            raise env.BadEnvironment("ENCRYPTION_KEYS is not set: without it no secret can be kept or read.")
        text = _local_ring(settings.KEYS_DIR / "encryption")
    pairs = (entry.split(":", 1) for entry in text.replace("\n", ",").split(",") if entry.strip())
    return {key_id.strip(): base64.b64decode(key) for key_id, key in pairs}


def _local_ring(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        made = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(made, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"k1:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n")
        try:
            os.link(made, path)  # fails if another process was first: its key counts
        except FileExistsError:
            pass
        made.unlink()
    return path.read_text()
