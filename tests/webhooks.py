"""Webhooks as a call source sends them: signed bodies, and the WSGI callable as their receiver."""

import dataclasses
import hashlib
import hmac
import io
import json
import time
from collections.abc import Mapping
from typing import Any

PATH = "/v1/callrail/webhook"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    json: dict[str, Any]


def fields(tenant_id: str, call_id: object = "CAL1", **more: object) -> dict[str, Any]:
    """Return the guide's minimum payload, and more."""
    return {"call_id": call_id, "tenant_id": tenant_id, "caller_id": "+15551234567", "duration": "180", **more}


def body_of(tenant_id: str, call_id: object = "CAL1", **more: object) -> bytes:
    """Return a body of the guide's door."""
    return json.dumps(fields(tenant_id, call_id, **more)).encode()


def sign(body: bytes, secret: str, timestamp: str) -> str:
    """Return the guide's signature."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def headers(body: bytes, secret: str, timestamp: str | None = None) -> dict[str, str]:
    """Return the headers of a signed body."""
    timestamp = str(int(time.time())) if timestamp is None else timestamp
    return {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "x-callrail-signature": sign(body, secret, timestamp),
        "x-timestamp": timestamp,
    }


def post(
    body: bytes,
    secret: str,
    changes: Mapping[str, str | None] | None = None,
    *,
    path: str = PATH,
    method: str = "POST",
) -> Answer:
    """Send a signed body to the WSGI callable; `changes` replace headers, those with None are left out."""
    sent: dict[str, str | None] = {name.lower(): value for name, value in headers(body, secret).items()}
    sent |= changes or {}
    return call(body, {name: value for name, value in sent.items() if value is not None}, path=path, method=method)


def call(body: bytes, sent: dict[str, str], *, path: str = PATH, method: str = "POST") -> Answer:
    """Send exactly these headers and this body to the WSGI callable."""
    from pipeline.wsgi import application

    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in sent.items():
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    parts = application(environ, lambda status, given, *_: begun.append((status, given)))  # type: ignore[arg-type]
    answered = b"".join(parts)
    status, given = begun[0]
    return Answer(int(status.split()[0]), dict(given), json.loads(answered))
