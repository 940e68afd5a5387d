"""Makes .venv from requirements.txt; run by bin/_venv.sh under any Python 3.11 to 3.13, standard library only.

The order: uv on PATH; uv fetched by a pip that is there (Debian's python3 without venv); uv fetched by the pip
that `python3 -m venv` brings; that pip itself; as root on Debian or Ubuntu the package python3-venv first.
Whatever installs, the lock's hashes are checked.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
LOCK = ROOT / "requirements.txt"
STAMP = VENV / ".requirements.sha256"
UNFINISHED = VENV / ".unfinished"
TOOLS = ROOT / "var/tools"


class CannotInstall(Exception):
    """The packages can't be installed here; the text says why and what to do."""


def is_current() -> bool:
    """Return whether .venv holds what requirements.txt asks for."""
    try:
        return STAMP.read_text() == _wanted() and not UNFINISHED.exists()
    except OSError:
        return False


def main() -> int:
    """Make or renew .venv, one at a time; returns the exit code."""
    if "--check" in sys.argv:
        return 0 if is_current() else 1
    try:
        _install_alone()
    except CannotInstall as error:
        _say(str(error))
        return 1
    except OSError as error:
        _say(f"{error}\n{ROOT} must have space and belong to the account (uid {os.geteuid()}) that runs this.")
        return 1
    except KeyboardInterrupt:
        _say("stopped; the next start makes .venv anew")
        return 130
    return 0


def _install_alone() -> None:
    """Make or renew .venv while nobody else does. Raises CannotInstall."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var/install.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another start is installing; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current() or not _runs(PYTHON):
            _install()


def _install() -> None:
    started = time.monotonic()
    if UNFINISHED.exists() or not _runs(PYTHON):
        if VENV.exists():
            _say("an earlier installation was interrupted, or its Python is gone; making .venv anew")
        shutil.rmtree(VENV, ignore_errors=True)
    STAMP.unlink(missing_ok=True)
    uv = _uv()
    if not PYTHON.exists():
        _make_venv([uv, "venv", "--quiet", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"])
    UNFINISHED.touch()
    _say(f"installing {_packages()} packages from requirements.txt; the first time takes 15 s to 3 minutes")
    if uv:
        _run([uv, "pip", "sync", "--require-hashes", "--python", str(PYTHON), str(LOCK)])
    else:
        _run([str(PYTHON), "-m", "pip", "install", "--require-hashes", "--progress-bar", "off", "-r", str(LOCK)])
    STAMP.write_text(_wanted())
    UNFINISHED.unlink()
    _say(f".venv is ready after {time.monotonic() - started:.0f} s")


def _uv() -> str | None:
    """Return a uv, fetched if need be; None: pip inside .venv must do."""
    for found in (shutil.which("uv"), str(TOOLS / "bin/uv")):
        if found and _runs(found):
            return found
    if _has("pip") and _fetch_uv(sys.executable):
        return str(TOOLS / "bin/uv")
    if not _has("ensurepip"):
        _install_venv_package()
    _make_venv([sys.executable, "-m", "venv"])
    return str(TOOLS / "bin/uv") if _fetch_uv(str(PYTHON)) else None


def _has(module: str) -> bool:
    """Return whether this Python brings a module; an empty folder of its name is none."""
    spec = importlib.util.find_spec(module)
    return spec is not None and spec.origin is not None


def _make_venv(command: list[str]) -> None:
    _say(f"making .venv with Python {sys.version.split()[0]} ({sys.executable})")
    try:
        _run([*command, str(VENV)])
    except CannotInstall:
        shutil.rmtree(VENV, ignore_errors=True)
        raise


def _fetch_uv(python: str) -> bool:
    """Put uv into var/tools by this Python's pip; nothing outside the checkout changes."""
    _say("fetching the installer uv into var/tools")
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade"]
    command += ["--root-user-action", "ignore"]
    command += ["--require-hashes", "--only-binary", ":all:", "--target", str(TOOLS), "-r", str(ROOT / "deploy/uv.txt")]
    if subprocess.run(command, check=False, stdin=subprocess.DEVNULL, env=_environment()).returncode:
        _say("uv could not be fetched; going on without it")
        return False
    return _runs(TOOLS / "bin/uv")


def _install_venv_package() -> None:
    """Bring Debian's venv, which python3 comes without; only root can."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    advice = "Or install uv (https://docs.astral.sh/uv) and run this again."
    if not shutil.which("apt-get"):
        raise CannotInstall(f"{sys.executable} lacks venv. Install a whole Python 3.11 to 3.13. {advice}")
    if os.geteuid() != 0:
        raise CannotInstall(f"{sys.executable} lacks venv. Type: sudo apt-get install {package}\n{advice}")
    _say(f"{sys.executable} lacks venv: installing Debian's package {package} with apt-get")
    quiet = {**_environment(), "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False, stdin=subprocess.DEVNULL, env=quiet)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    if subprocess.run(command, check=False, stdin=subprocess.DEVNULL, env=quiet).returncode:
        raise CannotInstall(f"apt-get could not install {package}; its lines above say why. {advice}")


def _run(command: list[str]) -> None:
    """Run an installer, its lines shown; off a terminal without the list of all packages. Raises CannotInstall."""
    lines = None if sys.stderr.isatty() else subprocess.PIPE
    running = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=lines, text=True, env=_environment())
    try:
        for line in running.stderr or ():
            if not line.startswith(" + "):
                sys.stderr.write(line)
        code = running.wait()
    except KeyboardInterrupt:
        running.terminate()
        running.wait()
        raise
    if code:
        raise CannotInstall(
            f"`{' '.join(command[:4])} …` failed; its lines above say why. Is a package index reachable? "
            "Then run this again: it goes on from here."
        )


def _environment() -> dict[str, str]:
    """Return our environment without what steers Python elsewhere, with a cache that can be written."""
    dropped = (
        "PYTHONPATH",
        "PYTHONHOME",
        "VIRTUAL_ENV",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_USER",
        "PIP_REQUIRE_VIRTUALENV",
    )
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    if not os.access(Path.home(), os.W_OK):
        kept.setdefault("UV_CACHE_DIR", str(TOOLS / "cache"))
    return kept


def _runs(program: str | Path) -> bool:
    try:
        shown = subprocess.run([program, "--version"], check=False, capture_output=True, text=True, env=_environment())
    except OSError:
        return False
    return shown.returncode == 0


def _wanted() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def _packages() -> int:
    return sum("==" in line for line in LOCK.read_text().splitlines())


def _say(text: str) -> None:
    print(f"setup: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
