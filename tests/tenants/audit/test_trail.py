"""The trail of changes: who did what, whole or visibly not."""

import json
import threading
from io import StringIO

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from tenants import provisioning
from tenants.access import people, suspension
from tenants.audit import anchor, trail, verify
from tenants.audit.actor import COMMAND, SYSTEM, Actor, Kind
from tenants.audit.models import Entry
from tenants.models import ChainEntry, Membership, PlatformEntry, Tenant, User
from tenants.scope import scope


def newest(tenant: Tenant) -> ChainEntry:
    """Return the last entry of a tenant's chain."""
    with scope(tenant):
        return Entry.objects.latest("number")


def test_a_member_who_joins_stands_in_the_chain_by_id_not_by_address(cedar: Tenant) -> None:
    joined = people.join(cedar, email="Ann@cedar.example", role=Membership.Role.AGENT, by=COMMAND)
    entry = newest(cedar)
    assert (entry.event, entry.actor, entry.target, entry.target_id) == (
        "member.joined",
        "command",
        "user",
        str(joined.membership.user_id),
    )
    assert entry.detail == {"role": "agent", "before": ""}
    assert "cedar.example" not in json.dumps(entry.detail)


def test_a_role_that_stays_is_no_change(cedar: Tenant) -> None:
    people.join(cedar, email="ann@cedar.example", role=Membership.Role.AGENT, by=COMMAND)
    before = newest(cedar).number
    people.join(cedar, email="ann@cedar.example", role=Membership.Role.AGENT, by=COMMAND)
    assert newest(cedar).number == before
    people.join(cedar, email="ann@cedar.example", role=Membership.Role.ADMIN, by=COMMAND)
    assert newest(cedar).detail == {"role": "admin", "before": "agent"}


def test_each_tenant_has_its_own_chain_and_the_platform_one(cedar: Tenant, birch: Tenant) -> None:
    of_birch = newest(birch).number if _count(birch) else 0
    platform = PlatformEntry.objects.count()
    trail.record("thing.changed", by=SYSTEM, tenant=cedar)
    assert _count(birch) == of_birch
    assert PlatformEntry.objects.count() == platform
    suspension.suspend([birch], by=Actor(Kind.STAFF, 7))
    last = PlatformEntry.objects.latest("number")
    assert (last.event, last.actor_id, last.target_id) == ("tenant.state_changed", 7, str(birch.pk))


def test_a_change_that_is_rolled_back_leaves_no_entry(cedar: Tenant) -> None:
    before = _count(cedar)
    with transaction.atomic():
        people.join(cedar, email="bob@cedar.example", role=Membership.Role.VIEWER, by=COMMAND)
        transaction.set_rollback(True)
    assert _count(cedar) == before
    assert not User.objects.filter(email="bob@cedar.example").exists()


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET event = 'x'", "DELETE FROM {}", "TRUNCATE {}"], ids=["update", "delete", "truncate"]
)
@pytest.mark.parametrize("table", ["audit_entry", "tenants_platformentry"])
def test_the_apps_role_can_only_add(cedar: Tenant, statement: str, table: str) -> None:
    with scope(cedar), connection.cursor() as cursor, pytest.raises(DatabaseError, match="permission denied"):
        cursor.execute(statement.format(table))


