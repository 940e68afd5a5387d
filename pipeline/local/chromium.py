"""The browser of the browser tests: the Chromium that is there; root on Debian or Ubuntu gets the package."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = tuple(f"/Applications/{name}.app/Contents/MacOS/{name}" for name in ("Google Chrome", "Chromium"))
ADVICE = "Install one (Debian, Ubuntu: sudo apt-get install chromium), or set CHROMIUM to its path."


@functools.cache
def chosen() -> str:
    """Return the Chromium of this run of the tests, in CHROMIUM from now on; empty if there is none."""
    found = find()
    if found:
        os.environ["CHROMIUM"] = found
    return found


def find() -> str:
    """Return the path of a Chromium that runs, CHROMIUM's before the usual places; empty if there is none."""
    places = [os.environ.get("CHROMIUM", ""), *(shutil.which(name) or "" for name in NAMES), *MAC]
    return next((place for place in places if place and _runs(place)), "")


def find_or_install() -> str:
    """Return a Chromium; root on Debian or Ubuntu has it installed after being told. Empty if there is none."""
    found = find()
    if found or os.geteuid() != 0 or not shutil.which("apt-get") or not Path("/etc/debian_version").exists():
        return found
    print("No Chromium was found: installing the package chromium with apt-get for the browser tests", file=sys.stderr)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in ("update -qq", "install -y -qq --no-install-recommends chromium"):
        subprocess.run(
            ["apt-get", *words.split()],
            check=False,
            env=quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=sys.stderr,
        )
    return find()


def _runs(program: str) -> bool:
    try:
        shown = subprocess.run([program, "--version"], check=False, capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return shown.returncode == 0
