"""The hash that ties an entry to the one before it."""

import datetime as dt
import hashlib
import json

from tenants.models import ChainEntry

LINKED = ("event", "actor", "actor_id", "role", "target", "target_id", "detail", "request_id", "previous")


def hash_of(entry: ChainEntry) -> str:
    """Return the SHA-256 of all that an entry says, its number, time and the hash before it included."""
    said = [entry.number, entry.at.astimezone(dt.UTC).isoformat(), *(getattr(entry, name) for name in LINKED)]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
