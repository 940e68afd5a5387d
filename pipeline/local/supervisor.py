"""Looks after the processes of an installation: starts them, starts again what ends, stops all in order."""

import contextlib
import http.client
import time
from collections.abc import Callable, Iterable, Sequence

from pipeline.local.child import Child
from pipeline.local.identity import Identity
from pipeline.local.processes import Process
from pipeline.local.services import Service

TICK_SECONDS = 0.2
START_SECONDS = 120
MOST_EARLY_ENDS = 4
"""A process that ended so often before all were ready will not start at all."""


class DoesNotStart(Exception):
    """A process does not get ready; the text holds the end of its log."""


class Stopped(Exception):
    """Somebody asked us to stop."""


class Supervisor:
    """The processes of one installation and the servers they need."""

    def __init__(self, *, say: Callable[[str], None], services: Sequence[Service] = ()) -> None:
        self.services = tuple(services)
        self.children: list[tuple[Process, Child]] = []
        self.is_asked_to_stop = False
        self.is_hurried = False
        self._say = say

    def ask_to_stop(self) -> None:
        """Stop soon; asked twice: at once."""
        self.is_hurried = self.is_asked_to_stop
        self.is_asked_to_stop = True

    def start(self, children: Iterable[tuple[Process, Child]]) -> None:
        """Start processes, and look after them from now on."""
        for process, child in children:
            child.start()
            self.children.append((process, child))

    def identities(self) -> dict[str, Identity]:
        """Return who runs now, by name."""
        return {child.name: child.identity for _, child in self.children if child.identity}

    def tick(self) -> bool:
        """Start again what ended, say so, sleep a little; returns whether anything changed. Raises Stopped."""
        if self.is_asked_to_stop:
            raise Stopped
        told = [service.revive() for service in self.services]
        told += [child.revive() for _, child in self.children]
        for text in filter(None, told):
            self._say(text)
        time.sleep(TICK_SECONDS)
        return any(told)

    def wait_until_ready(self, ports: dict[str, list[int]]) -> None:
        """Wait until every process is ready; `ports` are those that must answer. Raises DoesNotStart, Stopped."""
        waiting = {child.name: (process, child) for process, child in self.children}
        until = time.monotonic() + START_SECONDS
        while waiting:
            self.tick()
            for name, (process, child) in list(waiting.items()):
                if _is_ready(process, child, ports.get(name, [])):
                    del waiting[name]
                elif child.restarts >= MOST_EARLY_ENDS or time.monotonic() > until:
                    raise DoesNotStart(f"{name} does not start. The end of {child.log}:\n{child.last_lines()}")

    def stop(self) -> None:
        """Stop all, those of one order together: each gets its grace, then it is ended with all it started."""
        for order in sorted({process.order for process, _ in self.children}):
            group = [(process, child) for process, child in self.children if process.order == order]
            for _, child in group:
                child.ask_to_end()
            until = time.monotonic() + max(process.grace for process, _ in group)
            while not all(child.has_ended() for _, child in group) and time.monotonic() < until:
                if self.is_hurried:
                    break
                time.sleep(0.02)
            for _, child in group:
                child.end()
        for service in reversed(self.services):
            service.server.stop()
        self.children.clear()


def _is_ready(process: Process, child: Child, ports: list[int]) -> bool:
    if child.has_ended():
        return False
    if process.ready_line and not child.said(process.ready_line):
        return False
    return not process.answers or all(answers(port) for port in ports)


def answers(port: int, path: str = "/sign-in/") -> bool:
    """Return whether an HTTP server on this port of ours answers, and not with a failure of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path)
            return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
