"""Stage 1: a webhook's way in. It answers 200 only after the delivery and its step are committed.

Runs before Django on connections of its own; pipeline/rsgi.py calls it. What is checked in
which order: docs/reference/webhook.md. Nothing that is sent here may end in a 500.
"""

import dataclasses
import datetime as dt
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Mapping

from calls.webhook import doors, payload, refused, signature, store
from tenants.access import client

logger = logging.getLogger(__name__)
PATH = "/v1/callrail/webhook"
_TOKEN_PATH = re.compile(rf"{PATH}/[^/]+/[^/]+")
RETRY_AFTER_SECONDS = 5
ANSWER_SECONDS = 1.7
"""How long a request waits for its commit: a 503 has to be out in 2 s."""
KEPT_HEADERS = ("x-callrail-signature", "x-timestamp", "user-agent")
MAX_HEADER = 1024
UNAUTHORIZED = 401
UNSIGNED = "Invalid webhook signature"


def _new_id() -> str:
    """Return a random UUID (version 4); uuid.uuid4() takes five times as long."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


@dataclasses.dataclass(slots=True)
class Request:
    """What a server hands over; `header` returns all values of a header joined by commas, or an empty text."""

    method: str
    path: str
    header: Callable[[str], str]
    peer: str
    """The address that the socket is connected to."""
    id: str = dataclasses.field(default_factory=_new_id)


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Refusal(Exception):
    """The request is answered with this status; the text is for the sender and holds nothing of the body."""

    def __init__(self, status: int, code: str, text: str, *headers: tuple[str, str]) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.headers = headers


class Unavailable(Exception):
    """There is no way to tell or to store anything now."""


class OldCopy(Exception):
    """The doors' copy may be behind: have it renewed, then judge for the last time."""


def serves(path: str) -> bool:
    """Tell whether this path is one of the webhooks'."""
    return path.startswith(PATH) and (len(path) == len(PATH) or path[len(PATH)] == "/")


def screen(request: Request) -> int:
    """Return how many bytes of body to read. Raises Refusal for what is refused before reading."""
    if request.path != PATH and not _TOKEN_PATH.fullmatch(request.path):
        raise Refusal(404, "webhook.path", f"There is no webhook at this path. Send it to {PATH}, with nothing behind.")
    if request.method != "POST":
        raise Refusal(405, "webhook.method", "Webhooks are sent by POST.", ("Allow", "POST"))
    if request.header("content-encoding").lower() not in {"", "identity"}:
        raise Refusal(415, "webhook.content_type", "Send the body as it is, without Content-Encoding.")
    kind, _, parameters = request.header("content-type").partition(";")
    charset = parameters.strip().lower().replace('"', "").replace(" ", "")
    if kind.strip().lower() != "application/json" or charset not in {"", "charset=utf-8", "charset=utf8"}:
        raise Refusal(415, "webhook.content_type", "Send Content-Type: application/json, in UTF-8.")
    length = request.header("content-length")
    if request.header("transfer-encoding") or not length:
        raise Refusal(411, "webhook.length", "Send a Content-Length; a chunked body is not taken.")
    if not length.isascii() or not length.isdigit():
        raise Refusal(400, "webhook.length", "Content-Length must be one whole number.")
    if len(length) > 9 or int(length) > payload.MAX_BYTES:  # noqa: PLR2004  (digits enough for any body)
        raise Refusal(413, "webhook.too_large", f"The body may have at most {payload.MAX_BYTES} bytes.")
    return int(length)


def judge(request: Request, body: bytes, length: int, *, last: bool = False) -> store.Row:
    """Return the delivery to store. Raises Refusal, and unless this is the last time OldCopy.

    A refused request of a known tenant is kept: the admin shows it.
    """
    if len(body) != length:
        raise Refusal(400, "webhook.length", "The body is shorter or longer than its Content-Length says.")
    if request.path != PATH:
        raise Refusal(UNAUTHORIZED, "webhook.signature", UNSIGNED)
    try:
        fields = payload.parse(body)
    except payload.Malformed as error:
        raise Refusal(400, "webhook.malformed", str(error)) from error
    if not doors.guide.is_fresh() and not last and doors.guide.may_renew():
        raise OldCopy
    if doors.guide.is_empty():
        raise Unavailable
    named = fields.get("tenant_id")
    door = doors.guide.get(named) if isinstance(named, str) else None
    try:
        return _admit(request, body, fields, door)
    except Refusal as refusal:
        if refusal.status == UNAUTHORIZED and not last and doors.guide.may_renew():
            raise OldCopy from refusal  # a new tenant, a new secret
        _keep(request, body, door, refusal)
        raise


