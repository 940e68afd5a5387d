"""The embedded servers of a home: brought back on their port, two homes side by side, the database's two roles."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from pipeline.env import BadEnvironment
from pipeline.local import database, identity, services
from pipeline.local.database import NoDatabase
from pipeline.local.home import Home, here
from pipeline.local.postgres import Postgres
from pipeline.local.services import Service
from pipeline.local.valkey import NoValkey, Valkey


@pytest.fixture(scope="module")
def homes() -> Iterator[tuple[Home, Home]]:
    """Two checkouts whose servers run."""
    folders = [Path(tempfile.mkdtemp(prefix="pipeline-home-")) for _ in range(2)]
    made = []
    for folder in folders:
        folder.chmod(0o755)
        made.append(here(folder, folder / "var"))
        made[-1].make()
    servers = [Postgres(home.services) for home in made] + [Valkey(home.services) for home in made]
    try:
        for server in servers:
            server.start()
        yield made[0], made[1]
    finally:
        for server in servers:
            server.stop()
        for folder in folders:
            shutil.rmtree(folder)


@pytest.fixture
def first(homes: tuple[Home, Home]) -> Home:
    return homes[0]


def test_two_checkouts_have_servers_of_their_own(homes: tuple[Home, Home]) -> None:
    urls = [Postgres(home.services).url() for home in homes] + [Valkey(home.services).url() for home in homes]
    pids = [service.server.pid() for home in homes for service in services.both(home)]

    assert len(set(urls)) == 4
    assert None not in pids
    assert len(set(pids)) == 4


def test_a_second_start_finds_the_running_server(first: Home) -> None:
    for service in services.both(first):
        before = service.server.pid()

        service.server.start()

        assert service.server.pid() == before


def test_killed_postgres_is_back_on_its_port_with_its_rows(first: Home) -> None:
    server = Postgres(first.services)
    url, pid = server.url(), server.pid()
    assert pid
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")

    os.kill(pid, signal.SIGKILL)
    told = revived(Service("PostgreSQL", server))

    assert told == "PostgreSQL ended and was started again"
    assert server.url() == url
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_killed_valkey_is_back_on_its_port(first: Home) -> None:
    server = Valkey(first.services)
    url, pid = server.url(), server.pid()
    assert pid

    os.kill(pid, signal.SIGKILL)
    told = revived(Service("Valkey", server))

    assert told == "Valkey ended and was started again"
    assert server.url() == url
    assert redis.Redis.from_url(url).ping()


def revived(service: Service) -> str:
    """Revive as the supervisor does, again and again until the killed process is gone and the server is back."""
    for _ in range(100):
        if service.restarts:
            break
        told = service.revive()
        service._due = 0
    return told


def test_the_app_role_may_use_rows_and_make_nothing(first: Home) -> None:
    urls = database.embedded(Postgres(first.services).url(), first)
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS rows (id int)")
        owner.execute(f"GRANT SELECT, INSERT ON rows TO {database.DATABASE}_app")

    with psycopg.connect(urls.app, autocommit=True) as app:
        app.execute("INSERT INTO rows VALUES (1)")
        for statement in ("CREATE TABLE more (id int)", "CREATE TEMP TABLE more (id int)", "CREATE SCHEMA more"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)
        roles = app.execute("SELECT rolname FROM pg_roles WHERE rolsuper AND rolname LIKE 'pipeline%'").fetchall()

    assert roles == []


def test_a_lost_password_file_gives_the_roles_new_passwords(first: Home) -> None:
    admin = Postgres(first.services).url()
    before = database.embedded(admin, first)
    (first.services / "pg.app.password").unlink()

    after = database.embedded(admin, first)

    assert after.owner == before.owner
    assert after.app != before.app
    psycopg.connect(after.app).close()


def test_an_owners_url_alone_gets_an_app_role_made(first: Home) -> None:
    admin = Postgres(first.services).url()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS mine")
        connection.execute("CREATE DATABASE mine")
    mine = admin.rsplit("/", 1)[0] + "/mine"

    urls = database.given(mine, "", first)

    assert urls.owner == mine
    with psycopg.connect(urls.app) as app:
        assert app.execute("SELECT current_user, current_database()").fetchone() == ("mine_app", "mine")


def test_a_role_of_somebody_else_is_refused_and_left_as_it_is(first: Home) -> None:
    admin = Postgres(first.services).url()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE DATABASE theirs")
        connection.execute("CREATE ROLE theirs_app LOGIN PASSWORD 'their own'")
    theirs = admin.rsplit("/", 1)[0] + "/theirs"

    with pytest.raises(NoDatabase, match="DATABASE_OWNER_URL"):
        database.given(theirs, "", first)

    app = theirs.replace(theirs.split("//")[1].split("@")[0], "theirs_app:their%20own")
    psycopg.connect(app).close()


@pytest.mark.parametrize("url", ["mysql://me:geheim@h/d", "me:geheim@h", "postgresql://me:geheim@h"])
def test_an_address_of_no_database_is_refused_without_its_password(
    home: Home, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(BadEnvironment, match="DATABASE_URL is no address of a PostgreSQL database") as refused:
        services.start(home, ())

    assert "geheim" not in str(refused.value)


def test_a_wrong_password_of_the_owner_is_told(first: Home) -> None:
    parts = Postgres(first.services).url().rpartition("@")

    with pytest.raises(NoDatabase, match=r"can't be made ready: .*password authentication failed"):
        database.given(f"postgresql://postgres:wrong@{parts[2]}", "", first)


def test_a_redis_that_does_not_answer_is_told_before_anything_starts(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://o@h/d")
    monkeypatch.setenv("REDIS_URL", "redis://:geheim@127.0.0.1:1/0")

    with pytest.raises(NoValkey, match=r"REDIS_URL does not answer: .*Connection refused") as refused:
        services.start(home, services.of(home))

    assert services.of(home) == ()
    assert "geheim" not in str(refused.value)


def test_a_damaged_pid_file_is_no_server(home: Home) -> None:
    data = home.services / "pg/data"
    data.mkdir(parents=True)
    (data / "postmaster.pid").write_bytes(b"\xff\nx\ny\nz\n")

    assert Postgres(home.services).pid() is None


def test_two_given_urls_are_taken_as_they_are(first: Home) -> None:
    assert database.given("postgresql://a@h/d", "postgresql://o@h/d", first) == database.Urls(
        app="postgresql://a@h/d", owner="postgresql://o@h/d"
    )


def test_a_process_id_of_another_server_is_not_taken_for_ours(homes: tuple[Home, Home]) -> None:
    ours, theirs = (Postgres(home.services) for home in homes)
    pid_file = homes[0].services / "pg/data/postmaster.pid"
    kept = pid_file.read_text()
    their_pid = theirs.pid()
    assert their_pid

    pid_file.write_text("\n".join([str(their_pid), *kept.splitlines()[1:]]))
    try:
        assert ours.pid() is None
    finally:
        pid_file.write_text(kept)
    assert identity.of(their_pid)
