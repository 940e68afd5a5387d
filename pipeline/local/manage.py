"""bin/manage: runs a management command against what bin/up started here, or against DATABASE_URL and REDIS_URL."""

import os
import sys

from pipeline import env
from pipeline.local import environment, home, state


def main() -> int:
    """Become the command; returns an exit code only if it can't."""
    here = home.here()
    found = state.running(here)
    if found is None and not (env.text("DATABASE_URL", "") and env.text("REDIS_URL", "")):
        print(
            "bin/manage: nothing is running here. Start it with `bin/up --detach` and run this again.", file=sys.stderr
        )
        return 2
    told = environment.of_command(found.environment if found else {}, as_owner=True)
    os.chdir(here.checkout)
    return os.execve(sys.executable, [sys.executable, "manage.py", *sys.argv[1:]], told)


if __name__ == "__main__":
    sys.exit(main())
