"""The RSA keys that sign API tokens: the newest signs, all verify, `kid` is the key's thumbprint (RFC 7638).

They come from JWT_KEYS (base64 of PKCS#8 DER, newest first, joined by commas) or, on one machine, from
WEB_DIR/keys/tokens (made on first use, mode 0600, one a line).
"""

import base64
import dataclasses
import hashlib
import json
import time
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from jwt.algorithms import RSAAlgorithm

from pipeline import env
from tenants import keyfile

FOLDER, FILE = "keys", "tokens"
BITS = 2048
COPY_SECONDS = 5.0
KEPT = 2
"""Keys after a rotation: the new one, and the one before, whose tokens still run for an hour."""


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    """One key pair."""

    kid: str
    private: rsa.RSAPrivateKey
    jwk: dict[str, Any]
    """The public half, as /.well-known/jwks.json shows it."""


_copy: tuple[float, str, tuple[Key, ...]] = (0.0, "", ())


def keys() -> tuple[Key, ...]:
    """Return the keys, newest first, at most COPY_SECONDS behind the file. Raises BadEnvironment."""
    global _copy  # noqa: PLW0603  (one copy a process)
    read_at, text, found = _copy
    if not found or time.monotonic() - read_at > COPY_SECONDS:
        now = settings.JWT_KEYS or keyfile.read(settings.WEB_DIR / FOLDER / FILE, new)
        _copy = (time.monotonic(), now, found if now == text else _parsed(now))
    return _copy[2]


def forget() -> None:
    """Have the keys read anew at the next use."""
    global _copy  # noqa: PLW0603
    _copy = (0.0, "", ())


def new() -> str:
    """Return a new key as it stands in JWT_KEYS."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pkcs8 = serialization.PrivateFormat.PKCS8
    der = private.private_bytes(serialization.Encoding.DER, pkcs8, serialization.NoEncryption())
    return base64.b64encode(der).decode()


def rotate() -> str:
    """Put a new key before the others in the file and return its `kid`. Raises BadEnvironment if there is no file."""
    if settings.JWT_KEYS:
        raise env.BadEnvironment(
            "The keys of tokens come from JWT_KEYS, which no command can change. Put a new one before the others there "
            "(`openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER | base64 -w0`), restart the "
            "web processes, and take the old one out an hour later."
        )
    path = settings.WEB_DIR / FOLDER / FILE
    before = keyfile.read(path, new).replace("\n", ",").split(",")
    keyfile.replace(path, "\n".join([new(), *filter(None, before)][:KEPT]))
    forget()
    return keys()[0].kid


def _parsed(text: str) -> tuple[Key, ...]:
    found = tuple(_key(part.strip()) for part in text.replace("\n", ",").split(",") if part.strip())
    if not found:
        raise env.BadEnvironment("JWT_KEYS holds no key. Write the base64 of an RSA key in PKCS#8 DER.")
    return found


def _key(text: str) -> Key:
    try:
        private = serialization.load_der_private_key(base64.b64decode(text, validate=True), password=None)
    except ValueError as error:
        raise env.BadEnvironment("JWT_KEYS: every entry is the base64 of an RSA key in PKCS#8 DER.") from error
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < BITS:
        raise env.BadEnvironment(f"JWT_KEYS: every key is an RSA key of {BITS} bits or more.")
    jwk = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    named = {name: jwk[name] for name in ("e", "kty", "n")}
    digest = hashlib.sha256(json.dumps(named, separators=(",", ":"), sort_keys=True).encode()).digest()
    kid = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return Key(kid, private, {**named, "kid": kid, "use": "sig", "alg": "RS256"})
