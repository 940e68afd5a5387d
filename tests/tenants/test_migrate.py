"""`manage.py migrate` over all schemas, on a database of the test's own with three tenants and one migration more."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants import provisioning
from tenants.models import Tenant
from tenants.schemas import state
from tests import services
from tests.services import ROOT
from tests.tenants.schemas import Owner, catalogue, migrations

SLUGS = ("alder", "beech", "clove")
SCHEMAS = ["tenant_template", "t_alder", "t_beech", "t_clove"]
MORE = ("calls", "9999_note")
READY_SECONDS = 60


def url_of(database: str, url: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


class Installation:
    """One database, and two versions of the code: with a migration more, and without."""

    def __init__(self, database: str, more: Path) -> None:
        self.env = {
            **os.environ,
            "DATABASE_URL": url_of(database, settings.DATABASE_URL),
            "DATABASE_OWNER_URL": url_of(database, settings.DATABASE_OWNER_URL),
        }
        self.more = more
        self.owner: Owner = psycopg.connect(self.env["DATABASE_OWNER_URL"], autocommit=True)

    def start(self, *words: str, newer: bool = True) -> "subprocess.Popen[str]":
        """Start a management command of the newer code, or of the present one."""
        more = ["--settings", "more_settings"] if newer else []
        env = self.env | ({"PYTHONPATH": str(self.more)} if newer else {})
        command = [sys.executable, "manage.py", *words, *more]
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words: str, newer: bool = True) -> tuple[int, str, str]:
        """Run a management command; returns its exit code, its output and its errors."""
        running = self.start(*words, newer=newer)
        out, err = running.communicate(timeout=READY_SECONDS)
        return running.returncode, out, err

    def migrated(self) -> list[str]:
        """Return the schemas that have the migration, and with it the column."""
        found = [schema for schema in SCHEMAS if self.exists(schema) and MORE in migrations(self.owner, schema)]
        columns = self.owner.execute(
            "SELECT table_schema FROM information_schema.columns"
            " WHERE table_name = 'calls_call' AND column_name = 'note'"
        ).fetchall()
        assert {name for (name,) in columns} >= set(found)
        return found

    def exists(self, schema: str) -> bool:
        return self.owner.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone() is not None


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write settings whose calls have a migration more: a column of the calls."""
    folder = tmp_path_factory.mktemp("more")
    package = folder / "more_calls_migrations"
    shutil.copytree(ROOT / "calls/migrations", package, ignore=shutil.ignore_patterns("__pycache__"))
    last = max(path.stem for path in package.glob("0*.py"))
    (package / "9999_note.py").write_text(
        "from django.db import migrations, models\n\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [('calls', '{last}')]\n"
        "    operations = [migrations.AddField('call', 'note', models.TextField(default=''))]\n"
    )
    (folder / "more_settings.py").write_text(
        "from pipeline.settings import *\nMIGRATION_MODULES = {'calls': 'more_calls_migrations'}\n"
    )
    return folder


@contextlib.contextmanager
def database(template: str) -> Iterator[str]:
    """Make a database as a copy of another; it is gone after the block."""
    name = f"migrate_{services.WORKER}_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(url_of("postgres", settings.DATABASE_OWNER_URL), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield name
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def three(django_db_setup: None, more: Path) -> Iterator[str]:
    """Make a database with three tenants, which each test gets a copy of."""
    with database(f"{services.TEMPLATE}_{services._schema_files_digest()}") as name:
        installation = Installation(name, more)
        code = "import django; django.setup(); from tenants import provisioning\n"
        code += "\n".join(f"provisioning.create({slug!r}, name={slug!r})" for slug in SLUGS)
        env = installation.env | {"DJANGO_SETTINGS_MODULE": "pipeline.settings", "DATABASE_ROLE": "owner"}
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True)
        installation.owner.close()
        yield name


@pytest.fixture
def installation(three: str, more: Path) -> Iterator[Installation]:
    """Give the test its own copy."""
    with database(three) as name:
        found = Installation(name, more)
        yield found
        found.owner.close()


def test_every_schema_gets_the_migration_and_a_second_run_has_nothing_to_do(installation: Installation) -> None:
    code, out, err = installation.run("migrate")

    assert (code, err) == (0, "")
    assert out.splitlines() == [f"migrate {number} of 4: {name}" for number, name in enumerate(SCHEMAS, 1)]
    assert installation.migrated() == SCHEMAS
    assert installation.run("migrate") == (0, "", "")


def test_check_names_the_schemas_that_are_behind_and_changes_nothing(installation: Installation) -> None:
    code, out, err = installation.run("migrate", "--check")

    assert (code, out) == (1, "")
    assert err == f"CommandError: Behind: {', '.join(SCHEMAS)}. Run `manage.py migrate`.\n"
    assert installation.migrated() == []
    assert installation.run("migrate", "--check", newer=False)[0] == 0


def test_a_schema_that_fails_is_named_the_others_go_on_and_the_next_run_takes_only_it(
    installation: Installation,
) -> None:
    installation.owner.execute("ALTER TABLE t_beech.calls_call ADD COLUMN note text")

    code, _, err = installation.run("migrate")

    assert code == 1
    assert err.startswith("CommandError: These schemas were not migrated; the others were:\nt_beech: ProgrammingError:")
    assert 'column "note" of relation "calls_call" already exists' in err
    assert installation.migrated() == ["tenant_template", "t_alder", "t_clove"]

    installation.owner.execute("ALTER TABLE t_beech.calls_call DROP COLUMN note")
    assert installation.run("migrate")[:2] == (0, "migrate 1 of 1: t_beech\n")
    assert installation.migrated() == SCHEMAS


