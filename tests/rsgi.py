"""The product's own callable in this process, driven as granian drives it: on one event loop, by RSGI's protocol."""

import asyncio
import dataclasses
import functools
import threading
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

CLIENT = "127.0.0.1:54321"
SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    file: str = ""
    """The file that the server was left to send."""


class Headers:
    """A request's headers as granian gives them: names in small letters, a name as often as it was sent."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs = [(name.lower(), value) for name, value in pairs]

    def items(self) -> list[tuple[str, str]]:
        return list(self._pairs)

    def get(self, name: str, default: str | None = None) -> str | None:
        return next(iter(self.get_all(name)), default)

    def get_all(self, name: str) -> list[str]:
        return [value for one, value in self._pairs if one == name.lower()]


@dataclasses.dataclass
class Scope:
    """A request's first line and headers."""

    method: str
    path: str
    headers: Headers
    query_string: str = ""
    client: str = CLIENT
    server: str = "127.0.0.1:8000"
    scheme: str = "http"
    http_version: str = "1.1"
    proto: str = "http"


class Protocol:
    """One exchange: gives the body in parts, keeps the answer."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = list(parts)
        self.answer: Answer | None = None
        self.taken = 0
        """How many bytes of the body were asked for."""

    async def __call__(self) -> bytes:
        return b"".join([part async for part in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            self.taken += len(part)
            yield part
            await asyncio.sleep(0)

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.response_bytes(status, headers, b"")

    def response_str(self, status: int, headers: list[tuple[str, str]], body: str) -> None:
        self.response_bytes(status, headers, body.encode())

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        assert self.answer is None, "answered twice"
        self.answer = Answer(status, dict(headers), body)

    def response_file(self, status: int, headers: list[tuple[str, str]], file: str) -> None:
        self.response_bytes(status, headers, Path(file).read_bytes())
        assert self.answer
        self.answer = dataclasses.replace(self.answer, file=file)

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> "Stream":
        self.response_bytes(status, headers, b"")
        return Stream(self)


class Stream:
    """An answer that comes in parts."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    async def send_bytes(self, part: bytes) -> None:
        answer = self._protocol.answer
        assert answer
        self._protocol.answer = dataclasses.replace(answer, body=answer.body + part)


def exchange(scope: Scope, protocol: Protocol) -> Answer:
    """Let the product answer a request; from any thread, any number at once."""
    from pipeline.rsgi import application

    asyncio.run_coroutine_threadsafe(application.__rsgi__(scope, protocol), _loop()).result(SECONDS)
    assert protocol.answer, "not answered"
    return protocol.answer


def send(method: str, path: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"", **more: Any) -> Answer:
    """Send a request, its body in one part."""
    return exchange(Scope(method, path, Headers(headers), **more), Protocol([body]))


_starting = threading.Lock()


def _loop() -> asyncio.AbstractEventLoop:
    with _starting:
        return _started()


@functools.cache
def _started() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="rsgi", daemon=True).start()
    return loop
