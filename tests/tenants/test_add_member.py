"""`add_member`: a person, a tenant, a role; the password shown once."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tenants.models import Membership, Tenant, User

pytestmark = pytest.mark.django_db


def added(tenant: str = "cedar", email: str = "Ann@Cedar.example", role: str = "viewer", **more: Any) -> str:
    out = io.StringIO()
    call_command("add_member", tenant=tenant, email=email, role=role, stdout=out, **more)
    return out.getvalue()


def test_a_new_person_signs_in_with_the_password_that_was_shown(cedar: Tenant) -> None:
    made = json.loads(added(as_json=True))

    assert made["email"] == "ann@cedar.example"
    assert (made["tenant"], made["role"], made["url"]) == ("cedar", "viewer", "http://127.0.0.1:8000/sign-in/")
    client = Client()
    client.post("/sign-in/", {"login": made["email"], "password": made["password"]})
    assert "Calls · Cedar" in client.get("/calls/").content.decode()


def test_someone_with_an_account_keeps_the_password_and_gets_the_role(cedar: Tenant, birch: Tenant) -> None:
    added(tenant="birch")
    before = User.objects.get().password

    text = added() + added(role="admin")

    assert "ann@cedar.example is viewer of cedar." in text
    assert "ann@cedar.example is admin of cedar." in text
    assert text.count("password    as before") == 2
    assert User.objects.get().password == before
    assert sorted(Membership.objects.values_list("tenant__slug", "role")) == [("birch", "viewer"), ("cedar", "admin")]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"email": "ann"}, "'ann' is no e-mail address. Nothing was changed"),
        ({"tenant": "nobody"}, "There is no active tenant 'nobody'"),
        ({"role": "king"}, "invalid choice: 'king'"),
    ],
)
def test_what_makes_no_sense_adds_nobody(cedar: Tenant, given: dict[str, str], words: str) -> None:
    asked = {"tenant": "cedar", "email": "ann@cedar.example", "role": "viewer"} | given

    with pytest.raises(CommandError, match=words):
        call_command("add_member", *(f"--{name}={value}" for name, value in asked.items()))

    assert not User.objects.exists()
