"""One process that bin/up looks after: started in its own session, its output in a log, ended with all it started."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.local import identity
from pipeline.local.identity import Identity

LOG_BYTES = 10_000_000
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
HEALTHY_SECONDS = 60.0


class Child:
    """A process of ours that is started again when it ends."""

    def __init__(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: Path
    ) -> None:
        self.name = name
        self.log = log
        self.restarts = 0
        self._command = list(command)
        self._environment = dict(environment)
        self._folder = folder
        self._running: subprocess.Popen[bytes] | None = None
        self._identity: Identity | None = None
        self._log_start = 0
        self._started_at = 0.0
        self._wait = FIRST_WAIT
        self._due = 0.0

    def start(self) -> None:
        """Start it; nothing of the caller's standard streams is handed on."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)
        with self.log.open("ab") as output:
            self._log_start = output.tell()
            self._running = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,  # what it writes is people's: voices, names, numbers
            )
        self._identity = identity.of(self._running.pid)
        self._started_at = time.monotonic()

    @property
    def identity(self) -> Identity | None:
        """Who it is while it runs."""
        return self._identity

    def revive(self) -> str:
        """Start it again if it ended and its wait is over; returns a sentence when there is something to say."""
        if self._running is None:
            if time.monotonic() < self._due:
                return ""
            try:
                self.start()
            except OSError as error:  # no space for its log, no memory for a process: it may come back
                self._put_off()
                return f"{self.name} can't be started: {error}. Next try in {self._wait:g} s"
            self.restarts += 1
            return f"{self.name} was started again"
        if not self._has_ended():
            return ""
        lived = time.monotonic() - self._started_at
        code = self._reap()
        if lived > HEALTHY_SECONDS:
            self._wait = FIRST_WAIT / 2
        self._put_off()
        how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        return f"{self.name} ended {how}; it starts again in {self._wait:g} s (log: {self.log})"

    def said(self, text: str) -> bool:
        """Return whether it logged this text since its start."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return text.encode() in log.read(LOG_BYTES)

    def last_lines(self, count: int = 12) -> str:
        """Return the end of its log since its start."""
        with self.log.open("rb") as log:
            log.seek(max(self._log_start, self.log.stat().st_size - 8000))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-count:])

    def ask_to_end(self) -> None:
        """Send SIGTERM, if it runs."""
        if self._running is not None and not self._has_ended():
            self._running.send_signal(signal.SIGTERM)

    def has_ended(self) -> bool:
        """Return whether it is gone."""
        return self._running is None or self._has_ended()

    def end(self) -> None:
        """End what is left of it and of what it started, at once."""
        if self._running is not None:
            self._reap()

    def _put_off(self) -> None:
        self._wait = min(LONGEST_WAIT, self._wait * 2)
        self._due = time.monotonic() + self._wait

    def _has_ended(self) -> bool:
        """Look without reaping: an unreaped leader keeps its process group's id from being given away."""
        running = self._running
        if running is None:
            return True
        if not hasattr(os, "waitid"):
            return running.poll() is not None
        return os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _reap(self) -> int:
        running = self._running
        if running is None:
            return 0
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(running.pid, signal.SIGKILL)
        code = running.wait()
        self._running = self._identity = None
        return code


def end_orphans(left: Mapping[str, Identity], *, grace: float = 15) -> list[str]:
    """End the processes that a lost supervisor left, with their groups; returns the names of those that ran."""
    found = {name: who for name, who in left.items() if who.is_running()}
    for who in found.values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(who.pid, signal.SIGTERM)
    until = time.monotonic() + grace
    while any(who.is_running() for who in found.values()) and time.monotonic() < until:
        time.sleep(0.05)
    for who in found.values():
        if who.is_running():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(who.pid, signal.SIGKILL)
    return list(found)
