"""`manage.py create_tenant`: what it prints, makes, refuses, and goes on with after a crash."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from pytest_django import Settings

from tenants import provisioning, secrets
from tenants.access import people
from tenants.models import Membership, Tenant, TenantConfig, User, WebhookDoor
from tenants.schemas import grants, state
from tests.tenants.schemas import Owner, catalogue, manage, migrations


def create(*words: str) -> dict[str, Any]:
    """Run the command in this process, which is the app's role; returns its JSON line."""
    out = io.StringIO()
    call_command("create_tenant", *words, "--json", stdout=out)
    shown: dict[str, Any] = json.loads(out.getvalue())
    return shown


def door_of(tenant: Tenant) -> str:
    """Return the secret that the tenant's webhook door takes."""
    door = WebhookDoor.objects.get(tenant=tenant)
    return secrets.unseal(door.secret, tenant.pk, "webhook_door", door.pk, "secret")


def test_a_tenant_is_ready_and_its_json_line_is_what_its_door_takes(slug: str, email: str) -> None:
    shown = create(slug, "--name=Alder & Sons", f"--owner={email}")

    tenant = Tenant.objects.get(slug=slug)
    assert (tenant.name, tenant.state, tenant.schema_name) == ("Alder & Sons", Tenant.State.ACTIVE, f"t_{slug}")
    assert shown == {
        "tenant": slug,
        "webhook_url": f"{settings.PUBLIC_URL}/v1/callrail/webhook",
        "webhook_secret": door_of(tenant),
        "owner": {"email": email, "password": shown["owner"]["password"]},
    }
    assert len(provisioning.lead_secret(tenant)) == 64
    assert TenantConfig.objects.filter(tenant=tenant).count() == 1


def test_the_owner_signs_in_with_the_password_shown(slug: str, email: str) -> None:
    shown = create(slug, f"--owner={email.upper()}")

    user = User.objects.get(email=email)
    assert user.check_password(shown["owner"]["password"])
    assert list(Membership.objects.filter(user=user).values_list("tenant__slug", "role")) == [(slug, "owner")]
    assert not user.is_staff


def test_a_person_who_has_an_account_keeps_the_password(slug: str, email: str) -> None:
    User.objects.create_user(email, "a long enough word")

    shown = create(slug, f"--owner={email}")

    assert shown["owner"] == {"email": email, "password": None}
    assert User.objects.get(email=email).check_password("a long enough word")


def test_without_a_name_people_see_the_id_in_words_and_nobody_joins(slug: str) -> None:
    shown = create(slug)

    assert shown["owner"] is None
    assert Tenant.objects.get(slug=slug).name == slug.replace("_", " ").title()
    assert Membership.objects.filter(tenant__slug=slug).count() == 0


def test_typed_as_a_command_it_connects_as_the_owner_and_says_what_to_keep(slug: str, email: str) -> None:
    ran = manage("create_tenant", slug, "--owner", email)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"Tenant {slug} is ready.\n")
    secret = re.search(r"webhook secret  ([0-9a-f]{64})   \(shown this once: keep it\)", ran.stdout)
    password = re.search(r"^  password        (\S+)$", ran.stdout, flags=re.MULTILINE)
    assert secret
    assert password
    assert secret[1] == door_of(Tenant.objects.get(slug=slug))
    assert User.objects.get(email=email).check_password(password[1])


def test_schema_equals_one_that_was_plainly_migrated_name_by_name(slug: str, owner: Owner) -> None:
    create(slug)

    made, migrated = catalogue(owner, f"t_{slug}"), catalogue(owner, settings.TEMPLATE_SCHEMA)
    assert made == migrated
    assert {kind for kind, *_ in made} == {"column", "constraint", "index", "sequence", "owned"}
    assert migrations(owner, f"t_{slug}") == migrations(owner, settings.TEMPLATE_SCHEMA) != set()


def test_new_rows_of_migrations_do_not_collide_with_the_copied_ones(slug: str, owner: Owner) -> None:
    create(slug)

    owner.execute(f"INSERT INTO t_{slug}.django_migrations (app, name, applied) VALUES ('calls', 'x', now())")

    assert ("calls", "x") in migrations(owner, f"t_{slug}")


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    ["Alder", "1alder", "al", "a" * 49, "al-der", "al der", "älder", "al.der", 'a"; drop', "alder\n", ""],
)
def test_an_id_that_can_not_be_one_is_refused_with_the_rule(bad: str, owner: Owner) -> None:
    before = Tenant.objects.count()

    with pytest.raises(CommandError) as refused:
        create(bad)

    assert str(refused.value) == (
        f"{bad!r} can't be a tenant id. Use 3 to 48 small letters, digits and _, a letter first."
    )
    assert Tenant.objects.count() == before


