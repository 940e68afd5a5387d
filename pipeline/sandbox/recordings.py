"""A recording host to run against: serves the test recordings as CallRail does, and fails when told to.

`/recordings/<file>` is the file; `/calls/<call id>/recording/redirect?access_key=<key>&file=<file>` answers a
redirect to it, or 403 when the key is not the right one. Faults are told by `Host.fail` or, from another
process, by `POST /_sandbox/faults` with {"path": …, "faults": [{…}, …]}: each request for the path takes one.
"""

import dataclasses
from collections import defaultdict, deque
from pathlib import Path
from urllib.parse import quote

from pipeline.sandbox.server import Answer, Request, Server

FOLDER = Path(__file__).resolve().parent / "recordings"
ACCESS_KEY = "5a11db0x0000recording"
_TYPES = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac", ".amr": "audio/amr", ".ogg": "audio/ogg"}
_PLAIN = "text/plain; charset=utf-8"


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """What one request gets instead of the file, or does to it on its way."""

    status: int = 200
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: str | None = None
    """Sent in the file's place."""
    stop_after: int | None = None
    """Bytes of the file after which the connection breaks."""
    bytes_per_second: int | None = None


class Host:
    """The recording host, in threads of this process; `server.url` is its base."""

    def __init__(self, port: int = 0, *, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.requests: list[str] = []
        """Paths asked for, without their query."""
        self.server = Server(self._answer, port, name="recording-host")
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)

    def recording(self, file: str) -> str:
        """Return the URL of a file."""
        return f"{self.server.url}/recordings/{quote(file)}"

    def redirect(self, call_id: str, file: str, *, access_key: str = ACCESS_KEY) -> str:
        """Return a URL of CallRail's kind: a redirect that a key opens."""
        way = f"/calls/{quote(call_id)}/recording/redirect?access_key={access_key}&file={quote(file)}"
        return self.server.url + way

    def fail(self, path: str, *faults: Fault) -> None:
        """Let the next requests for a path get these faults, one each."""
        self._faults[path].extend(faults)

    def _answer(self, request: Request) -> Answer:
        if request.method == "POST" and request.path == "/_sandbox/faults":
            asked = request.json()
            self.fail(asked["path"], *(Fault(**fault) for fault in asked["faults"]))
            return Answer(200, {})
        self.requests.append(request.path)
        fault = self._faults[request.path].popleft() if self._faults[request.path] else Fault()
        if fault.body is not None or fault.status != 200:  # noqa: PLR2004  (HTTP's own number)
            return Answer(fault.status, fault.body or "", fault.headers, _PLAIN)
        if request.path.startswith("/recordings/"):
            return self._file(request.path.removeprefix("/recordings/"), fault)
        if request.path.startswith("/calls/") and request.path.endswith("/recording/redirect"):
            return self._redirect(request)
        return Answer(404, "There is nothing here.", content_type=_PLAIN)

    def _redirect(self, request: Request) -> Answer:
        if request.query.get("access_key") != ACCESS_KEY:
            return Answer(403, "The access key is not valid.", content_type=_PLAIN)
        return Answer(302, "", {"Location": self.recording(request.query.get("file", ""))})

    def _file(self, name: str, fault: Fault) -> Answer:
        file = (self.folder / name).resolve()
        if not file.is_relative_to(self.folder.resolve()) or file.suffix not in _TYPES or not file.is_file():
            return Answer(404, "No such recording.", content_type=_PLAIN)
        return Answer(
            200,
            file.read_bytes(),
            fault.headers,
            _TYPES[file.suffix],
            bytes_per_second=fault.bytes_per_second,
            stop_after=fault.stop_after,
        )
