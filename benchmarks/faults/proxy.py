"""A TCP proxy on loopback that spoils what goes through it: cut, slow, reset, truncated."""

import contextlib
import enum
import socket
import struct
import threading
import time

CHUNK = 65_536
SLOW_BYTES, SLOW_SECONDS = 64, 0.05
HARD_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends RST."""


class Mode(enum.StrEnum):
    """What happens to the bytes from now on, those of open connections too."""

    CLEAN = "clean"
    CUT = "cut"
    """Nobody is let in, and open connections end."""
    SLOW = "slow"
    """Answers drip: 64 bytes each 50 ms."""
    RESET = "reset"
    """An answer's first bytes are swallowed, and the connection is reset: the request was carried out."""
    TRUNCATED = "truncated"
    """Half of an answer's piece arrives, then the connection ends."""


class Proxy:
    """Lets connections to a port through; `mode` may change at any time, from any thread."""

    def __init__(self, target: int) -> None:
        self.mode = Mode.CLEAN
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        """Return the base URL for HTTP."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Proxy":
        """Serve in threads until closed."""
        threading.Thread(target=self._accept, name=f"proxy-{self.port}", daemon=True).start()
        return self

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # closed
            if self.mode is Mode.CUT:
                _reset(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=10)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            for pump in (self._pump_request, self._pump_answer):
                threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def _pump_request(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(CHUNK):
                if self.mode is Mode.CUT:
                    break
                server.sendall(data)
        _end(server)
        client.close()

    def _pump_answer(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(CHUNK):
                if not self._hand_on(client, data):
                    break
        _end(client, server)

    def _hand_on(self, client: socket.socket, data: bytes) -> bool:
        """Hand a piece of an answer on as the mode has it; returns whether the connection goes on."""
        match self.mode:
            case Mode.CUT:
                return False
            case Mode.RESET:
                _reset(client)
                return False
            case Mode.TRUNCATED:
                client.sendall(data[: len(data) // 2])
                return False
            case Mode.SLOW:
                for at in range(0, len(data), SLOW_BYTES):
                    client.sendall(data[at : at + SLOW_BYTES])
                    time.sleep(SLOW_SECONDS)
                return True
            case _:
                client.sendall(data)
                return True


def _end(*both: socket.socket) -> None:
    """End both ways; the other pump's wait ends with it."""
    for one in both:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


def _reset(client: socket.socket) -> None:
    with contextlib.suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HARD_CLOSE)
        client.shutdown(socket.SHUT_RD)  # the other pump's wait would keep the socket open
    client.close()