@pytest.mark.parametrize(
    "reserved",
    ["public", "pg_alder", "pg_catalog", "information_schema", "postgres", "template1", settings.TEMPLATE_SCHEMA],
)
def test_an_id_that_names_a_part_of_postgres_or_pipeline_is_refused(reserved: str, owner: Owner) -> None:
    with pytest.raises(CommandError) as refused:
        create(reserved)

    assert str(refused.value).startswith(f"{reserved!r} can't be a tenant id: it names a part of Postgres")
    assert not Tenant.objects.filter(slug=reserved).exists()
    assert owner.execute("SELECT FROM pg_namespace WHERE nspname = %s", [f"t_{reserved}"]).fetchone() is None


def test_a_taken_id_is_refused_and_the_tenant_stays_as_it_was(committed: dict[str, Tenant], owner: Owner) -> None:
    before = WebhookDoor.objects.get(tenant__slug="cedar").secret

    with pytest.raises(CommandError, match=r"There is a tenant 'cedar' already\. Choose another id\.") as refused:
        create("cedar", "--name=Mine now", "--owner=eve@cedar.example")

    assert Tenant.objects.get(slug="cedar").name == "Cedar"
    assert "`manage.py webhook_secret cedar --renew` gives a new one" in str(refused.value)
    assert WebhookDoor.objects.get(tenant__slug="cedar").secret == before
    assert not User.objects.filter(email="eve@cedar.example").exists()


@pytest.mark.parametrize(
    "bad", ["ann", "ann@", "ann@@cedar.example", "a b@cedar.example", f"{'a' * 250}@cedar.example"]
)
def test_an_address_that_is_none_is_refused_before_anything_is_made(slug: str, bad: str) -> None:
    with pytest.raises(CommandError) as refused:
        create(slug, f"--owner={bad}")

    assert str(refused.value) == f"{bad!r} is no e-mail address. Nothing was made; write it as name@company.com."
    assert not Tenant.objects.filter(slug=slug).exists()


def test_a_name_that_is_too_long_is_refused_before_anything_is_made(slug: str) -> None:
    with pytest.raises(CommandError, match="The name has 201 letters, 200 at most"):
        create(slug, f"--name={'n' * 201}")

    assert not Tenant.objects.filter(slug=slug).exists()


def test_a_schema_that_another_tenant_left_behind_is_never_taken_over(slug: str, owner: Owner) -> None:
    owner.execute(f"CREATE SCHEMA t_{slug}")
    owner.execute(f"COMMENT ON SCHEMA t_{slug} IS 'tenant 1'")

    with pytest.raises(CommandError, match=f"There is a schema t_{slug} already, and it is not this tenant's"):
        create(slug)

    assert Tenant.objects.get(slug=slug).state == Tenant.State.PROVISIONING


def test_without_the_owners_role_it_says_which_setting_is_missing(slug: str, settings: Settings) -> None:
    settings.DATABASE_OWNER_URL = settings.DATABASE_URL

    with pytest.raises(CommandError, match=r"may not make a schema\. Set DATABASE_OWNER_URL to the owner's"):
        create(slug)


def test_a_template_of_another_version_is_refused_with_the_command(slug: str, settings: Settings) -> None:
    settings.TENANT_APPS = ["calls"]  # as if this code had other migrations than the stored template
    state.tenant_migrations.cache_clear()
    try:
        with pytest.raises(CommandError, match=r"does not fit this code\. Run `manage\.py migrate` first\."):
            create(slug)
    finally:
        state.tenant_migrations.cache_clear()


def test_beside_a_migration_it_waits_and_then_says_why(
    slug: str, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provisioning, "WAIT_SECONDS", 0.1)
    owner.execute("SELECT pg_advisory_lock(%s, 0)", [state.LOCK_SPACE])

    with pytest.raises(CommandError, match=r"A migration runs, or this tenant is being made\. Wait for it"):
        create(slug)


# --- after a crash ---------------------------------------------------------------------------------


