"""The guide's signature: `sha256=` and the hex HMAC-SHA256 of "{time stamp}.{raw body}" (row I2)."""

import hashlib
import hmac
import re
from collections.abc import Sequence

WINDOW_SECONDS = 300
_TIMESTAMP = re.compile(r"[0-9]{10}", re.ASCII)
_NO_SECRET = b"\0" * 32
MOST_SECRETS = 2
"""A door's own and the one before: so many are computed, or the time would tell who is known."""


def sign(body: bytes, timestamp: str, secret: bytes) -> str:
    """Return the signature of a body that is sent at this time."""
    message = timestamp.encode("utf-8", "surrogatepass") + b"." + body
    return "sha256=" + hmac.digest(secret, message, hashlib.sha256).hex()


def is_genuine(*, body: bytes, timestamp: str, signature: str, secrets: Sequence[bytes]) -> bool:
    """Tell whether the signature is one of these secrets'; however many there are, none too, it takes as long.

    Bytes are compared: `compare_digest` raises TypeError for a text that is not ASCII.
    """
    given = signature.encode("utf-8", "surrogatepass")
    genuine = False
    for place in range(max(len(secrets), MOST_SECRETS)):
        secret = secrets[place] if place < len(secrets) else _NO_SECRET
        genuine |= hmac.compare_digest(given, sign(body, timestamp, secret).encode()) and place < len(secrets)
    return genuine


def is_timely(timestamp: str, *, now: float) -> bool:
    """Tell whether it is ten ASCII digits, Unix seconds within 300 s of now."""
    return bool(_TIMESTAMP.fullmatch(timestamp)) and abs(int(now) - int(timestamp)) <= WINDOW_SECONDS
