"""Free ports on loopback, the same again for the same checkout where possible."""

import contextlib
import json
import socket
from pathlib import Path


def remembered(file: Path) -> dict[str, int]:
    """Return the ports by name that a file holds; none if it can't be read."""
    try:
        return {str(name): int(port) for name, port in json.loads(file.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def last(file: Path) -> int:
    """Return the port that a file holds; 0 if it can't be read."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0


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