def test_after_a_crash_before_the_schema_it_goes_on_with_the_row(slug: str) -> None:
    left = Tenant.objects.create(slug=slug, schema_name=f"t_{slug}", name="First try")

    create(slug, "--name=Second try")

    tenant = Tenant.objects.get(slug=slug)
    assert (tenant.pk, tenant.name, tenant.state) == (left.pk, "Second try", Tenant.State.ACTIVE)


def test_after_a_crash_past_the_schema_it_takes_that_schema(
    slug: str, email: str, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(provisioning, "_activate", crash)
        with pytest.raises(KeyboardInterrupt):
            create(slug, f"--owner={email}")
    made = owner.execute("SELECT oid FROM pg_namespace WHERE nspname = %s", [f"t_{slug}"]).fetchone()

    shown = create(slug, f"--owner={email}")

    tenant = Tenant.objects.get(slug=slug)
    assert shown["webhook_secret"] == door_of(tenant)
    assert owner.execute("SELECT oid FROM pg_namespace WHERE nspname = %s", [f"t_{slug}"]).fetchone() == made
    assert Membership.objects.filter(tenant=tenant, role="owner", user__email=email).count() == 1


def test_a_failure_at_the_last_step_leaves_nothing_half_open(
    slug: str, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IntegrityError("the address was taken meanwhile")

    monkeypatch.setattr(people, "join", fail)
    with pytest.raises(IntegrityError):
        create(slug, f"--owner={email}")

    tenant = Tenant.objects.get(slug=slug)
    assert (tenant.state, tenant.lead_secret) == (Tenant.State.PROVISIONING, "")
    assert not WebhookDoor.objects.filter(tenant=tenant).exists()


def test_a_half_made_schema_is_never_seen(slug: str, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(grants, "grant", crash)  # the last statement of the replay

    with pytest.raises(KeyboardInterrupt):
        create(slug)

    assert owner.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [f"t_{slug}"]).fetchone() is None


# --- what the app's role may do there --------------------------------------------------------------


@pytest.fixture
def app(cedar: Tenant) -> Iterator[Owner]:
    """Give a connection of the app's role's own, in the schema of a tenant that was made so; nothing is kept."""
    with psycopg.connect(settings.DATABASE_URL, options=f"-c search_path={cedar.schema_name}") as connected:
        yield connected
        connected.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE calls_call ADD COLUMN mine int",
        "DROP TABLE calls_call",
        "DROP SCHEMA t_cedar CASCADE",
        "TRUNCATE calls_call",
        "CREATE INDEX ON calls_call (phone)",
        "CREATE TRIGGER t BEFORE INSERT ON calls_call EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "COMMENT ON SCHEMA t_cedar IS 'tenant 1'",
        "SELECT setval('calls_call_id_seq', 1)",
        "UPDATE history_attempt SET text = ''",
        "DELETE FROM history_attempt",
        "TRUNCATE history_attempt",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('calls', 'x', now())",
        "DELETE FROM django_migrations",
        "UPDATE public.tenants_schematemplate SET ddl = 'DROP TABLE x'",
        "INSERT INTO public.tenants_schematemplate (digest, ddl, created_at) VALUES ('x', '', now())",
        "DELETE FROM public.django_migrations",
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY calls_call TO PROGRAM 'true'",
        "SET ROLE postgres",
    ],
)
def test_the_apps_role_may_not(app: Owner, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement.encode())


def test_the_apps_role_reads_and_writes_rows_and_adds_to_the_history(app: Owner) -> None:
    app.execute(
        "INSERT INTO history_attempt (step_id, stage, subject, target, number, started_at, seconds, outcome, code,"
        " text, worker) VALUES (1, 'call', 1, '', 1, now(), 0, 'done', '', '', '')"
    )
    app.execute("INSERT INTO calls_call SELECT * FROM calls_call")
    app.execute("UPDATE calls_call SET phone = ''")
    app.execute("DELETE FROM calls_call")

    assert app.execute("SELECT count(*) FROM history_attempt").fetchone() == (1,)


def test_what_the_owner_makes_elsewhere_is_not_open_to_the_apps_role(app: Owner, owner: Owner) -> None:
    owner.execute("CREATE SCHEMA foreign_things")
    owner.execute("CREATE TABLE foreign_things.salaries (amount int)")
    try:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("SELECT * FROM foreign_things.salaries")
    finally:
        app.rollback()
        owner.execute("DROP SCHEMA foreign_things CASCADE")
