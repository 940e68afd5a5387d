"""A pooler in transaction mode, as PgBouncer is one: any number of clients share one connection of Postgres.

It speaks Postgres' protocol: greets each client itself, and passes what comes up to a Sync or a simple Query on, and
the answer up to ReadyForQuery back.
"""

import contextlib
import os
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from io import BufferedIOBase
from urllib.parse import urlsplit

import psycopg

NO_ENCRYPTION = {80877103, 80877104}
"""Requests for TLS and for GSSAPI, which come before the greeting."""
ENDS_OF_A_REQUEST = (b"Q", b"S")


@contextlib.contextmanager
def pooled(url: str) -> Iterator[str]:
    """Give the address of such a pooler before the database of this URL."""
    with psycopg.connect(url, autocommit=True) as connected, socket.socket(fileno=os.dup(connected.fileno())) as server:
        server.setblocking(True)
        pooler = _Pooler(connected, server)
        threading.Thread(target=pooler.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        parts = urlsplit(url)
        place = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{pooler.server_address[1]}"
        yield parts._replace(netloc=place).geturl()
        pooler.shutdown()
        pooler.server_close()


class _Pooler(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, connected: psycopg.Connection, server: socket.socket) -> None:
        super().__init__(("127.0.0.1", 0), _Client)
        self.version = connected.info.parameter_status("server_version") or ""
        self.to_server = server.makefile("wb")
        self.from_server = server.makefile("rb")
        self.turn = threading.Lock()

    def ask(self, request: bytes) -> bytes:
        """Pass a request on and return the whole answer; one client's at a time."""
        with self.turn:
            self.to_server.write(request)
            self.to_server.flush()
            answer, kind = b"", b""
            while kind != b"Z":
                kind, message = _message(self.from_server)
                answer += message
            return answer


class _Client(socketserver.StreamRequestHandler):
    server: _Pooler

    def handle(self) -> None:
        """Serve one client to its end."""
        while self._startup() in NO_ENCRYPTION:
            self.wfile.write(b"N")
        status = b"server_version\0" + self.server.version.encode() + b"\0"
        encoding = b"client_encoding\0UTF8\0"
        self.wfile.write(
            b"R" + struct.pack("!ii", 8, 0) + _packed(b"S", status) + _packed(b"S", encoding) + _packed(b"Z", b"I")
        )
        request = b""
        while True:
            kind, message = _message(self.rfile)
            if kind in {b"X", b""}:
                return
            request += message
            if kind in ENDS_OF_A_REQUEST:
                self.wfile.write(self.server.ask(request))
                request = b""

    def _startup(self) -> int:
        (length,) = struct.unpack("!i", self.rfile.read(4))
        (code,) = struct.unpack("!i", self.rfile.read(length - 4)[:4])
        return int(code)


def _packed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _message(stream: BufferedIOBase) -> tuple[bytes, bytes]:
    """Return kind and bytes of the next message; both empty at the end."""
    head = stream.read(5)
    if len(head) < 5:
        return b"", b""
    (length,) = struct.unpack("!i", head[1:])
    return head[:1], head + stream.read(length - 4)
