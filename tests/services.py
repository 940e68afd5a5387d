"""The suite's services: one Postgres and one Valkey for all xdist workers, a database each from one template.

A pytest plugin (`-p tests.services`), so that the environment is set before Django's settings load.
Tests connect as the app's role.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("TEST_VAR_DIR", str(ROOT / "var" / "test")))
os.environ.setdefault("ENVIRONMENT", "local")
os.environ["VAR_DIR"] = str(VAR)
os.environ["SECRET_KEY"] = "tests"

import hypothesis  # noqa: E402
import psycopg  # noqa: E402
import pytest  # noqa: E402

from pipeline.local.account import borrowed, data_home  # noqa: E402
from pipeline.local.postgres import Postgres  # noqa: E402
from pipeline.local.valkey import Valkey  # noqa: E402

# A busy machine fails both of these checks: they measure it, not the code.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
APP_ROLE, APP_PASSWORD = "pipeline_app", "test-app"
TEMPLATE = "pipeline_template"


def _services() -> tuple[Postgres, Valkey]:
    home = data_home(ROOT, VAR, borrowed("postgres")) / "services"
    return Postgres(home, fsync=False), Valkey(home)


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    VAR.mkdir(parents=True, exist_ok=True)
    with (VAR / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _database_url(owner: str, database: str, *, app: bool) -> str:
    if app:
        host = owner.rsplit("@", 1)[1].split("/", maxsplit=1)[0]
        return f"postgresql://{APP_ROLE}:{APP_PASSWORD}@{host}/{database}"
    return owner.rsplit("/", 1)[0] + f"/{database}"


def _schema_files_digest() -> str:
    files = sorted(ROOT.glob("*/migrations/*.py")) + sorted(ROOT.glob("pipeline/**/migrations/*.py"))
    files += sorted(ROOT.glob("tenants/schemas/*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _template(owner: str) -> str:
    """Make the migrated template database once per state of the migrations; returns its name."""
    name = f"{TEMPLATE}_{_schema_files_digest()}"
    with psycopg.connect(owner, autocommit=True) as admin:
        admin.execute(
            f"DO $$ BEGIN CREATE ROLE {APP_ROLE} LOGIN PASSWORD '{APP_PASSWORD}';"
            " EXCEPTION WHEN duplicate_object THEN END $$"
        )
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        admin.execute(f'DROP DATABASE IF EXISTS "{name}_new"')
        admin.execute(f'CREATE DATABASE "{name}_new"')
        env = {
            **os.environ,
            "DATABASE_URL": _database_url(owner, f"{name}_new", app=True),
            "DATABASE_OWNER_URL": _database_url(owner, f"{name}_new", app=False),
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=env, check=True)
        admin.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


def _prepare() -> None:
    """Start the services and give this worker a fresh database; sets the environment of the settings."""
    postgres, valkey = _services()
    with _locked():
        owner, redis_url = postgres.start(), valkey.start()
        template = _template(owner)
        database = f"pipeline_test_{WORKER}"
        with psycopg.connect(owner, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    os.environ["DATABASE_URL"] = _database_url(owner, database, app=True)
    os.environ["DATABASE_OWNER_URL"] = _database_url(owner, database, app=False)
    number = int(WORKER.removeprefix("gw")) % 16 if WORKER.startswith("gw") else 0
    os.environ["REDIS_URL"] = redis_url.rsplit("/", 1)[0] + f"/{number}"


IS_CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ and any(arg.startswith("-n") for arg in sys.argv)
if not IS_CONTROLLER:
    _prepare()
else:
    os.environ["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the services once the whole run is over (the controller's, or the only process's, end)."""
    if "PYTEST_XDIST_WORKER" not in os.environ and not os.environ.get("KEEP_TEST_SERVICES"):
        with contextlib.suppress(FileNotFoundError):
            for service in _services():
                service.stop()
