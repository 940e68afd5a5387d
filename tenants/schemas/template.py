"""The template of a tenant's schema: the DDL of the migrated template schema, kept in a table.

django-tenants' own clone loses the constraints' names; pg_dump doesn't.
"""

import re

from django.conf import settings
from django.db import connection
from psycopg import sql

from tenants.models import SchemaTemplate
from tenants.schemas import dump, state
from tenants.schemas.state import SchemaTrouble

# What pg_dump writes for psql or for its own session: `\restrict`, comments, and settings of which an older
# server does not know every one (`transaction_timeout` is of version 17). All names in a dump are qualified.
_NOISE = re.compile(r"\\|--|SET \w+ = |SELECT pg_catalog\.set_config\(")


def ensure_schema() -> None:
    """Make the template's empty schema, unless it is there."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(settings.TEMPLATE_SCHEMA)))


def current() -> SchemaTemplate:
    """Return the template that fits this code. Raises SchemaTrouble."""
    found = SchemaTemplate.objects.filter(digest=state.digest()).first()
    if found is None:
        raise SchemaTrouble("The template of a tenant's schema does not fit this code. Run `manage.py migrate` first.")
    return found


def store() -> None:
    """Keep the template schema's DDL, so that making a tenant needs no pg_dump. Raises SchemaTrouble."""
    digest = state.digest()
    if not SchemaTemplate.objects.filter(digest=digest).exists():
        SchemaTemplate.objects.create(digest=digest, ddl=without_noise(dump.schema_ddl(settings.TEMPLATE_SCHEMA)))
    SchemaTemplate.objects.exclude(digest=digest).delete()


def ddl_for(schema_name: str, ddl: str) -> str:
    """Return the template's DDL with another schema's name in it."""
    return re.sub(rf"\b{settings.TEMPLATE_SCHEMA}\b", sql.Identifier(schema_name).as_string(None), ddl)


def without_noise(text: str) -> str:
    """Return the statements of a dump that make something."""
    return "".join(line for line in text.splitlines(keepends=True) if not _NOISE.match(line))
