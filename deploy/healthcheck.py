"""Say whether the process of this container works; docker-compose.yml asks.

usage: python -m deploy.healthcheck web|relay|worker|scheduler      exit 0: it works; 1: it does not, with the reason

web: it serves the sign-in page. relay: some relay leads (one that stands by is well too). worker: it has a
connection to the broker; a worker that is busy for hours with one recording is well. scheduler: it looked at its
schedule lately, which it writes down every five minutes.
"""

import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from pipeline import env

SECONDS = 5
PORT = 8000
SCHEDULE = Path("/tmp/scheduler")
"""As in docker-compose.yml; the library that keeps it may add an ending."""
QUIET_SECONDS = 660
RELAY_LOCK = 0x5E1A4
"""As in pipeline/steps/relay.py, which can't be imported without Django."""


def web() -> str:
    """Return what is wrong with the web process; empty: nothing. Raises OSError for an answer that is no success."""
    url = f"http://127.0.0.1:{PORT}/sign-in/"
    host = urlsplit(env.text("PUBLIC_URL")).netloc
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host}), timeout=SECONDS):
        return ""


def relay() -> str:
    """Return what is wrong with the relay; empty: nothing."""
    with psycopg.connect(env.postgres("DATABASE_URL", None), connect_timeout=SECONDS) as connection:
        held = connection.execute(
            "SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()"
            " WHERE locktype = 'advisory' AND classid = 0 AND objid = %s AND granted",
            [RELAY_LOCK],
        ).fetchone()
    return "" if held else "No relay holds the lock: nobody hands out due steps."


def worker() -> str:
    """Return what is wrong with the worker; empty: nothing."""
    broker = redis.Redis.from_url(env.redis("REDIS_URL", None), socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
    own = broker.client_info()
    here = str(own["addr"]).rpartition(":")[0]
    others = [one for one in broker.client_list() if one["id"] != str(own["id"]) and one["addr"].startswith(here + ":")]
    return "" if others else "The worker has no connection to the broker."


def scheduler() -> str:
    """Return what is wrong with the scheduler; empty: nothing."""
    written = [file.stat().st_mtime for file in SCHEDULE.parent.glob(f"{SCHEDULE.name}*")]
    if written and time.time() - max(written) < QUIET_SECONDS:
        return ""
    return f"The scheduler has not looked at its schedule for {QUIET_SECONDS // 60} minutes."


CHECKS: dict[str, Callable[[], str]] = {"web": web, "relay": relay, "worker": worker, "scheduler": scheduler}


def main(arguments: list[str]) -> int:
    """Run the check that is named; returns the exit status."""
    if len(arguments) != 1 or arguments[0] not in CHECKS:
        print(f"usage: python -m deploy.healthcheck {'|'.join(CHECKS)}", file=sys.stderr)
        return 2
    try:
        wrong = CHECKS[arguments[0]]()
    except (OSError, psycopg.Error, redis.RedisError, env.BadEnvironment) as error:
        wrong = f"{arguments[0]}: {type(error).__name__}: {error}"
    if wrong:
        print(wrong, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
