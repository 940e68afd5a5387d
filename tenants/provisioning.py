"""Makes a tenant: its row, its schema from the template, its secrets, its webhook door."""

import dataclasses
import datetime as dt
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from tenants import fields, secrets
from tenants.access import people
from tenants.audit import trail
from tenants.audit.actor import SYSTEM, Actor
from tenants.models import SLUG, Membership, Tenant, TenantConfig, WebhookDoor
from tenants.schemas import grants, state, template

logger = logging.getLogger(__name__)
RESERVED = frozenset({"public", "information_schema", "postgres", "template0", "template1"})
RESERVED_START = "pg_"
WAIT_SECONDS = 15
"""How long it waits for a migration, or for another making of the same tenant, to end."""

NAME_LENGTH = 200

Owner = psycopg.Connection[tuple[object, ...]]


class Refused(Exception):
    """The tenant can't be made; the text says why and what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Made:
    """A new tenant, its webhook secret, which is shown this once, and its owner if one was named."""

    tenant: Tenant
    webhook_secret: str
    owner: people.Joined | None


def create(slug: str, *, name: str, owner: str = "", by: Actor = SYSTEM) -> Made:
    """Make an active tenant with an empty schema, the guide's webhook door, and an owner by e-mail address.

    Raises Refused for a bad or taken slug, SchemaTrouble if the template doesn't fit. Run again after a crash,
    it goes on with the tenant that was left half made. Call it outside a transaction: the schema stays.
    """
    _check_slug(slug)
    try:
        people.check_proven(owner)
    except people.Refused as error:
        raise Refused(str(error)) from error
    if len(name) > NAME_LENGTH:
        raise Refused(f"The name has {len(name)} letters, {NAME_LENGTH} at most. Choose a shorter one.")
    with _turn(slug) as connected:
        tenant, _ = Tenant.objects.get_or_create(slug=slug, defaults={"schema_name": f"t_{slug}", "name": name})
        if tenant.state != Tenant.State.PROVISIONING:
            raise Refused(
                f"There is a tenant {slug!r} already. Choose another id. If it is the one you made and its webhook "
                f"secret was lost, `manage.py webhook_secret {slug} --renew` gives a new one."
            )
        _ensure_schema(connected, tenant)
        tenant.name = name
        return _activate(tenant, owner, by)


def _check_slug(slug: str) -> None:
    if not re.fullmatch(SLUG, slug):
        raise Refused(f"{slug!r} can't be a tenant id. Use 3 to 48 small letters, digits and _, a letter first.")
    if slug in RESERVED | {settings.TEMPLATE_SCHEMA} or slug.startswith(RESERVED_START):
        raise Refused(
            f"{slug!r} can't be a tenant id: it names a part of Postgres or of Pipeline itself, and would be mistaken"
            " for it in logs and backups. Choose another one, such as the company's name."
        )


def open_door(tenant: Tenant, secret: str) -> WebhookDoor:
    """Give the tenant the guide's webhook door, or that door a new secret."""
    door = WebhookDoor.objects.filter(tenant=tenant, scheme=WebhookDoor.Scheme.GUIDE).first()
    door = door or WebhookDoor(tenant=tenant, scheme=WebhookDoor.Scheme.GUIDE)
    fields.seal(door, "secret", secret)
    door.save()
    return door


def renew_secret(tenant: Tenant, *, grace: dt.timedelta, by: Actor) -> tuple[str, WebhookDoor]:
    """Give the tenant's door a new secret; the one before counts for so long beside it. Returns both.

    Two count at most: one that was in its own grace counts no more, and one that no key opens can't.
    """
    secret = secrets.new_secret()
    with transaction.atomic():
        door = WebhookDoor.objects.select_for_update().get(tenant=tenant, scheme=WebhookDoor.Scheme.GUIDE)
        door.previous_secret, door.previous_valid_until = "", None
        with suppress(secrets.Unreadable):
            if grace:
                fields.seal(door, "previous_secret", fields.opened(door, "secret"))
                door.previous_valid_until = timezone.now() + grace
        fields.seal(door, "secret", secret)
        door.save(update_fields=["secret", "previous_secret", "previous_valid_until"])
        seconds = int(grace.total_seconds())
        trail.record(
            "webhook.secret_renewed", by=by, tenant=tenant, target="door", target_id=door.pk, grace_seconds=seconds
        )
    logger.info("webhook.secret_renewed", extra={"tenant": tenant.slug, "grace_seconds": grace.total_seconds()})
    return secret, door


