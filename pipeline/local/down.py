"""bin/down: stops what bin/up started in this checkout, and nothing else."""

import argparse
import contextlib
import os
import signal
import sys
import time

from pipeline.local import home, services, state
from pipeline.local.child import end_orphans
from pipeline.local.home import Home
from pipeline.local.identity import Identity

STOP_SECONDS = 90


def main() -> int:
    """Run bin/down; returns the exit code."""
    argparse.ArgumentParser(prog="bin/down", description=__doc__).parse_args()
    here = home.here()
    try:
        print("stopped" if stop(here) else "nothing was running", flush=True)
    except OSError as error:
        print(f"bin/down: {home.no_room(here, error)}", file=sys.stderr)
        return 1
    return 0


def stop(here: Home) -> bool:
    """Stop the supervisor with all it looks after, or what a killed one left; returns if anything ran."""
    supervisor = state.holder(here)
    if supervisor:
        _stop_supervisor(supervisor)
    left = state.read(here)
    ended = end_orphans(left.processes) if left else []
    servers = [service.server for service in services.both(here) if service.server.pid() is not None]
    for server in reversed(servers):
        server.stop()
    state.forget(here)
    return bool(supervisor or ended or servers)


def _stop_supervisor(supervisor: Identity) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(supervisor.pid, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while supervisor.is_running() and time.monotonic() < until:
            time.sleep(0.05)
        if supervisor.is_running():
            os.kill(supervisor.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
