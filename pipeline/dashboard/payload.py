"""What a call's page shows of a delivery: fields that are safe to show, by name. Never the recording's URL."""

import contextlib
import dataclasses
import json
from urllib.parse import parse_qsl

from calls.models import WebhookDelivery

SHOWN = (
    "call_id",
    "resource_id",
    "event",
    "direction",
    "caller_id",
    "caller_name",
    "customer_phone_number",
    "customer_name",
    "tracking_number",
    "duration",
    "start_time",
    "source",
)
LONGEST = 120


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """A delivery in short: its safe fields, and how many more it has."""

    event: str
    request_id: str
    delivery: WebhookDelivery
    fields: tuple[tuple[str, str], ...]
    more: int
    is_gone: bool
    """The body was deleted by retention."""


def shown(delivery: WebhookDelivery) -> Shown:
    """Return the delivery in the page's form."""
    body = bytes(delivery.body) if delivery.body is not None else None
    given = _fields(body or b"", delivery.content_type)
    safe = tuple((name, _text(given[name])[:LONGEST]) for name in SHOWN if name in given)
    return Shown(delivery.event, delivery.request_id, delivery, safe, len(given) - len(safe), body is None)


def _text(value: object) -> str:
    """Return a value as JSON; characters that are invisible or turn the line round are escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)


def _fields(body: bytes, content_type: str) -> dict[str, object]:
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(body.decode(errors="replace")))
    with contextlib.suppress(ValueError):
        read = json.loads(body)
        return read if isinstance(read, dict) else {}
    return {}
