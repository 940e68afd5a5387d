"""Makes a tenant: its row, its schema from the template, its secrets, its webhook door."""

import dataclasses
import re

import psycopg
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from tenants import schemas, secrets
from tenants.models import SLUG, Tenant, TenantConfig, WebhookDoor

RESERVED = {"public", "pg_catalog", "information_schema"}


class Refused(Exception):
    """The tenant can't be made; the text says why and what to do."""


@dataclasses.dataclass(frozen=True, slots=True)
class Made:
    """A new tenant and its webhook secret, which is shown this once."""

    tenant: Tenant
    webhook_secret: str


def create(slug: str, *, name: str) -> Made:
    """Make an active tenant with an empty schema and the guide's webhook door.

    Raises Refused for a bad or taken slug, schemas.SchemaTrouble if the template doesn't fit.
    Run again after a crash, it goes on with the tenant that was left half made.
    """
    if not re.fullmatch(SLUG, slug) or slug in RESERVED:
        raise Refused(f"{slug!r} can't be a tenant id. Use 3 to 48 small letters, digits and _, a letter first.")
    tenant, _ = Tenant.objects.get_or_create(slug=slug, defaults={"schema_name": f"t_{slug}", "name": name})
    if tenant.state != Tenant.State.PROVISIONING:
        raise Refused(f"There is a tenant {slug!r} already. Choose another id.")
    _make_schema(tenant.schema_name, schemas.template().ddl)
    secret = secrets.new_secret()
    with transaction.atomic():
        TenantConfig.objects.get_or_create(tenant=tenant)
        open_door(tenant, secret)
        tenant.lead_secret = secrets.seal(secrets.new_secret(), tenant.pk, "tenant", tenant.pk, "lead_secret")
        tenant.state = Tenant.State.ACTIVE
        tenant.save(update_fields=["lead_secret", "state"])
    return Made(tenant, secret)


def open_door(tenant: Tenant, secret: str) -> WebhookDoor:
    """Give the tenant the guide's webhook door, or that door a new secret."""
    door = WebhookDoor.objects.filter(tenant=tenant, scheme=WebhookDoor.Scheme.GUIDE).first()
    door = door or WebhookDoor(tenant=tenant, scheme=WebhookDoor.Scheme.GUIDE)
    door.secret = secrets.seal(secret, tenant.pk, "webhook_door", door.pk, "secret")
    door.save()
    return door


def lead_secret(tenant: Tenant) -> bytes:
    """Return the key of the tenant's lead keys."""
    return secrets.unseal(tenant.lead_secret, tenant.pk, "tenant", tenant.pk, "lead_secret").encode()


def _make_schema(schema_name: str, ddl: str) -> None:
    """Replay the template's DDL as the owner, in one transaction; a half-made schema can't be seen."""
    template = settings.TEMPLATE_SCHEMA
    database = str(connection.settings_dict["NAME"])
    with psycopg.connect(settings.DATABASE_OWNER_URL, dbname=database) as owner:
        found = owner.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema_name]).fetchone()
        if found:
            return
        owner.execute(re.sub(rf"\b{template}\b", sql.Identifier(schema_name).as_string(owner), ddl).encode())
        names = {"new": sql.Identifier(schema_name), "old": sql.Identifier(template)}
        owner.execute(
            sql.SQL("INSERT INTO {new}.django_migrations SELECT * FROM {old}.django_migrations").format(**names)
        )
        owner.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({table}, 'id'), (SELECT max(id) FROM {new}.django_migrations))"
            ).format(table=sql.Literal(f'"{schema_name}".django_migrations'), **names)
        )
