"""Real processes of the engine, started by tests and stopped by them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection

PATIENCE_SECONDS = 60


def environment(**more: str) -> dict[str, str]:
    """Return what a process of ours must be told, the test's database and Redis first."""
    return os.environ | {"DJANGO_SETTINGS_MODULE": "pipeline.settings", "PYTHONUNBUFFERED": "1", **more}


@contextmanager
def running(log: Path, *argv: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python with these arguments, its output in `log`; killed at the end if it still runs."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, *argv], cwd=settings.BASE_DIR, env=environment(**more), stdout=file, stderr=file
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(is_so: Callable[[], object], *, log: Path | None = None) -> None:
    """Wait for what will be so soon; a machine may be slow."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise AssertionError(f"did not happen. {log.read_text()[-4000:] if log else ''}")
        time.sleep(0.03)


def lines(file: Path) -> list[str]:
    """Return a file's lines; none if it is not there yet."""
    return file.read_text().splitlines() if file.exists() else []


def end_backends(like: str) -> int:
    """End the test database's other connections whose last statement is like this; returns how many."""
    mine = connection.connection.info.backend_pid if connection.connection else 0
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as admin:
        found = admin.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid NOT IN (pg_backend_pid(), %s) AND query LIKE %s",
            [mine, like],
        ).fetchone()
    return int(found[0]) if found else 0
