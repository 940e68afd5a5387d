"""The product as it is served: granian, real sockets, services of its own."""

import contextlib
import socket
import time
from collections.abc import Iterator

from benchmarks import services
from tests import webhooks

SECRET = "over-http"
PROXY = "127.0.0.9"
"""The only address that is trusted to say for whom it speaks."""
MAKE = """
from tenants import provisioning
provisioning.open_door(provisioning.create("cedar", name="Cedar").tenant, "over-http")
"""


@contextlib.contextmanager
def bench() -> Iterator[services.Bench]:
    """Start a web server with one tenant."""
    with services.started() as made:
        made.migrate()
        made.manage("shell", "-v", "0", "-c", MAKE)
        made.start("web", settings={"TRUSTED_PROXIES": f"{PROXY}/32"})
        yield made


def exchange(
    port: int, *parts: bytes, seconds: float = 15, address: str = "127.0.0.1"
) -> tuple[int, dict[str, str], bytes]:
    """Send bytes from an address with pauses between the parts; returns status, headers and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds, source_address=(address, 0)) as line:
        for part in parts:
            with contextlib.suppress(ConnectionError):
                line.sendall(part)
            time.sleep(0.05)
        received = b""
        with contextlib.suppress(ConnectionError):
            while b"\r\n\r\n" not in received and (more := line.recv(65536)):
                received += more
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}
        while len(body) < int(headers.get("content-length", 0)) and (more := line.recv(65536)):
            body += more
    return int(first.split()[1]), headers, body


def wait_for(port: int) -> None:
    """Wait until a server listens."""
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return


def request(body: bytes, *more: str, without: tuple[str, ...] = (), path: str = webhooks.PATH) -> bytes:
    """Return a signed request with more header lines, and without some."""
    sent = webhooks.headers(body, SECRET)
    lines = [f"{name}: {value}" for name, value in sent.items() if name not in without]
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *lines, *more, "", ""]).encode("latin-1") + body
