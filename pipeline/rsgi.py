"""What granian serves (RSGI): webhooks are taken on the event loop, before Django; Django answers the rest in threads.

Over WSGI a header's twin with `_` would arrive under the header's own name, and a sender that lets its body trickle
would hold a thread; here names arrive as they were sent, and a body is whole before a thread sees it.
"""

import asyncio
import contextlib
import functools
import io
import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Protocol

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pipeline.settings")

from django.core.wsgi import get_wsgi_application

from pipeline import env

with env.plainly():
    django = get_wsgi_application()

from calls.webhook import doors, flusher, store
from pipeline.api import problems
from pipeline.health import heartbeat
from pipeline.health.models import Process
from pipeline.stages import s1_webhook

BODY_SECONDS = 10
SEND_SECONDS = 60
MAX_BYTES = 3 << 20
"""The largest body that Django gets: forms. No page takes uploads."""
SMALL_BYTES = 64 << 10
MAX_HELD_BYTES = 64 << 20
"""How much the larger bodies may take together; the small ones are bounded by the server's --backpressure."""
RETRY_AFTER_SECONDS = 5
BLOCK_BYTES = 1 << 20
THREADS = 16
POLL_SECONDS = 0.01

_CODES = {408: "api.too_slow", 413: "api.too_large", 503: "api.busy"}
_BUSY = "Too many large requests are being read just now. Send it again in a moment."
_TOO_LARGE = f"The request is too large: at most {MAX_BYTES >> 20} MiB are taken."
_Headers = list[tuple[str, str]]


class NotTaken(Exception):
    """A request is refused before Django sees it; the text is for the sender."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Full(s1_webhook.Unavailable):
    """There is no room for one more large body now."""


class Room:
    """What large bodies may take of this process's memory. A body counts as long as it says it is, from the start."""

    def __init__(self, size: int) -> None:
        self._left = size

    @contextlib.contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Hold room for a body, none for a small one. Raises Full."""
        size = size if size > SMALL_BYTES else 0
        if size > self._left:
            raise Full
        self._left -= size
        try:
            yield
        finally:
            self._left += size


room = Room(MAX_HELD_BYTES)


class Scope(Protocol):
    """What granian says of a request."""

    proto: str
    http_version: str
    method: str
    path: str
    query_string: str
    scheme: str
    client: str
    server: str
    headers: Any


class Application:
    """The callable that granian loads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "web")

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have the doors' copy ready before the first webhook comes."""
        doors.guide.renew()
        heartbeat.start(Process.Kind.WEB)

    async def __rsgi__(self, scope: Scope, protocol: Any) -> None:  # noqa: ANN401  (granian's; it ships no types)
        """Answer one request."""
        if scope.proto != "http":
            protocol.close(403)
        elif s1_webhook.serves(scope.path):
            answer = await receive(scope, protocol)
            protocol.response_bytes(answer.status, answer.headers, answer.body)
        else:
            await self._django(scope, protocol)

    async def _django(self, scope: Scope, protocol: Any) -> None:  # noqa: ANN401
        try:
            with room.taken(_announced(scope)):
                body = await _whole(protocol)
                loop = asyncio.get_running_loop()
                call = functools.partial(_answer, environ_of(scope, body), protocol, loop)
                await loop.run_in_executor(self._threads, call)
        except NotTaken as refusal:
            _refuse(scope, protocol, refusal.status, str(refusal))
        except Full:
            wait = ("Retry-After", str(RETRY_AFTER_SECONDS))
            _refuse(scope, protocol, 503, _BUSY, wait)


def _refuse(scope: Scope, protocol: Any, status: int, text: str, *headers: tuple[str, str]) -> None:  # noqa: ANN401
    """Answer for Django: a program of the API a problem, everyone else the text."""
    kind, said = "text/plain; charset=utf-8", f"{text}\n"
    if scope.path.startswith("/v1/"):
        kind = problems.MEDIA_TYPE
        said = json.dumps(problems.body(status, _CODES[status], text, str(uuid.uuid4())))
    protocol.response_str(status, [("Content-Type", kind), ("Connection", "close"), *headers], said)


async def receive(scope: Scope, protocol: Any) -> s1_webhook.Answer:  # noqa: ANN401
    """Take one webhook."""
    request = s1_webhook.Request(scope.method, scope.path, _header_of(scope), _peer(scope))
    try:
        length = s1_webhook.screen(request)
        with room.taken(length):
            async with asyncio.timeout(BODY_SECONDS):
                body = await protocol()
            deadline = time.monotonic() + s1_webhook.ANSWER_SECONDS
            try:
                row = s1_webhook.judge(request, body, length)
            except s1_webhook.OldCopy:
                await _wait_for(doors.guide.renew().is_set, doors.LOAD_SECONDS)
                row = s1_webhook.judge(request, body, length, last=True)
            ticket = await _written(row, deadline)
        return s1_webhook.stored(request, ticket.row, ticket.written)
    except TimeoutError:
        return s1_webhook.failed(request, s1_webhook.too_slow())
    except Exception as error:  # noqa: BLE001  (the last resort: a webhook never ends in a 500)
        return s1_webhook.failed(request, error)