def _admit(request: Request, body: bytes, fields: dict[str, object], door: doors.Door | None) -> store.Row:
    now = time.time()
    headers = {name: request.header(name) for name in KEPT_HEADERS}
    stamp = headers["x-timestamp"]
    genuine = signature.is_genuine(
        body=body,
        timestamp=stamp,
        signature=headers["x-callrail-signature"],
        secrets=door.secrets(now) if door else (),
    )
    if door is None or not genuine or not signature.is_timely(stamp, now=now):
        raise Refusal(UNAUTHORIZED, "webhook.signature", UNSIGNED)
    try:
        read = payload.typed(fields, body=body, latest=dt.datetime.fromtimestamp(now, dt.UTC) + payload.AHEAD)
        return store.row(
            door=door,
            event=read.event,
            call_ref=read.call_id,
            body=body,
            content_type=request.header("content-type")[:255],
            headers={name: value[:MAX_HEADER] for name, value in headers.items()},
            remote_addr=client.address(request.peer, request.header("forwarded")),
            request_id=request.id,
        )
    except payload.Invalid as error:
        raise Refusal(422, "webhook.invalid", str(error)) from error
    except payload.Malformed as error:
        raise Refusal(400, "webhook.malformed", str(error)) from error
    except store.Unstorable as error:
        raise Refusal(400, "webhook.malformed", "The request holds a character that can't be stored.") from error


def stored(request: Request, row: store.Row, written: store.Written | None) -> Answer:
    """Return the answer to a delivery that was handed to the flusher."""
    if written is None:
        return unavailable(request)
    status = "duplicate" if written.duplicate else "accepted"
    said = {"tenant": row.tenant, "delivery": written.delivery_id, "request_id": request.id}
    logger.info("webhook.duplicate" if written.duplicate else "webhook.accepted", extra=said)
    return _answer(request, 200, {"status": status, "delivery_id": written.delivery_id})


def too_slow() -> Refusal:
    """Return the refusal of a body that takes too long to arrive."""
    return Refusal(408, "webhook.too_slow", "The body took too long to arrive.", ("Connection", "close"))


def failed(request: Request, error: Exception) -> Answer:
    """Return the answer to a request that is refused, or that we failed; never a 500, so that it is sent again."""
    if isinstance(error, Refusal):
        content = {"error": str(error), "code": error.code, "request_id": request.id}
        return _answer(request, error.status, content, *error.headers)
    if not isinstance(error, Unavailable):
        logger.error("webhook.bug", exc_info=error, extra={"request_id": request.id})
    return unavailable(request)


def unavailable(request: Request) -> Answer:
    """Return the answer when a delivery can't be stored now: the sender has to come again."""
    content = {
        "error": "The delivery could not be stored now. Send it again: it is stored once, however often it comes.",
        "code": "webhook.unavailable",
        "request_id": request.id,
    }
    return _answer(request, 503, content, ("Retry-After", str(RETRY_AFTER_SECONDS)))


def _answer(request: Request, status: int, content: Mapping[str, object], *headers: tuple[str, str]) -> Answer:
    body = json.dumps(content).encode()
    fixed = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-Id", request.id),
    ]
    return Answer(status, [*fixed, *headers], body)


def _keep(request: Request, body: bytes, door: doors.Door | None, refusal: Refusal) -> None:
    if door is None:
        refused.keeper.count(refusal.code)
        return
    refused.keeper.keep(
        refused.Refused(
            tenant_id=door.tenant_id,
            door_id=door.id,
            received_at=dt.datetime.now(dt.UTC),
            status=refusal.status,
            code=refusal.code,
            reason=_reason(request, refusal),
            signature=request.header("x-callrail-signature"),
            timestamp=request.header("x-timestamp"),
            content_type=request.header("content-type"),
            body=refused.kept_of(body),
            body_sha256=hashlib.sha256(body).digest(),
            body_bytes=len(body),
            request_id=request.id,
        )
    )


def _reason(request: Request, refusal: Refusal) -> str:
    """Return what is kept of the reason; the sender of a 401 isn't told which of its two parts was wrong."""
    if refusal.status != UNAUTHORIZED:
        return str(refusal)
    if not request.header("x-callrail-signature"):
        return "There was no x-callrail-signature header."
    if not signature.is_timely(request.header("x-timestamp"), now=time.time()):
        return (
            f"x-timestamp is missing, is not Unix seconds, or is more than {signature.WINDOW_SECONDS} s from our clock."
        )
    return "The signature is not that of the tenant's secret over this time stamp and body."
