"""Two filled tenants, and a person of each."""

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from tenants.models import Membership, Tenant, User
from tests.isolation.contents import fill
from tests.pipeline.conftest import keeper, secret, tables
from tests.web.conftest import recordings, signed_in

__all__ = ["keeper", "recordings", "secret", "tables"]


@pytest.fixture
def two(cedar: Tenant, birch: Tenant) -> tuple[Tenant, Tenant]:
    """Fill cedar and birch: the same ids in both."""
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        owner.execute(
            "SELECT setval(format('%I.%I', schemaname, sequencename), 1, false) FROM pg_sequences"
            " WHERE schemaname IN ('t_cedar', 't_birch')"
        )
    for tenant in (cedar, birch):
        fill(tenant)
    return cedar, birch


@pytest.fixture
def members(two: tuple[Tenant, Tenant]) -> dict[str, Client]:
    """Give a signed-in client of each role in cedar."""
    cedar, _ = two
    return {role: member(cedar, role) for role in Membership.Role.values}


@pytest.fixture
def birchs_owner(two: tuple[Tenant, Tenant]) -> Client:
    """Give birch's owner, who sees what cedar's people must not."""
    _, birch = two
    return member(birch, "owner")


def member(tenant: Tenant, role: str) -> Client:
    """Sign a new member in, without the second that hashing a password takes."""
    user = User.objects.create(email=f"{role}@{tenant.slug}.example")
    Membership.objects.create(tenant=tenant, user=user, role=role)
    return signed_in(user)
