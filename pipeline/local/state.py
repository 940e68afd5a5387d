"""What runs here, for the other commands: var/run/state.json (0600), and the lock that names its holder."""

import contextlib
import dataclasses
import fcntl
import json
from collections.abc import Iterator
from typing import Any

from pipeline.local import files, identity
from pipeline.local.home import Home
from pipeline.local.identity import Identity


class AlreadyRunning(Exception):
    """Another supervisor holds this checkout's lock."""


@dataclasses.dataclass(frozen=True, slots=True)
class State:
    """A supervisor and what it started."""

    supervisor: Identity
    processes: dict[str, Identity] = dataclasses.field(default_factory=dict)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    sandboxes: dict[str, str] = dataclasses.field(default_factory=dict)
    url: str = ""
    is_ready: bool = False


def write(home: Home, state: State) -> None:
    """Keep the state; readers see the old one or the new one."""
    files.write_private(home.run / "state.json", json.dumps(dataclasses.asdict(state), indent=1))


def read(home: Home) -> State | None:
    """Return the last state written; None if there is none, or what is there makes no sense."""
    try:
        found: dict[str, Any] = json.loads((home.run / "state.json").read_text())
        processes = {name: Identity(**one) for name, one in found.pop("processes").items()}
        return State(supervisor=Identity(**found.pop("supervisor")), processes=processes, **found)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def forget(home: Home) -> None:
    """Remove the state of what was stopped."""
    (home.run / "state.json").unlink(missing_ok=True)


def running(home: Home) -> State | None:
    """Return the state of a supervisor that runs now."""
    found = read(home)
    return found if found and found.supervisor.is_running() else None


def holder(home: Home) -> Identity | None:
    """Return who holds the checkout's lock: a supervisor, from its first moment on, ready or not."""
    try:
        found = Identity(**json.loads((home.run / "lock").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.is_running() else None


@contextlib.contextmanager
def held(home: Home) -> Iterator[None]:
    """Hold the checkout's lock; the system frees it with the process. Raises AlreadyRunning."""
    home.run.mkdir(parents=True, exist_ok=True)
    with (home.run / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning from error
        lock.truncate(0)
        lock.write(json.dumps(dataclasses.asdict(identity.own())))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)
