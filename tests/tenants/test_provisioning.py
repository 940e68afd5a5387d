"""A new tenant: made in less than a second, its constraints named as the migrations name them."""

import pytest
from django.db import connection

from tenants import provisioning
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


def constraint_names(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE connamespace = %s::regnamespace",
            [schema],
        )
        return {f"{table.split('.')[-1]} {name}" for table, name in cursor.fetchall()}


def test_a_new_tenants_schema_equals_the_template() -> None:
    made = provisioning.create("alder", name="Alder")

    assert made.tenant.state == Tenant.State.ACTIVE
    assert len(made.webhook_secret) == 64
    assert constraint_names("t_alder") == constraint_names("tenant_template") != set()
