"""The copy of the doors: at most 5 s behind, one renewal at a time, stale rather than none."""

import psycopg
import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from calls.webhook import doors
from tenants.provisioning import Made


@pytest.fixture
def copy(made: dict[str, Made]) -> doors.Doors:
    return doors.Doors()


def test_an_empty_copy_asks_for_one(copy: doors.Doors) -> None:
    assert copy.is_empty()
    assert not copy.is_fresh()
    copy.renew().wait(5)

    assert copy.is_fresh()
    assert not copy.is_empty()


def test_a_door_carries_its_tenants_schema_and_secret(copy: doors.Doors, made: dict[str, Made]) -> None:
    copy.renew().wait(5)

    door = copy.get("cedar")

    assert door
    assert (door.tenant_id, door.schema, door.scheme) == (made["cedar"].tenant.pk, "t_cedar", "guide")
    assert door.secrets(0) == (made["cedar"].webhook_secret.encode(),)
    assert copy.get("nobody") is None


def test_renewals_at_the_same_time_are_one(copy: doors.Doors) -> None:
    assert copy.renew() is copy.renew()


def test_the_copy_stays_while_postgres_is_away(copy: doors.Doors, settings: Settings) -> None:
    copy.renew().wait(5)
    copy._line.close()
    settings.DATABASE_URL = "postgresql://nobody@127.0.0.1:1/none"

    copy.renew().wait(5)

    assert copy.get("cedar")
    assert not copy.may_renew()


@pytest.mark.parametrize(
    "change", ["tenants_tenant SET state = 'SUSPENDED'", "tenants_webhookdoor SET is_open = false"]
)
def test_a_suspended_tenant_and_a_closed_door_are_gone(copy: doors.Doors, made: dict[str, Made], change: str) -> None:
    key = "id" if "tenants_tenant" in change else "tenant_id"
    back = change.replace("'SUSPENDED'", "'ACTIVE'").replace("false", "true")
    with psycopg.connect(django_settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        try:
            owner.execute(f"UPDATE {change} WHERE {key} = %s".encode(), [made["cedar"].tenant.pk])
            copy.renew().wait(5)
        finally:
            owner.execute(f"UPDATE {back} WHERE {key} = %s".encode(), [made["cedar"].tenant.pk])

    assert copy.get("cedar") is None
    assert copy.get("birch")


def test_a_secret_that_can_not_be_opened_closes_its_door_only(copy: doors.Doors, made: dict[str, Made]) -> None:
    tenant = made["cedar"].tenant
    with psycopg.connect(django_settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        row = owner.execute("SELECT secret FROM tenants_webhookdoor WHERE tenant_id = %s", [tenant.pk]).fetchone()
        assert row
        other = owner.execute(
            "SELECT secret FROM tenants_webhookdoor WHERE tenant_id = %s", [made["birch"].tenant.pk]
        ).fetchone()
        assert other
        try:
            owner.execute("UPDATE tenants_webhookdoor SET secret = %s WHERE tenant_id = %s", [other[0], tenant.pk])
            copy.renew().wait(5)
        finally:
            owner.execute("UPDATE tenants_webhookdoor SET secret = %s WHERE tenant_id = %s", [row[0], tenant.pk])

    assert copy.get("cedar") is None
    assert copy.get("birch")