def test_a_schema_that_is_not_there_is_named_and_not_made_empty(installation: Installation) -> None:
    installation.owner.execute("DROP SCHEMA t_alder CASCADE")

    code, _, err = installation.run("migrate")

    assert code == 1
    assert "t_alder: SchemaTrouble: the schema does not exist; restore it from a backup, or remove the tenant" in err
    assert not installation.exists("t_alder")
    assert installation.migrated() == ["tenant_template", "t_beech", "t_clove"]


def test_a_tenant_that_was_left_before_its_schema_stops_no_migration(installation: Installation) -> None:
    installation.owner.execute(
        "INSERT INTO tenants_tenant (slug, schema_name, name, state, lead_secret, created_at)"
        " VALUES ('dogwood', 't_dogwood', 'Dogwood', 'PROVISIONING', '', now())"
    )

    assert installation.run("migrate")[0] == 0
    assert not installation.exists("t_dogwood")


def test_what_a_crash_left_between_tables_and_grants_is_granted_by_the_next_run(installation: Installation) -> None:
    installation.run("migrate")
    installation.owner.execute("REVOKE ALL ON ALL TABLES IN SCHEMA t_clove FROM pipeline_app")
    installation.owner.execute("GRANT DELETE ON t_alder.history_attempt TO pipeline_app")

    assert installation.run("migrate") == (0, "", "")

    with psycopg.connect(installation.env["DATABASE_URL"], autocommit=True) as app:
        assert app.execute("SELECT count(note) FROM t_clove.calls_call").fetchone() == (0,)
        for refused in ("DELETE FROM t_alder.history_attempt", "DELETE FROM t_clove.history_attempt"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(refused.encode())


def test_the_template_follows_and_only_fitting_code_makes_tenants_of_it(installation: Installation) -> None:
    code, _, err = installation.run("create_tenant", "dogwood")
    assert code == 1
    assert "Run `manage.py migrate` first" in err

    installation.run("migrate")

    assert installation.run("create_tenant", "dogwood")[0] == 0
    assert catalogue(installation.owner, "t_dogwood") == catalogue(installation.owner, "tenant_template")
    assert MORE in migrations(installation.owner, "t_dogwood")
    assert installation.run("create_tenant", "elm", newer=False)[0] == 1
    assert not installation.exists("t_elm")


def test_a_second_migration_waits_for_the_first(installation: Installation) -> None:
    installation.owner.execute("SELECT pg_advisory_lock(%s, 0)", [state.LOCK_SPACE])
    running = [installation.start("migrate") for _ in range(2)]

    wait_for_waiting(installation, 2)
    assert installation.migrated() == []
    installation.owner.execute("SELECT pg_advisory_unlock(%s, 0)", [state.LOCK_SPACE])

    outs = [one.communicate(timeout=READY_SECONDS) for one in running]
    assert [one.returncode for one in running] == [0, 0], outs
    assert sorted(len(out.splitlines()) for out, _ in outs) == [0, 4]
    assert installation.migrated() == SCHEMAS


def test_no_tenant_is_made_beside_a_migration(installation: Installation) -> None:
    installation.owner.execute("SELECT pg_advisory_lock(%s, 0)", [state.LOCK_SPACE])
    making = installation.start("create_tenant", "dogwood", newer=False)

    wait_for_waiting(installation, 1)
    assert not installation.exists("t_dogwood")
    installation.owner.execute("SELECT pg_advisory_unlock(%s, 0)", [state.LOCK_SPACE])

    making.communicate(timeout=READY_SECONDS)
    assert making.returncode == 0
    assert installation.exists("t_dogwood")


def wait_for_waiting(installation: Installation, count: int) -> None:
    """Return when so many connections wait for the lock of a migration."""
    until = time.monotonic() + READY_SECONDS
    asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND NOT granted"
    while installation.owner.execute(asked, [state.LOCK_SPACE]).fetchone() != (count,):
        assert time.monotonic() < until, "nobody waits for the lock"
        time.sleep(0.05)


def test_a_kill_in_the_middle_is_taken_up_where_it_stopped(installation: Installation) -> None:
    with psycopg.connect(installation.env["DATABASE_OWNER_URL"]) as blocker:
        blocker.execute("LOCK TABLE t_beech.calls_call")
        running = installation.start("migrate")
        until = time.monotonic() + READY_SECONDS
        while installation.migrated() != ["tenant_template", "t_alder"]:
            assert time.monotonic() < until, "the migration did not come to the locked schema"
            time.sleep(0.05)
        running.kill()
        running.communicate()

    assert installation.run("migrate")[:2] == (0, "migrate 1 of 2: t_beech\nmigrate 2 of 2: t_clove\n")
    assert installation.migrated() == SCHEMAS


@pytest.mark.usefixtures("committed")
def test_a_check_takes_the_same_queries_for_two_tenants_and_for_three(slug: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            call_command("migrate", "--check")
        return len([one for one in captured.captured_queries if not one["sql"].startswith("SET search_path")])

    for_two = queries()
    provisioning.create(slug, name="Alder")

    assert Tenant.objects.count() == 3
    assert queries() == for_two
