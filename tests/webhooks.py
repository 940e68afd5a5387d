"""Webhooks as a call source sends them: signed bodies, and the callable that granian serves as their receiver."""

import dataclasses
import http.client
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from calls.webhook import signature
from tests import rsgi

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


def headers(body: bytes, secret: str, timestamp: str | None = None) -> dict[str, str]:
    """Return the headers of a signed body."""
    timestamp = str(int(time.time())) if timestamp is None else timestamp
    return {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "x-callrail-signature": signature.sign(body, timestamp, secret.encode()),
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
    """Send a signed body; `changes` replace headers, those with None are left out."""
    sent: dict[str, str | None] = {name.lower(): value for name, value in headers(body, secret).items()}
    sent |= changes or {}
    return call(body, {name: value for name, value in sent.items() if value is not None}, path=path, method=method)


def call(body: bytes, sent: dict[str, str], *, path: str = PATH, method: str = "POST") -> Answer:
    """Send exactly these headers and this body."""
    answer = rsgi.send(method, path, sent.items(), body)
    return Answer(answer.status, answer.headers, json.loads(answer.body))


def send(url: str, body: bytes, secret: str) -> Answer:
    """Send a signed body over HTTP to a served door."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        line.request("POST", PATH, body, headers(body, secret))
        answer = line.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), json.loads(answer.read()))
    finally:
        line.close()
