"""bin/test: every check that a change must pass, the cheap ones first, the tests last."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from pipeline.local import chromium, home, services

BIN = Path(sys.executable).parent
WORKERS = str(min(4, max(2, os.cpu_count() or 2)))
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
CHECKS = (
    ("format (ruff)", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint (ruff)", ("ruff", "check", "--quiet", ".")),
    ("types (mypy)", ("mypy", ".")),
    ("import contracts (import-linter)", ("lint-imports",)),
    ("sizes and names (deploy/sizes.py)", ("python", "deploy/sizes.py")),
    ("templates (djlint)", ("djlint", "templates", "--check", "--lint", "--quiet")),
    (
        "migrations (makemigrations)",
        ("python", "-W", "ignore::RuntimeWarning", "manage.py", "makemigrations", "--check", "--dry-run"),
    ),
)


def main() -> int:
    """Run all checks and the tests, or with arguments pytest alone; returns the exit code."""
    given = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    here = home.here()
    test_home = home.here(here.checkout, Path(os.environ.get("TEST_VAR_DIR") or here.var / "test"))
    failed = [] if given else [title for title, command in CHECKS if not _passes(title, command)]
    browser = chromium.find() if given else chromium.find_or_install()
    if not browser:
        print(f"Browser tests need a Chromium. {chromium.ADVICE}", flush=True)
    if not given:
        print(f"== tests (pytest, {WORKERS} at a time)", flush=True)
    try:
        code = _pytest(given or ["-n", WORKERS], browser)
    finally:
        if not os.environ.get("KEEP_TEST_SERVICES"):
            for service in reversed(services.both(test_home)):
                service.server.stop()
    if failed:
        print(f"bin/test: these failed, see above: {', '.join(failed)}", flush=True)
    return code or (1 if failed else 0)


def _passes(title: str, command: tuple[str, ...]) -> bool:
    print(f"== {title}", flush=True)
    began = time.monotonic()
    told = _environment() | {"DATABASE_URL": NOWHERE}
    code = subprocess.run([BIN / command[0], *command[1:]], check=False, env=told, stdin=subprocess.DEVNULL).returncode
    print(f"   {'FAILED' if code else 'ok'}, {time.monotonic() - began:.1f} s", flush=True)
    return not code


def _pytest(arguments: list[str], browser: str) -> int:
    told = _environment() | {"CHROMIUM": browser}
    return subprocess.run([BIN / "python", "-m", "pytest", *arguments], check=False, env=told).returncode


def _environment() -> dict[str, str]:
    """Return our environment without what names other servers: the tests bring their own."""
    foreign = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "VAR_DIR", "DATABASE_ROLE", "ENVIRONMENT")
    return {name: value for name, value in os.environ.items() if name not in foreign}


if __name__ == "__main__":
    sys.exit(main())
