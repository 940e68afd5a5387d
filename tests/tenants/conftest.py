"""What the tests of tenancy share: a tenant that is not there yet, and the owner's connection."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tenants.models import Tenant, User
from tests.tenants.schemas import Owner


@pytest.fixture
def owner(committed: dict[str, Tenant]) -> Iterator[Owner]:
    """Connect as the database's owner; every statement is committed."""
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as connected:
        yield connected


@pytest.fixture
def slug(owner: Owner) -> Iterator[str]:
    """Give the id of a tenant that is not there yet; what the test makes of it is gone after it."""
    name = f"alder_{uuid.uuid4().hex[:8]}"
    yield name
    connection.set_schema_to_public()  # type: ignore[attr-defined]  # the tenants' backend has it
    Tenant.objects.filter(slug=name).delete()
    User.objects.filter(email__endswith=f"@{name}.example".replace("_", "-")).delete()
    owner.execute(f"DROP SCHEMA IF EXISTS t_{name} CASCADE")


@pytest.fixture
def email(slug: str) -> str:
    """Give the address of a person that is not there yet, gone after the test too."""
    return f"ann@{slug.replace('_', '-')}.example"
