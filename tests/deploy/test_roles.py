"""deploy/postgres/roles.sql on a server of its own: the owner migrates, the app has rows and no tables."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from pipeline.local.account import borrowed, data_home
from pipeline.local.postgres import Postgres
from tests.services import ROOT, VAR

FILE = ROOT / "deploy/postgres/roles.sql"
OWNER, APP = "0wner pass'word", "app-password"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """Give a fresh server that knows nothing of the product."""
    home = data_home(ROOT, VAR, borrowed("postgres")) / f"roles-{os.getpid()}"
    postgres = Postgres(home, fsync=False)
    postgres.start()
    yield postgres
    postgres.stop("immediate")
    subprocess.run(["rm", "-rf", str(home)], check=True)


def run(server: Postgres, **passwords: str) -> "subprocess.CompletedProcess[str]":
    """Run the file as the server's administrator."""
    command = [str(server.binaries() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(FILE), server.url()]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": os.defpath, **passwords})


def connect(server: Postgres, user: str, password: str, database: str = "pipeline") -> psycopg.Connection:
    return psycopg.connect(server.url(database), user=user, password=password, autocommit=True)


@pytest.mark.parametrize("empty", [{}, {"OWNER_DB_PASSWORD": "", "APP_DB_PASSWORD": ""}], ids=["unset", "empty"])
@pytest.mark.parametrize("missing", ["OWNER_DB_PASSWORD", "APP_DB_PASSWORD"])
def test_a_missing_password_is_named_and_nothing_is_made(server: Postgres, missing: str, empty: dict[str, str]) -> None:
    passwords = {"OWNER_DB_PASSWORD": OWNER, "APP_DB_PASSWORD": APP}
    del passwords[missing]

    shown = run(server, **{name: value for name, value in empty.items() if name == missing}, **passwords)

    assert shown.returncode != 0
    assert f"{missing} is not set" in shown.stderr
    with psycopg.connect(server.url()) as admin:
        assert admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'pipeline%'").fetchall() == []


def test_owner_migrates_and_the_app_has_rows_but_no_tables(server: Postgres) -> None:
    shown = run(server, OWNER_DB_PASSWORD=OWNER, APP_DB_PASSWORD=APP)
    assert shown.returncode == 0, shown.stderr
    place = server.url("pipeline").rpartition("@")[2]
    env = {
        **os.environ,
        "DATABASE_URL": f"postgresql://pipeline_app:{APP}@{place}",
        "DATABASE_OWNER_URL": f"postgresql://pipeline_owner:0wner%20pass%27word@{place}",
    }

    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=env, check=True)

    with connect(server, "pipeline_app", APP) as app:
        assert app.execute("SELECT count(*) FROM tenants_tenant").fetchone() == (0,)
        for statement in ("CREATE TABLE mine (a int)", "CREATE SCHEMA mine", "DROP TABLE tenants_tenant"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)
        superuser = app.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert superuser.fetchone() == (False, False, False)
