"""The people of a tenant: roles, invitations and their links."""

import datetime as dt
import io
import re
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tenants.access import grants, invitations
from tenants.access.accounts import Adapter
from tenants.audit.models import Entry
from tenants.models import Invitation, Membership, Tenant, User
from tenants.scope import scope
from tests.web.conftest import signed_in, text_of
from tests.web.scenes import PASSWORD, person

pytestmark = pytest.mark.django_db
LINK = re.compile(r"http://127\.0\.0\.1:8000(/join/[\w-]+/)")
NEW = {"name": "Erin Vale", "password1": "a sentence of mine"}


def invited(client: Client, email: str = "erin@cedar.example", role: str = "agent") -> str:
    """Invite a person; returns the link's path."""
    answer = client.post("/people/invite", {"of": "cedar", "email": email, "role": role})
    found = LINK.search(answer.content.decode())
    assert found, text_of(answer)
    return found[1]


def events(tenant: Tenant) -> list[str]:
    with scope(tenant):
        return list(Entry.objects.order_by("number").values_list("event", flat=True))


def test_a_new_person_comes_in_by_the_link_with_a_password_of_their_own(client: Client, cedar: Tenant) -> None:
    path, browser = invited(client), Client()

    page = browser.get(path)
    came = browser.post(path, NEW)

    assert "You are invited as agent, under erin@cedar.example." in text_of(page)
    assert came["Location"] == "/"
    assert "Calls · Cedar" in browser.get("/calls/").content.decode()
    member = Membership.objects.get(user__email="erin@cedar.example")
    assert (member.tenant, member.role, member.user.name) == (cedar, "agent", "Erin Vale")
    assert Client().login(username="erin@cedar.example", password="a sentence of mine")
    assert events(cedar) == ["member.invited", "member.joined"]


def test_the_mail_has_the_link_and_the_page_says_where_the_mail_is(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(tmp_path)

    answer = client.post("/people/invite", {"of": "cedar", "email": "erin@cedar.example", "role": "agent"})

    shown = LINK.search(answer.content.decode())
    [file] = tmp_path.iterdir()
    assert shown
    assert shown[1] in file.read_text()
    assert "This installation sends no mail: a copy lies in var/mail" in text_of(answer)


def test_with_a_mail_server_the_mail_leaves(client: Client, settings: Settings) -> None:
    settings.MAIL_SERVER = object()

    answer = client.post("/people/invite", {"of": "cedar", "email": "erin@cedar.example", "role": "agent"})

    assert "The mail is on its way." in text_of(answer)
    [sent] = mail.outbox
    assert (sent.subject, sent.to) == ("Cedar invites you to Pipeline", ["erin@cedar.example"])


def test_a_mail_that_is_not_taken_leaves_the_link_on_the_page(client: Client, settings: Settings) -> None:
    settings.MAIL_SERVER = object()
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    settings.EMAIL_HOST = "127.0.0.1"

    answer = client.post("/people/invite", {"of": "cedar", "email": "erin@cedar.example", "role": "agent"})

    assert "The mail server did not take the mail. Send the link yourself" in text_of(answer)
    assert LINK.search(answer.content.decode())


def test_a_link_is_good_once_and_a_newer_one_ends_it(client: Client) -> None:
    first = invited(client)
    second = invited(client)

    assert Client().get(first).status_code == 404
    assert Client().post(second, NEW).status_code == 302
    over = Client().post(second, NEW)
    assert (over.status_code, "This invitation is over" in text_of(over)) == (404, True)


def test_a_link_is_over_after_a_week_when_taken_back_and_when_the_tenant_is_suspended(
    client: Client, cedar: Tenant
) -> None:
    path = invited(client)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=7, seconds=1)):
        assert Client().get(path).status_code == 404
    assert Client().get(path).status_code == 200
    Tenant.objects.filter(pk=cedar.pk).update(state="SUSPENDED")
    assert Client().get(path).status_code == 404
    Tenant.objects.filter(pk=cedar.pk).update(state="ACTIVE")

    client.post(f"/people/invitations/{Invitation.objects.get().pk}/withdraw", {"of": "cedar"})

    assert Client().get(path).status_code == 404
    assert events(cedar) == ["member.invited", "member.invitation_withdrawn"]


