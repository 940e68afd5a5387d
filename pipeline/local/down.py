"""bin/down: stops what bin/up started in this checkout, and nothing else."""

import argparse
import os
import signal
import sys
import time

from pipeline.local import home, services, state
from pipeline.local.child import end_orphan
from pipeline.local.home import Home

STOP_SECONDS = 90


def main() -> int:
    """Run bin/down; returns the exit code."""
    argparse.ArgumentParser(prog="bin/down", description=__doc__).parse_args()
    print("stopped" if stop(home.here()) else "nothing was running", flush=True)
    return 0


def stop(here: Home) -> bool:
    """Stop the supervisor with all it looks after, or what a killed one left; returns if anything ran."""
    found = state.running(here)
    if found:
        os.kill(found.supervisor.pid, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while found.supervisor.is_running():
            if time.monotonic() > until:
                os.kill(found.supervisor.pid, signal.SIGKILL)
                break
            time.sleep(0.05)
    left = state.read(here)
    ended = [end_orphan(who) for who in (left.processes.values() if left else ())]
    servers = [service.server for service in services.both(here) if service.server.pid() is not None]
    for server in reversed(servers):
        server.stop()
    (here.run / "state.json").unlink(missing_ok=True)
    return bool(found or any(ended) or servers)


if __name__ == "__main__":
    sys.exit(main())
