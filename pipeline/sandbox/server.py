"""The HTTP frame of the sandboxes: a threaded server with kept connections around one function that answers."""

import dataclasses
import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_BODY = 4_000_000
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""The only names it answers to: a web page can't reach it by a name of its own that leads to 127.0.0.1."""


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """One request, read whole; header names in small letters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401  (whatever the client sent)
        """Return the body read as JSON, None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def form(self) -> dict[str, str]:
        """Return the body read as a form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; a body that is neither text nor bytes is sent as JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    content_type: str = "application/json"
    is_lost: bool = False
    """The connection breaks instead: nothing of this is sent."""
    bytes_per_second: int | None = None
    """Sent as slowly as this."""
    stop_after: int | None = None
    """Bytes of the body after which the connection breaks."""

    def raw(self) -> bytes:
        """Return the body as it is sent."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


Respond = Callable[[Request], Answer]


class Server:
    """Serves one sandbox on loopback; `url` is its base."""

    def __init__(self, respond: Respond, port: int = 0, *, name: str = "sandbox") -> None:
        self._http = _Http(("127.0.0.1", port), _Handler)
        self._http.respond = respond
        self._thread = threading.Thread(target=self.serve, name=name, daemon=True)

    @property
    def host(self) -> str:
        """Return host and port, as PRIVATE_HOSTS takes them."""
        return f"127.0.0.1:{self._http.server_port}"

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"http://{self.host}"

    def start(self) -> "Server":
        """Serve in a thread."""
        self._thread.start()
        return self

    def serve(self) -> None:
        """Serve in the calling thread, until stopped."""
        self._http.serve_forever(poll_interval=0.1)

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._http.shutdown()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    respond: Respond

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http
    wbufsize = 65_536
    # Head and body leave in one packet: with Nagle's wait each answer would cost 40 ms.
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        super().handle_one_request()
        if not self.close_connection:
            self.wfile.flush()

    def _serve(self) -> None:
        if self.headers.get("Host", "").rpartition(":")[0] not in LOOPBACK:
            self.close_connection = True
            self._send(Answer(421, "A sandbox answers on 127.0.0.1 only.", content_type="text/plain"))
            return
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            self._send(Answer(413, "The body is too large.", content_type="text/plain"))
            return
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        self._send(self.server.respond(request))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve  # noqa: N815  (the base class looks for these)

    def _send(self, answer: Answer) -> None:
        if answer.is_lost:
            self.close_connection = True
            self.connection.close()
            return
        body = answer.raw()
        headers = {"Content-Type": answer.content_type} if body else {}
        if answer.status != 204:  # noqa: PLR2004  (HTTP's own number)
            headers["Content-Length"] = str(len(body))
        self.send_response(answer.status)
        for name, value in (headers | dict(answer.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._write(body[: answer.stop_after], answer.bytes_per_second)
        if answer.stop_after is not None:
            self.close_connection = True
            self.wfile.flush()

    def _write(self, body: bytes, bytes_per_second: int | None) -> None:
        if not bytes_per_second:
            self.wfile.write(body)
            return
        for position in range(len(body)):
            self.wfile.write(body[position : position + 1])
            self.wfile.flush()
            time.sleep(1 / bytes_per_second)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Say nothing: what matters stands in the journal."""