def test_who_has_an_account_joins_with_it_and_nobody_else_does(client: Client, birch: Tenant) -> None:
    path = invited(client, "both@birch.example")
    both = person("both@birch.example", (birch, "viewer"))
    other = signed_in(person("eve@birch.example", (birch, "owner")))

    stranger = Client().get(path)
    assert f'href="/sign-in/?next={path}"' in stranger.content.decode()
    for answer in (other.get(path), other.post(path, NEW), Client().post(path, NEW)):
        assert "This invitation is for both@birch.example, who has an account here." in text_of(answer)
    assert not Membership.objects.filter(user__email="eve@birch.example", tenant__slug="cedar").exists()

    assert signed_in(both).post(path)["Location"] == "/"
    assert {one.tenant.slug for one in Membership.objects.filter(user=both)} == {"birch", "cedar"}
    assert both.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "", "password1": "a sentence of mine"}, "Write your name."),
        ({"name": "E", "password1": ""}, "Write a new password."),
        ({"name": "E", "password1": "short"}, "This password is too short."),
        ({"name": "E", "password1": "password1234"}, "This password is too common."),
    ],
)
def test_what_is_missing_is_said_and_the_link_stays_good(client: Client, given: dict[str, str], said: str) -> None:
    path = invited(client)

    answer = Client().post(path, given)

    assert (answer.status_code, said in text_of(answer)) == (422, True)
    assert Client().post(path, NEW).status_code == 302


@pytest.mark.parametrize("token", ["x", "\u00e9", "x" * 3000, "%00"])
def test_a_link_that_was_made_up_is_over(token: str) -> None:
    assert Client().get(f"/join/{token}/").status_code in {400, 404}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"email": "x", "role": "agent"}, "Write it as name@company.com."),
        ({"email": "", "role": "agent"}, "Write an e-mail address."),
        ({"email": "owner@cedar.example", "role": "agent"}, "owner@cedar.example is a member already."),
        ({"email": "a@b.example", "role": "king"}, "Select a valid choice."),
    ],
)
def test_an_invitation_that_makes_no_sense_says_why(client: Client, given: dict[str, str], said: str) -> None:
    answer = client.post("/people/invite", {"of": "cedar", **given})

    assert answer.status_code == 422
    assert said in text_of(answer) or given["role"] == "king"
    assert not Invitation.objects.exists()


# --- roles ------------------------------------------------------------------------------------------------


@pytest.fixture
def admin(cedar: Tenant, owner: User) -> Client:
    return signed_in(person("admin@cedar.example", (cedar, "admin")))


def test_a_role_is_changed_and_stands_in_the_trail(client: Client, cedar: Tenant) -> None:
    agent = person("agent@cedar.example", (cedar, "agent"))
    pk = Membership.objects.get(user=agent).pk

    answer = client.post(f"/people/{pk}/role", {"of": "cedar", "role": "admin"}, follow=True)

    assert "agent@cedar.example is admin now." in text_of(answer)
    assert Membership.objects.get(pk=pk).role == "admin"
    assert events(cedar) == ["member.role_changed"]


def test_a_member_who_is_removed_is_out_at_once(client: Client, cedar: Tenant) -> None:
    agent = person("agent@cedar.example", (cedar, "agent"))
    browser = signed_in(agent)
    assert browser.get("/calls/").status_code == 200

    answer = client.post(f"/people/{Membership.objects.get(user=agent).pk}/remove", {"of": "cedar"}, follow=True)

    assert "agent@cedar.example is no member any more, on all devices." in text_of(answer)
    assert browser.get("/calls/").status_code == 403
    assert events(cedar) == ["member.left"]


def test_the_only_owner_stays(client: Client, owner: User) -> None:
    pk = Membership.objects.get(user=owner).pk
    for path, more in ((f"/people/{pk}/role", {"role": "viewer"}), (f"/people/{pk}/remove", {})):
        answer = client.post(path, {"of": "cedar", **more}, follow=True)
        assert "This is the only owner. Make somebody else an owner first." in text_of(answer)
    assert Membership.objects.get(pk=pk).role == "owner"


def test_an_admin_touches_no_owner_and_makes_none(admin: Client, owner: User, cedar: Tenant) -> None:
    pk = Membership.objects.get(user=owner).pk
    agent = Membership.objects.get(user=person("agent@cedar.example", (cedar, "agent"))).pk
    before = list(Membership.objects.order_by("pk").values())

    for path, more in (
        (f"/people/{pk}/role", {"role": "viewer"}),
        (f"/people/{pk}/remove", {}),
        (f"/people/{agent}/role", {"role": "owner"}),
        ("/people/invite", {"email": "x@y.example", "role": "owner"}),
    ):
        answer = admin.post(path, {"of": "cedar", **more}, follow=True)
        assert "Only an owner makes, changes or removes owners." in text_of(answer), path

    assert list(Membership.objects.order_by("pk").values()) == before
    assert 'value="owner"' not in admin.get("/people/").content.decode()


