"""A child process that is kept warm between requests and ends by itself when idle.

An engine's memory, crashes and overruns stay its own: the worker reads one line of JSON for each it writes.
"""

import contextlib
import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from pipeline.errors import Transient

ROOT = Path(__file__).resolve().parent.parent.parent
_KEPT = ("PATH", "LANG", "HOME", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
_PIECE = 1 << 16
IDLE_EXIT = 0


class Resident:
    """The parent's side: starts the child on demand, asks it one thing at a time."""

    def __init__(self, module: str, arguments: Sequence[str]) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Return the child's process id while it lives."""
        child = self._child
        return child.pid if child and child.poll() is None else None

    def ask(self, request: Mapping[str, object], *, seconds: float) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises Transient: `speech.engine_crashed` if the child dies on it, `speech.too_slow` if it takes longer than
        so many seconds; the child is gone then and the next request starts another.
        """
        line = json.dumps(request).encode() + b"\n"
        until = time.monotonic() + seconds
        with self._lock:
            answer = self._exchange(line, until)
            if answer is None and self._ended_idle():
                answer = self._exchange(line, until)
            if answer is None:
                code = self.end()
                raise Transient("speech.engine_crashed", f"The speech engine's process died (exit {code}).")
        parsed: dict[str, Any] = json.loads(answer)
        return parsed

    def end(self) -> int | None:
        """End the child now; returns its exit code."""
        child, self._child = self._child, None
        if child is None or self._owner != os.getpid():
            return None
        child.kill()
        code = child.wait()
        _close_pipes(child)
        return code

    def _exchange(self, line: bytes, until: float) -> bytes | None:
        """Write and read one line; None: the child ended instead."""
        child = self._running()
        assert child.stdin
        assert child.stdout
        try:
            child.stdin.write(line)
            child.stdin.flush()
        except BrokenPipeError:
            return None
        return self._read_line(child.stdout, until)

    def _read_line(self, pipe: IO[bytes], until: float) -> bytes | None:
        answer = bytearray()
        while not answer.endswith(b"\n"):
            ready, _, _ = select.select([pipe], [], [], max(until - time.monotonic(), 0))
            if not ready:
                self.end()
                raise Transient("speech.too_slow", "The speech engine took longer than it may; it was stopped.")
            piece = os.read(pipe.fileno(), _PIECE)
            if not piece:
                return None
            answer += piece
        return bytes(answer)

    def _ended_idle(self) -> bool:
        """Return whether the child ended by itself, just as the request was on its way."""
        child = self._child
        return child is not None and child.wait() == IDLE_EXIT

    def _running(self) -> subprocess.Popen[bytes]:
        # A fork of the worker shares the pipes with it: it must have a child of its own.
        if self._child is None or self._owner != os.getpid() or self._child.poll() is not None:
            if self._child:
                _close_pipes(self._child)
            environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
            self._child = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=environment | {"HF_HUB_OFFLINE": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
            self._owner = os.getpid()
            threading.Thread(target=self._child.wait, name="engine-reaper", daemon=True).start()
        return self._child


def _close_pipes(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()


def serve(answer: Callable[[dict[str, Any]], Mapping[str, object]], *, idle_seconds: float) -> None:
    """Answer lines of JSON, in the child, until idle for so long or until the parent is gone."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    requests: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        try:
            line = requests.get(timeout=idle_seconds)
        except queue.Empty:
            os._exit(IDLE_EXIT)  # at once: the engine's own threads may hang a slow exit
        out.write(json.dumps(answer(json.loads(line))).encode() + b"\n")
        out.flush()


def _listen(requests: "queue.Queue[bytes]") -> None:
    for line in sys.stdin.buffer:
        requests.put(line)
    os._exit(IDLE_EXIT)  # the parent is gone, and with it whoever wanted an answer