async def _written(row: store.Row, deadline: float) -> flusher.Ticket:
    """Hand a delivery to the flusher; returns when it is settled, or late."""
    loop = asyncio.get_running_loop()
    settled = loop.create_future()
    ticket = flusher.Ticket(row, deadline, functools.partial(_wakes.call, loop, settled))
    if flusher.intake.submit(ticket):
        late = loop.call_later(deadline - time.monotonic(), _set, settled)
        await settled
        late.cancel()
    return ticket


class Wakes:
    """Wakes the loop once for all deliveries of a batch: each call into it from a thread costs a write to a pipe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settled: list[asyncio.Future[None]] = []

    def call(self, loop: asyncio.AbstractEventLoop, settled: "asyncio.Future[None]") -> None:
        """Have a future set, from any thread."""
        with self._lock:
            self._settled.append(settled)
            is_first = len(self._settled) == 1
        if is_first:
            loop.call_soon_threadsafe(self._set_all)

    def _set_all(self) -> None:
        with self._lock:
            settled, self._settled = self._settled, []
        for future in settled:
            _set(future)


_wakes = Wakes()


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


async def _wait_for(is_done: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not is_done() and time.monotonic() < until:  # noqa: ASYNC110  (what it waits for is set by a thread)
        await asyncio.sleep(POLL_SECONDS)


def _announced(scope: Scope) -> int:
    """Return how long the body says it is, at the most. Raises NotTaken."""
    length = scope.headers.get("content-length")
    if length is None:
        return MAX_BYTES if scope.headers.get("transfer-encoding") else 0
    if int(length) > MAX_BYTES:  # the server has seen to it that it is a number
        raise NotTaken(413, _TOO_LARGE)
    return int(length)


async def _whole(protocol: Any) -> bytes:  # noqa: ANN401
    """Return the body. Raises NotTaken."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(SEND_SECONDS):
            async for part in protocol:
                size += len(part)
                if size > MAX_BYTES:
                    raise NotTaken(413, _TOO_LARGE)
                parts.append(part)
    except TimeoutError:
        text = f"The request did not arrive whole within {SEND_SECONDS} s. Send it again."
        raise NotTaken(408, text) from None
    return b"".join(parts)


def _header_of(scope: Scope) -> Callable[[str], str]:
    headers = scope.headers
    return lambda name: ",".join(headers.get_all(name))


def _peer(scope: Scope) -> str:
    return scope.client.rpartition(":")[0].strip("[]")


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the WSGI environ of a request. A header with `_` in its name is left out: it would pass for another."""
    host, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": _peer(scope),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": File,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    environ["CONTENT_LENGTH"] = str(len(body))  # a chunked body is whole by now, and never taken for an empty one
    return environ


class File:
    """An answer that is an open file (WSGI's `file_wrapper`)."""

    streaming = True

    def __init__(self, file: BinaryIO, _: int = 0) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        """Give it in blocks."""
        return iter(lambda: self._file.read(BLOCK_BYTES), b"")

    @property
    def path(self) -> str:
        """Where the server may read it by itself; empty if this is a part of a file, or it is gone from its place."""
        name = getattr(self._file, "name", "")
        with contextlib.suppress(OSError, AttributeError):
            if os.path.samestat(Path(name).stat(), os.fstat(self._file.fileno())):
                return str(name)
        return ""

    def close(self) -> None:
        """End Django's response with the file."""
        self._file.close()


def _answer(environ: dict[str, Any], protocol: Any, loop: asyncio.AbstractEventLoop) -> None:  # noqa: ANN401
    """Let Django answer, in this thread to the last byte: what it streams may read the database.

    A file is left to the server, so that no thread waits for a slow reader.
    """
    begun: list[tuple[int, _Headers]] = []

    def start_response(status: str, headers: _Headers, _: object = None) -> Callable[[bytes], object]:
        begun.append((int(status.split(" ", 1)[0]), headers))
        return _no_write

    response = django(environ, start_response)
    try:
        status, headers = begun[-1]
        if environ["REQUEST_METHOD"] == "HEAD":
            protocol.response_empty(status, headers)
        elif isinstance(response, File) and response.path:
            protocol.response_file(status, headers, response.path)
        elif getattr(response, "streaming", False):
            _stream(response, protocol.response_stream(status, headers), loop)
        else:
            protocol.response_bytes(status, headers, b"".join(response))
    finally:
        response.close()


def _no_write(_: bytes) -> None:
    raise NotImplementedError("Django returns what it sends; WSGI's write() is for older frameworks.")


def _stream(parts: Iterable[bytes], transport: Any, loop: asyncio.AbstractEventLoop) -> None:  # noqa: ANN401
    """Send part after part, no faster than the client takes them."""

    async def send(part: bytes) -> None:
        await transport.send_bytes(part)

    for part in parts:
        asyncio.run_coroutine_threadsafe(send(part), loop).result(SEND_SECONDS)


application = Application()
