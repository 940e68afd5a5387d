"""A host that answers each connection's first request with the bytes it was told, at the pace it was told."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

Script = Sequence[bytes | float | None]
"""Bytes are sent, a number is waited for (seconds), None closes the connection."""


class Host:
    """Answers by script, the same one for every request; keeps what it was asked."""

    def __init__(self, script: Script, *, certificate: tuple[Path, Path] | None = None) -> None:
        self.asked: list[bytes] = []
        self.names: list[str | None] = []
        """The names that TLS clients asked for (SNI)."""
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._tls = self._context(certificate) if certificate else None
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}"

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # a thread that waits in accept keeps the port open otherwise
        self._listener.close()

    def _context(self, certificate: tuple[Path, Path]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        context.sni_callback = lambda _, name, __: self.names.append(name)
        return context

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
            opened.enter_context(connection)
            if self._tls:
                connection = opened.enter_context(self._tls.wrap_socket(connection, server_side=True))
            while request := self._request(connection):
                self.asked.append(request)
                for step in self._script:
                    if step is None:
                        return
                    if isinstance(step, bytes):
                        connection.sendall(step)
                    else:
                        time.sleep(step)

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(65536)
            if not piece:
                return b""
            request += piece
        return request


@contextlib.contextmanager
def host(*script: bytes | float | None, certificate: tuple[Path, Path] | None = None) -> Iterator[Host]:
    one = Host(script, certificate=certificate)
    try:
        yield one
    finally:
        one.close()


def answer(body: bytes, *, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    """Return an HTTP answer with a right Content-Length."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body
