"""The errors of all processes, newest first: a stream in Redis that every process's log adds to.

It may be lost, and then the processes' own log lines still stand. Nothing waits for it: a thread of the process writes.
"""

import contextlib
import dataclasses
import datetime as dt
import json
import logging
import os
import queue
import threading
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from tenants import shared

STREAM = "recent_errors"
SPAN = dt.timedelta(hours=1)
"""How far back one looks unless told."""
KEPT = 10_000
WAITING = 1000
"""Lines that a process holds at most while Redis is away; more are left to its log alone."""
PAGE = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Error:
    """One line of a log at WARNING or above, secrets masked."""

    at: dt.datetime
    service: str
    severity: str
    event: str
    text: str
    code: str = ""
    tenant: str = ""
    request_id: str = ""


class Handler(logging.Handler):
    """Adds each line, formatted as JSON, to the stream."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: queue.Queue[str] = queue.Queue(WAITING)
        self._pid = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the line to the thread that writes; a process that is about to end writes it itself."""
        line = self.format(record)
        if record.levelno >= logging.CRITICAL:
            _add(line)
            return
        self._ensure_thread()
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(line)

    def _ensure_thread(self) -> None:
        """Start the thread of this process: one that forked has none, and must not wait for its parent's lock."""
        if self._pid == os.getpid():
            return
        self._lines, self._pid = queue.Queue(WAITING), os.getpid()
        threading.Thread(target=self._write, args=(self._lines,), name="recent-errors", daemon=True).start()

    def _write(self, lines: "queue.Queue[str]") -> None:
        while True:
            _add(lines.get())


def _add(line: str) -> None:
    with contextlib.suppress(Exception):  # whatever it is: what logs must not fail, nor its thread end
        shared.client().xadd(STREAM, {"service": settings.PROCESS_NAME, "line": line}, maxlen=KEPT, approximate=True)


def newest(*, limit: int, since: dt.datetime, service: str = "", tenant: str = "") -> list[Error]:
    """Return the newest errors since a moment, of one service or all, of one tenant or all. Raises redis.RedisError."""
    found = []
    for error in _backwards(since):
        if service in ("", error.service) and tenant in ("", error.tenant):
            found.append(error)
            if len(found) == limit:
                break
    return found


def services() -> list[str]:
    """Return the names of the services that the stream holds lines of. Raises redis.RedisError."""
    return sorted({error.service for error in _backwards(dt.datetime.fromtimestamp(0, dt.UTC))})


def _backwards(since: dt.datetime) -> Iterator[Error]:
    first, last = f"{int(since.timestamp() * 1000)}-0", "+"
    while page := shared.client().xrevrange(STREAM, last, first, count=PAGE):
        for _, entry in page:
            yield _read(entry)
        last = f"({page[-1][0]!s}"  # the one before it, by Redis' mark for an open interval


def _read(entry: Any) -> Error:  # noqa: ANN401  (redis-py's types don't know decode_responses)
    line = json.loads(entry["line"])
    said = line.get("text") or line.get("exception", "").rpartition("\n")[2] or _rest(line)
    return Error(
        at=dt.datetime.fromisoformat(line["time"]),
        service=entry["service"],
        severity=line["severity"],
        event=line["message"],
        text=said,
        code=line.get("code", ""),
        tenant=line.get("tenant", ""),
        request_id=line.get("request_id", ""),
    )


def _rest(line: dict[str, object]) -> str:
    """Return the fields of a line that has no text, as they are."""
    known = {"time", "severity", "logger", "message", "code", "tenant", "request_id", "text", "exception"}
    return ", ".join(f"{name} {value}" for name, value in line.items() if name not in known)
