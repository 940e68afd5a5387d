"""bin/reset: stops everything and removes all data of this checkout: tenants, calls, recordings, keys, logs."""

import argparse
import shutil
import sys
from pathlib import Path

from pipeline import env
from pipeline.local import down, home
from pipeline.local.home import Home

KEPT = ("tools", "install.lock")
"""Of var/: what setting up fetched; no data."""


def main() -> int:
    """Run bin/reset; returns the exit code."""
    parser = argparse.ArgumentParser(prog="bin/reset", description=__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    arguments = parser.parse_args()
    here = home.here()
    places = [str(here.var), *([str(here.data)] if here.is_outside else [])]
    if env.text("DATABASE_URL", ""):
        print("The database of DATABASE_URL is yours and stays as it is.", flush=True)
    if not arguments.yes and not _agrees(places):
        print("nothing was removed", flush=True)
        return 1
    try:
        down.stop(here)
        remove(here)
    except OSError as error:
        print(f"bin/reset: {home.no_room(here, error)}", file=sys.stderr)
        return 1
    print(f"removed the data in {' and '.join(places)}", flush=True)
    return 0


def remove(here: Home) -> None:
    """Remove the data of a stopped installation and of its tests; a parent folder only if it is ours and empty."""
    for entry in here.var.iterdir() if here.var.exists() else ():
        if entry.name not in KEPT:
            _remove(entry)
    if here.is_outside:
        for data in (here.data, home.here(here.checkout, here.var / "test").data):
            _remove(data)
        if here.data.parent.exists() and not any(here.data.parent.iterdir()):
            here.data.parent.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _agrees(places: list[str]) -> bool:
    print(
        f"This removes all tenants, calls, recordings, keys and logs in {' and '.join(places)}, for good.", flush=True
    )
    try:
        return input("Type yes to go on: ").strip().lower() == "yes"
    except EOFError:
        return False


if __name__ == "__main__":
    sys.exit(main())
