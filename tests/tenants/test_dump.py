"""The pg_dump that a tenant's template is made by."""

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from pytest_django import Settings

from tenants.schemas import dump
from tenants.schemas.state import SchemaTrouble

pytestmark = pytest.mark.django_db
TEMPLATE = django_settings.TEMPLATE_SCHEMA


@pytest.fixture
def old_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a pg_dump on PATH that is older than the server, and fails when it is used all the same."""
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 9.6.24" && exit\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return str(program)


def test_dump_names_every_constraint_of_the_template() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE connamespace = %s::regnamespace AND contype <> 'n'", [TEMPLATE]
        )
        names = {name for (name,) in cursor.fetchall()}

    text = dump.schema_ddl(TEMPLATE)

    assert len(names) > 20
    assert {name for name in names if f" {name} " not in text} == set()


def test_what_the_owners_address_asks_for_holds_for_the_dump_too(old_on_path: str, settings: Settings) -> None:
    settings.DATABASE_OWNER_URL += "?sslmode=require"

    with pytest.raises(SchemaTrouble) as refused:
        dump.schema_ddl(TEMPLATE)

    told = str(refused.value)
    assert f"{old_on_path} is of version 9" in told
    assert "sslmode" in told or "SSL" in told
    assert "Install the PostgreSQL client of version" in told
    assert "password" not in told


def test_older_pg_dump_is_passed_over(old_on_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = dump._programs()
    monkeypatch.setattr(dump, "_programs", lambda: [old_on_path, *found])

    assert f"CREATE TABLE {TEMPLATE}.calls_call" in dump.schema_ddl(TEMPLATE)
