"""The demo tenant: prepared at each start, whatever became of it meanwhile."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from pipeline.support import demo_tenant
from tenants.models import Tenant, User


@pytest.fixture
def demo(cedar: Tenant, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """Take cedar for the demo tenant; its files lie in the test's folder."""
    monkeypatch.setattr(demo_tenant, "SLUG", cedar.slug)
    settings.VAR_DIR = tmp_path
    return cedar


def test_it_gets_a_person_for_each_role_and_its_secrets_in_files_of_its_own(demo: Tenant) -> None:
    call_command("demo")

    users = json.loads(demo_tenant.users_file().read_text())
    assert list(users) == ["owner", "admin", "agent", "viewer", "staff"]
    assert all(User.objects.get(email=one["email"]).check_password(one["password"]) for one in users.values())
    assert json.loads(demo_tenant.webhook_file().read_text()) == {"secret": demo_tenant.webhook_secret(demo)}
    assert demo_tenant.users_file().stat().st_mode & 0o777 == 0o600


def test_a_password_that_its_user_has_changed_is_named_no_more_and_stays(demo: Tenant) -> None:
    call_command("demo")
    owner = User.objects.get(email="owner@demo.example.com")
    owner.set_password("a password of my own")
    owner.save()

    call_command("demo")
    call_command("demo")

    users = json.loads(demo_tenant.users_file().read_text())
    assert users["owner"]["password"] == "(changed since)"
    assert User.objects.get(email=owner.email).check_password("a password of my own")
    assert User.objects.get(email=users["staff"]["email"]).check_password(users["staff"]["password"])


def test_a_suspended_one_stays_suspended_and_stops_no_start(demo: Tenant) -> None:
    Tenant.objects.filter(pk=demo.pk).update(state=Tenant.State.SUSPENDED)

    call_command("demo")

    assert Tenant.objects.get(pk=demo.pk).state == Tenant.State.SUSPENDED
    with pytest.raises(CommandError, match=r"No demo call was sent\. .* it is suspended\. Activate it in the admin"):
        call_command("demo", "--call", "--recordings=http://127.0.0.1:1")