@pytest.mark.parametrize("role", ["agent", "viewer"])
def test_who_manages_nothing_sees_the_people_and_no_button(cedar: Tenant, owner: User, role: str) -> None:
    browser = signed_in(person(f"{role}@cedar.example", (cedar, role)))
    page = browser.get("/people/")

    assert "owner@cedar.example" in text_of(page)
    assert "<form" not in page.content.decode().split('id="main"')[1].split("</main>")[0]
    pk = Membership.objects.get(user=owner).pk
    for path in ("/people/invite", f"/people/{pk}/role", f"/people/{pk}/remove", "/people/invitations/1/withdraw"):
        assert browser.post(path, {"of": "cedar"}).status_code == 403


def test_a_role_that_there_is_not_changes_nothing(client: Client, cedar: Tenant) -> None:
    pk = Membership.objects.get(user=person("agent@cedar.example", (cedar, "agent"))).pk

    answer = client.post(f"/people/{pk}/role", {"of": "cedar", "role": "king"}, follow=True)

    assert "There is no such role. Nothing was changed." in text_of(answer)


def test_one_may_leave_oneself(cedar: Tenant, owner: User) -> None:
    second = person("second@cedar.example", (cedar, "owner"))
    browser = signed_in(second)

    answer = browser.post(f"/people/{Membership.objects.get(user=second).pk}/remove", {"of": "cedar"})

    assert answer["Location"] == "/"
    assert browser.get("/people/").status_code == 403


def test_an_account_made_by_a_link_is_nobodys_until_a_mail_proves_its_address(
    client: Client, cedar: Tenant, birch: Tenant
) -> None:
    path = invited(client, "ceo@victim.example")
    Client().post(path, NEW)  # whoever invited could have done this

    with pytest.raises(CommandError, match="nobody has shown that the address is theirs"):
        call_command("add_member", "--tenant=birch", "--email=CEO@victim.example", "--role=owner")
    with pytest.raises(CommandError, match="set a new password by mail first"):
        call_command("create_tenant", "victimco", "--owner=ceo@victim.example")
    assert not Tenant.objects.filter(slug="victimco").exists()
    staff = signed_in(person("staff@platform.example", is_staff=True, is_superuser=True))
    user = User.objects.get(email="ceo@victim.example")
    refused = staff.post("/admin/tenants/membership/add/", {"tenant": birch.pk, "user": user.pk, "role": "owner"})
    assert "nobody has shown that the address is theirs" in text_of(refused)
    assert not Membership.objects.filter(user=user, tenant=birch).exists()

    Adapter().set_password(user, "another sentence")  # what the link of a mail does
    call_command("add_member", "--tenant=birch", "--email=ceo@victim.example", "--role=viewer", stdout=io.StringIO())
    assert Membership.objects.filter(user=user, tenant=birch).exists()


def test_an_invitation_ends_when_its_person_comes_in_another_way_or_leaves(client: Client, cedar: Tenant) -> None:
    path = invited(client, "erin@cedar.example", "admin")
    call_command("add_member", "--tenant=cedar", "--email=erin@cedar.example", "--role=viewer", stdout=io.StringIO())
    assert not Invitation.objects.exists()
    assert Client().get(path).status_code == 404

    made = Invitation(tenant=cedar, email="erin@cedar.example", role="admin", token_hash=b"1")
    made.created_at = made.expires_at = timezone.now() + dt.timedelta(days=1)
    made.save()
    erin = User.objects.get(email="erin@cedar.example")
    assert invitations.accept(made, erin) is None
    assert Membership.objects.get(user=erin).role == "viewer"


def test_only_an_owner_replaces_an_owners_invitation(client: Client, cedar: Tenant) -> None:
    path = invited(client, "erin@cedar.example", "owner")
    admin = signed_in(person("ruth@cedar.example", (cedar, "admin")))

    refused = admin.post("/people/invite", {"of": "cedar", "email": "erin@cedar.example", "role": "viewer"})

    assert "Only an owner makes, changes or removes owners" in text_of(refused)
    assert Client().get(path).status_code == 200


def test_tokens_of_who_left_stay_dead_when_the_person_comes_back(client: Client, cedar: Tenant) -> None:
    erin = person("erin@cedar.example", (cedar, "agent"))
    pair = grants.begin(Membership.objects.select_related("user", "tenant").get(user=erin))
    client.post(f"/people/{Membership.objects.get(user=erin).pk}/remove", {"of": "cedar"})

    call_command("add_member", "--tenant=cedar", "--email=erin@cedar.example", "--role=viewer", stdout=io.StringIO())

    answer = Client(headers={"Authorization": f"Bearer {pair.access}"}).get("/v1/calls")
    assert answer.status_code == 401
    with pytest.raises(grants.Refused):
        grants.refresh(pair.refresh)
