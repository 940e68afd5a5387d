"""A recording host to run against: serves the test recordings as CallRail does, and fails when told to.

`/recordings/<file>` is the file; `/calls/<call id>/recording/redirect?access_key=<key>&file=<file>` answers a
redirect to it, with the key 403 when it is not the right one. Faults are told by `Server.fail` or, from another
process, by `POST /_faults` with {"path": …, "faults": [{…}, …]}: each request for the path takes one.
"""

import dataclasses
import json
import threading
import time
from collections import defaultdict, deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

FOLDER = Path(__file__).resolve().parent / "recordings"
ACCESS_KEY = "5a11db0x0000recording"
_TYPES = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac", ".amr": "audio/amr", ".ogg": "audio/ogg"}


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """What one request gets instead of the file, or of a part of it."""

    status: int = 200
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: str | None = None
    """Sent in the file's place."""
    stop_after: int | None = None
    """Bytes of the file after which the connection breaks."""
    bytes_per_second: int | None = None


class Server:
    """The host, in threads of this process; `url` is its base."""

    def __init__(self, port: int = 0, *, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.requests: list[str] = []
        """Paths asked for, without their query."""
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._http = _Http(("127.0.0.1", port), _Handler)
        self._http.sandbox = self
        self._thread = threading.Thread(target=self._http.serve_forever, name="recording-host", daemon=True)

    @property
    def host(self) -> str:
        """Return host and port, as PRIVATE_HOSTS takes them."""
        return f"127.0.0.1:{self._http.server_port}"

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"http://{self.host}"

    def recording(self, file: str) -> str:
        """Return the URL of a file."""
        return f"{self.url}/recordings/{quote(file)}"

    def redirect(self, call_id: str, file: str, *, access_key: str = ACCESS_KEY) -> str:
        """Return a URL of CallRail's kind: a redirect that a key opens."""
        return f"{self.url}/calls/{quote(call_id)}/recording/redirect?access_key={access_key}&file={quote(file)}"

    def start(self) -> "Server":
        """Serve in a thread."""
        self._thread.start()
        return self

    def serve(self) -> None:
        """Serve in the calling thread, until stopped."""
        self._http.serve_forever()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._http.shutdown()
        self._http.server_close()

    def fail(self, path: str, *faults: Fault) -> None:
        """Let the next requests for a path get these faults, one each."""
        self._faults[path].extend(faults)

    def fault(self, path: str) -> Fault | None:
        """Take the next fault of a path."""
        waiting = self._faults[path]
        return waiting.popleft() if waiting else None


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    sandbox: Server

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        sandbox = self.server.sandbox
        sandbox.requests.append(parts.path)
        fault = sandbox.fault(parts.path)
        if fault and fault.body is not None:
            self._text(fault.status, fault.body, fault.headers)
        elif fault and fault.status != 200:  # noqa: PLR2004  (HTTP's own number)
            self._text(fault.status, "", fault.headers)
        elif parts.path.startswith("/recordings/"):
            self._file(parts.path.removeprefix("/recordings/"), fault or Fault())
        elif parts.path.startswith("/calls/") and parts.path.endswith("/recording/redirect"):
            self._redirect(parse_qs(parts.query))
        else:
            self._text(404, "There is nothing here.")

    do_HEAD = do_GET  # noqa: N815  (the base class looks for this name)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if self.path != "/_faults":
            self._text(404, "There is nothing here.")
            return
        self.server.sandbox.fail(asked["path"], *(Fault(**fault) for fault in asked["faults"]))
        self._text(200, "{}", {"Content-Type": "application/json"})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Say nothing: requests are kept in `Server.requests`."""

    def _redirect(self, query: dict[str, list[str]]) -> None:
        if query.get("access_key") != [ACCESS_KEY]:
            self._text(403, "The access key is not valid.")
            return
        file = query.get("file", [""])[0]
        self._text(302, "", {"Location": self.server.sandbox.recording(file)})

    def _file(self, name: str, fault: Fault) -> None:
        folder = self.server.sandbox.folder
        file = (folder / name).resolve()
        if not file.is_relative_to(folder.resolve()) or file.suffix not in _TYPES or not file.is_file():
            self._text(404, "No such recording.")
            return
        content = file.read_bytes()
        self.send_response(200)
        headers = {"Content-Type": _TYPES[file.suffix], "Content-Length": str(len(content))} | fault.headers
        for header, value in headers.items():
            self.send_header(header, value)
        self.end_headers()
        if self.command == "GET":
            self._content(content if fault.stop_after is None else content[: fault.stop_after], fault)

    def _content(self, content: bytes, fault: Fault) -> None:
        if fault.bytes_per_second is None:
            self.wfile.write(content)
        else:
            piece = max(fault.bytes_per_second // 10, 1)
            for start in range(0, len(content), piece):
                self.wfile.write(content[start : start + piece])
                self.wfile.flush()
                time.sleep(0.1)
        if fault.stop_after is not None:
            self.close_connection = True

    def _text(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        body = text.encode()
        self.send_response(status)
        named = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))} | (headers or {})
        for header, value in named.items():
            self.send_header(header, value)
        self.end_headers()
        if self.command in {"GET", "POST"}:
            self.wfile.write(body)
