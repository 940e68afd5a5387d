"""Scripted trouble: which requests get a fault instead of, or on top of, the true answer."""

import dataclasses
import re
import threading
from collections.abc import Mapping
from typing import Any

from pipeline.sandbox.server import Answer, Request


class BadFault(Exception):
    """A fault that was asked for makes no sense; the text says why."""


@dataclasses.dataclass(slots=True)
class Fault:
    """One fault; the next `times` requests that fit take it."""

    shape: str = ""
    """Id of an error of error_shapes.json: answered, nothing applied."""
    lose: str = ""
    """`request`: the connection breaks before anything is applied; `answer`: after."""
    status: int = 0
    """Answered with `body` and `headers`, nothing applied."""
    body: Any = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    content_type: str = "application/json"
    delay: float = 0
    """Seconds before the true answer."""
    bytes_per_second: int = 0
    """The true answer drips."""
    method: str = ""
    path: str = ""
    """A pattern that the request's path must hold."""
    account: str = ""
    times: int = 1

    def fits(self, request: Request, account: str) -> bool:
        """Return whether the fault is for this request."""
        return (
            (not self.method or self.method == request.method)
            and (not self.account or self.account == account)
            and bool(re.search(self.path, request.path))
        )


class Script:
    """The faults that are still to come, taken in the order they were told."""

    def __init__(self, shapes: Mapping[str, Mapping[str, Any]]) -> None:
        self._shapes = shapes
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Put a fault last. Raises BadFault."""
        if fault.shape and fault.shape not in self._shapes:
            raise BadFault(f"There is no error {fault.shape!r}; known are {', '.join(sorted(self._shapes))}.")
        if fault.lose not in {"", "request", "answer"}:
            raise BadFault(f"`lose` is {fault.lose!r}; write request or answer.")
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Drop what was not taken."""
        with self._lock:
            self._waiting.clear()

    def take(self, request: Request, account: str) -> Fault | None:
        """Take the first fault that fits."""
        with self._lock:
            for fault in self._waiting:
                if fault.fits(request, account):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                    return fault
        return None

    def answer(self, fault: Fault) -> Answer | None:
        """Return the answer in place of the true one, None: the true one is to come."""
        if fault.lose == "request":
            return Answer(0, is_lost=True)
        if fault.shape:
            return self.shape(fault.shape)
        if fault.status:
            return Answer(fault.status, fault.body, fault.headers, fault.content_type)
        return None

    def shape(self, name: str, **headers: str) -> Answer:
        """Return an error of error_shapes.json."""
        shape = self._shapes[name]
        return Answer(
            shape["status"],
            shape["body"],
            {**shape.get("headers", {}), **headers},
            shape.get("content_type", "application/json"),
        )