@pytest.mark.parametrize("statement", ["UPDATE {} SET event = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_owner_is_refused_too(cedar: Tenant, statement: str) -> None:
    database = str(connection.settings_dict["NAME"])
    tables = [f'"{cedar.schema_name}".audit_entry', "public.tenants_platformentry"]
    with psycopg.connect(settings.DATABASE_OWNER_URL, dbname=database, autocommit=True) as owner:
        for table in tables:
            with pytest.raises(psycopg.errors.RaiseException, match="only grows"):
                owner.execute(statement.format(table).encode())


def test_entries_of_many_at_once_make_one_chain_without_a_gap(committed: dict[str, Tenant]) -> None:
    cedar = committed["cedar"]
    before = _count(cedar)

    def write() -> None:
        try:
            for _ in range(5):
                trail.record("thing.changed", by=SYSTEM, tenant=cedar)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = verify.of(cedar)
    assert (found.entries, found.wrong) == (before + 20, "")


def test_a_whole_chain_is_said_to_be_whole(cedar: Tenant) -> None:
    trail.record("thing.changed", by=SYSTEM, tenant=cedar, fields=["name"])
    out = StringIO()
    call_command("verify_audit", "--tenant", "cedar", stdout=out)
    assert "whole" in out.getvalue()


def test_a_platform_that_was_never_touched_is_whole(db: None) -> None:
    out = StringIO()
    call_command("verify_audit", "--json", stdout=out)
    assert json.loads(out.getvalue())["(platform)"]["wrong"] == ""


@pytest.fixture
def open_chain(committed: dict[str, Tenant], slug: str) -> Tenant:
    """Make a tenant of this test alone, whose chain may be damaged."""
    made = provisioning.create(slug, name="Audited").tenant
    for number in range(3):
        trail.record("thing.changed", by=SYSTEM, tenant=made, position=number)
    anchor.anchor_all()
    return made


def damaged(tenant: Tenant, statement: str) -> verify.Verdict:
    """Walk the chain after a statement of the owner, who switched the trigger off; it is undone after."""
    database = str(connection.settings_dict["NAME"])
    with psycopg.connect(settings.DATABASE_OWNER_URL, dbname=database) as owner:
        table = f'"{tenant.schema_name}".audit_entry'
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER audit_only_grows".encode())
        owner.execute(f"CREATE TABLE public.kept_entries AS SELECT * FROM {table}".encode())
        owner.execute(statement.format(table).encode())
        owner.commit()
        try:
            return verify.of(tenant)
        finally:
            connection.close()
            owner.execute(f"DELETE FROM {table}".encode())
            owner.execute(f"INSERT INTO {table} SELECT * FROM public.kept_entries".encode())
            owner.execute(b"DROP TABLE public.kept_entries")
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER audit_only_grows".encode())


def test_whatever_is_changed_removed_or_cut_is_named(open_chain: Tenant) -> None:
    total = _count(open_chain)
    assert verify.of(open_chain).wrong == ""
    assert "entry 2" in damaged(open_chain, "UPDATE {} SET actor_id = 5 WHERE number = 2").wrong
    assert damaged(open_chain, "DELETE FROM {} WHERE number = 2").wrong == "entry 2 is missing: after it comes 3"
    cut = damaged(open_chain, f"DELETE FROM {{}} WHERE number = {total}")
    assert cut.wrong == f"entries {total} to {total} were there once and are gone"
    assert verify.of(open_chain).wrong == ""


def test_an_anchor_is_kept_once_for_a_head_that_stays(open_chain: Tenant) -> None:
    anchor.anchor_all()
    assert anchor.anchor_all() == 0


def test_a_broken_chain_ends_the_command_with_what_to_do(open_chain: Tenant) -> None:
    database = str(connection.settings_dict["NAME"])
    forged_by = "UPDATE public.tenants_platformentry SET detail = jsonb_set(detail, '{hash}', '\"0\"') WHERE number = ("
    forged_by += "SELECT max(number) FROM public.tenants_platformentry WHERE event = 'audit.anchored' AND target_id = '"
    with psycopg.connect(settings.DATABASE_OWNER_URL, dbname=database) as owner:
        owner.execute(b"CREATE TABLE public.kept_platform AS SELECT * FROM public.tenants_platformentry")
        owner.execute(b"ALTER TABLE public.tenants_platformentry DISABLE TRIGGER audit_only_grows")
        owner.execute(f"{forged_by}{open_chain.pk}')".encode())
        owner.commit()
        try:
            with pytest.raises(CommandError, match=r"is not whole. Keep the database as it is"):
                call_command("verify_audit", stdout=StringIO())
        finally:
            connection.close()
            owner.execute(b"DELETE FROM public.tenants_platformentry")
            owner.execute(b"INSERT INTO public.tenants_platformentry SELECT * FROM public.kept_platform")
            owner.execute(b"DROP TABLE public.kept_platform")
            owner.execute(b"ALTER TABLE public.tenants_platformentry ENABLE TRIGGER audit_only_grows")


def test_a_change_in_the_admin_names_the_fields_and_who_made_it(cedar: Tenant) -> None:
    staff = User.objects.create_superuser("staff@platform.example", "a long enough password")
    client = Client()
    client.force_login(staff)
    answer = client.post(f"/admin/tenants/tenant/{cedar.pk}/change/", {"name": "Cedar & Stone"})
    assert answer.status_code == 302
    last = PlatformEntry.objects.latest("number")
    assert (last.event, last.actor, last.actor_id, last.detail) == (
        "admin.changed",
        "staff",
        staff.pk,
        {"fields": ["name"]},
    )


def test_a_password_changed_in_the_admin_stands_in_the_trail_and_its_refusal_does_not(cedar: Tenant) -> None:
    staff = User.objects.create_superuser("staff@platform.example", "a long enough password")
    person = User.objects.create_user("ann@cedar.example", "the password before this")
    client = Client()
    client.force_login(staff)
    page, before = f"/admin/tenants/user/{person.pk}/password/", PlatformEntry.objects.count()

    assert client.post(page, {"password1": "one of two words", "password2": "not the same"}).status_code == 200
    assert PlatformEntry.objects.count() == before
    new = {"password1": "quite another password", "password2": "quite another password"}
    assert client.post(page, new).status_code == 302

    last = PlatformEntry.objects.latest("number")
    assert (last.event, last.target, last.target_id, last.detail) == (
        "admin.changed",
        "user",
        str(person.pk),
        {"fields": ["password"]},
    )
    person.refresh_from_db()
    assert person.check_password("quite another password")


def _count(tenant: Tenant) -> int:
    with scope(tenant):
        return Entry.objects.count()
