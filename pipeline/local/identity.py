"""Who a process is: a process id alone may have been given to another one since."""

import dataclasses
import os
import subprocess
from pathlib import Path

PROC = Path("/proc")


@dataclasses.dataclass(frozen=True, slots=True)
class Identity:
    """A process by its id and the moment it was started (as the system words it)."""

    pid: int
    started: str

    def is_running(self) -> bool:
        """Return whether it is this very process that runs under the id."""
        return of(self.pid) == self


def of(pid: int) -> Identity | None:
    """Return the identity of a running process; a zombie is none."""
    if (PROC / "self/stat").exists():
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            return None
        return None if fields[0] in "ZX" else Identity(pid, fields[19])
    shown = _ps("state=,lstart=", pid)
    return None if not shown or shown[0] == "Z" else Identity(pid, shown.split(maxsplit=1)[1])


def own() -> Identity:
    """Return the identity of this process."""
    found = of(os.getpid())
    if found is None:
        raise OSError("this process does not see itself in /proc")
    return found


def command_line(pid: int) -> str:
    """Return how a running process calls itself; empty if there is none."""
    if of(pid) is None:
        return ""
    if (PROC / "self/stat").exists():
        try:
            return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            return ""
    return _ps("command=", pid)


def _ps(columns: str, pid: int) -> str:
    command = ["ps", "-o", columns, "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