def lead_secret(tenant: Tenant) -> bytes:
    """Return the key of the tenant's lead keys."""
    return fields.opened(tenant, "lead_secret").encode()


@contextmanager
def _turn(slug: str) -> Iterator[Owner]:
    """Give a connection of the owner's on which no migration and no other making of this tenant runs beside."""
    database = str(connection.settings_dict["NAME"])
    with psycopg.connect(settings.DATABASE_OWNER_URL, dbname=database, autocommit=True) as owner:
        owner.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
        try:
            owner.execute("SELECT pg_advisory_lock_shared(%s, 0)", [state.LOCK_SPACE])
            owner.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [state.LOCK_SPACE + 1, slug])
        except psycopg.errors.LockNotAvailable as error:
            raise Refused("A migration runs, or this tenant is being made. Wait for it and try again.") from error
        yield owner


def _ensure_schema(owner: Owner, tenant: Tenant) -> None:
    """Make the tenant's schema, or take the one that an earlier try made for this tenant."""
    mark = f"tenant {tenant.pk}"
    row = owner.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [tenant.schema_name]
    ).fetchone()
    if row is None:
        _replay_template(owner, tenant.schema_name, mark)
    elif row[0] != mark:
        raise Refused(
            f"There is a schema {tenant.schema_name} already, and it is not this tenant's: perhaps a removed tenant's. "
            "Choose another id, or drop that schema if its calls are not needed any more."
        )
    elif state.behind([tenant.schema_name]):
        raise state.SchemaTrouble(f"The schema {tenant.schema_name} is older than this code. Run `manage.py migrate`.")


def _replay_template(owner: Owner, schema_name: str, mark: str) -> None:
    """Run the template's DDL as the owner, in one transaction; a half-made schema can't be seen."""
    ddl = template.ddl_for(schema_name, template.current().ddl)
    names = {"new": sql.Identifier(schema_name), "old": sql.Identifier(settings.TEMPLATE_SCHEMA)}
    try:
        with owner.transaction():
            owner.execute(ddl.encode())
            owner.execute(_MIGRATIONS.format(table=sql.Literal(f"{schema_name}.django_migrations"), **names))
            owner.execute(sql.SQL("COMMENT ON SCHEMA {new} IS {mark}").format(mark=sql.Literal(mark), **names))
            grants.grant(schema_name, owner.execute)
    except psycopg.errors.InsufficientPrivilege as error:
        raise state.SchemaTrouble(
            "This database role may not make a schema. Set DATABASE_OWNER_URL to the owner's, in this process only."
        ) from error


_MIGRATIONS = sql.SQL(
    "INSERT INTO {new}.django_migrations SELECT * FROM {old}.django_migrations;"
    "SELECT setval(pg_get_serial_sequence({table}, 'id'), (SELECT max(id) FROM {new}.django_migrations))"
)


def _activate(tenant: Tenant, owner: str, by: Actor) -> Made:
    """Give the tenant its configuration, door, secrets and owner, and open it, in one transaction."""
    secret = secrets.new_secret()
    with transaction.atomic():
        TenantConfig.objects.get_or_create(tenant=tenant)
        open_door(tenant, secret)
        if not tenant.lead_secret:
            fields.seal(tenant, "lead_secret", secrets.new_secret())
        tenant.state = Tenant.State.ACTIVE
        tenant.save(update_fields=["name", "lead_secret", "state"])
        trail.record("tenant.created", by=by, target="tenant", target_id=tenant.pk, slug=tenant.slug)
        joined = people.join(tenant, email=owner, role=Membership.Role.OWNER, by=by) if owner else None
    return Made(tenant, secret, joined)
