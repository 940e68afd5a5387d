"""Free ports on loopback, the same again for the same checkout where possible."""

import contextlib
import socket


def free(wanted: int = 0) -> int:
    """Return `wanted` if nobody listens there, else a port the system picks."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError):
            return exactly(port)
    raise OSError("no free port on 127.0.0.1")


def exactly(port: int) -> int:
    """Return the port if nobody listens there (0: one the system picks). Raises OSError."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])
