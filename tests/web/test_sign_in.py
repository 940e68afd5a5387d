"""Signing in and out, and which tenant a person is in."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from calls.models import Call
from pipeline.steps.models import Step
from tenants.models import Membership, Tenant, User
from tenants.scope import scope
from tests.web.conftest import signed_in, text_of
from tests.web.scenes import PASSWORD, Scene, person

pytestmark = pytest.mark.django_db
Make = Callable[..., Call]


def sign_in(email: str, password: str, *, follow: str = "") -> tuple[int, str, str]:
    response = Client().post("/sign-in/", {"login": email, "password": password, "next": follow})
    return response.status_code, response.headers.get("Location", ""), text_of(response)


def test_a_page_asks_for_a_sign_in_and_then_shows_itself(owner: User) -> None:
    asked = Client().get("/calls/?band=hot")

    assert (asked.status_code, asked["Location"]) == (302, "/sign-in/?next=/calls/%3Fband%3Dhot")
    assert sign_in("Owner@Cedar.example", PASSWORD, follow="/calls/?band=hot")[:2] == (302, "/calls/?band=hot")


@pytest.mark.parametrize(
    ("seen", "leads_to"),
    [
        ("http://testserver/calls/?band=hot", "/sign-in/?next=/calls/%3Fband%3Dhot"),
        ("https://evil.example/calls/", "/sign-in/"),
        ("http://[", "/sign-in/"),
        ("", "/sign-in/"),
    ],
)
def test_when_the_session_ended_a_live_part_sends_the_whole_page_to_the_sign_in(
    owner: User, seen: str, leads_to: str
) -> None:
    for part in ("/calls/live?newest=1", "/calls/1/timeline"):
        answer = Client().get(part, headers={"HX-Request": "true", "HX-Current-URL": seen})

        assert (answer.status_code, answer["HX-Redirect"], answer.content) == (200, leads_to, b"")


@pytest.mark.parametrize("path", ["/calls/1/replay", "/tenant/"])
def test_after_a_press_without_a_session_the_sign_in_leads_back_to_the_page_with_the_button(path: str) -> None:
    back = Client().post(path, headers={"Referer": "http://testserver/calls/1/"})
    assert (back.status_code, back["Location"]) == (302, "/sign-in/?next=/calls/1/")

    for elsewhere in ({"Referer": "https://evil.example/"}, {}):
        assert Client().post(path, headers=elsewhere)["Location"] == "/sign-in/"


def test_the_sign_in_posts_to_itself_wherever_it_is_shown_and_keeps_where_to_go() -> None:
    page = Client().get("/sign-in/?next=/calls/7/").content.decode()

    assert re.search(r'<form[^>]*action="/sign-in/"', page)
    assert re.search(r'<input\s+type="hidden"\s+name="next"\s+value="/calls/7/">', page)


@pytest.mark.parametrize("path", ["/sign-out/", "/tenant/", "/calls/1/replay"])
def test_an_address_for_buttons_opened_as_a_page_says_so(client: Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, "POST" in answer["Allow"]) == (405, True)
    assert "This address can&#x27;t be opened like a page" in text_of(answer).replace("'", "&#x27;")
    assert 'aria-label="Main"' in answer.content.decode()


def test_an_unknown_address_a_wrong_password_and_a_closed_account_get_the_same_answer(
    owner: User, cedar: Tenant
) -> None:
    person("closed@cedar.example", (cedar, "owner"), is_active=False)

    answers = [
        sign_in("nobody@cedar.example", PASSWORD),
        sign_in("owner@cedar.example", "wrong"),
        sign_in("closed@cedar.example", PASSWORD),
    ]

    texts = {text for _, _, text in answers}
    assert [status for status, _, _ in answers] == [422, 422, 422]
    assert len(texts) == 1
    assert "E-mail and password do not match." in texts.pop()


def test_a_sign_in_does_not_lead_to_another_site(owner: User) -> None:
    assert sign_in("owner@cedar.example", PASSWORD, follow="https://evil.example/")[:2] == (302, "/calls/")


def test_what_is_missing_is_named_at_its_field() -> None:
    status, _, text = sign_in("no address", "")

    assert status == 422
    assert "Write it as name@company.com." in text
    assert "Write your password." in text


def test_signing_out_ends_the_session_and_needs_a_post(client: Client) -> None:
    assert client.get("/sign-out/").status_code == 405

    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/calls/").status_code == 302


def test_someone_without_a_tenant_is_told_what_to_do() -> None:
    client = signed_in(person("lonely@cedar.example"))
    response = client.get("/calls/")

    assert response.status_code == 403
    assert "You are in no tenant yet" in text_of(response)
    assert "manage.py add_member --tenant=… --email=lonely@cedar.example --role=viewer" in text_of(response)
    assert client.get("/calls/live", headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_a_person_in_two_tenants_changes_between_them(cedar: Tenant, birch: Tenant) -> None:
    client = signed_in(person("both@cedar.example", (cedar, "owner"), (birch, "viewer")))
    assert "Calls · Cedar" in client.get("/calls/").content.decode()

    assert client.post("/tenant/", {"tenant": "birch"})["Location"] == "/"
    assert "Calls · Birch" in client.get("/calls/").content.decode()


def test_a_page_of_the_tenant_before_does_nothing_and_shows_nothing_of_the_new_one(
    make: Make, cedar: Tenant, birch: Tenant
) -> None:
    call = make("refused")
    with scope(birch):
        theirs = Scene(birch).refused()
    client = signed_in(person("both@cedar.example", (cedar, "owner"), (birch, "owner")))
    page = client.get(f"/calls/{call.pk}/").content.decode()
    before = list(Step.objects.order_by("pk").values())
    client.post("/tenant/", {"tenant": "birch"})

    poll = client.get(f"/calls/{theirs.pk}/timeline", headers={"HX-Request": "true", "X-Tenant": "cedar"})
    sent = client.post(f"/calls/{theirs.pk}/replay", {"of": "cedar", "stage": "sync"}, follow=True)
    sound = client.get(f"/calls/{theirs.pk}/audio?of=cedar")

    assert """hx-headers='{"X-Tenant": "cedar"}'""" in page
    assert page.count('name="of" value="cedar"') == page.count("/replay")
    assert (poll["HX-Redirect"], poll.content) == ("/", b"")
    assert "You are in Birch now, and this page belonged to another company. Nothing was changed." in text_of(sent)
    assert sound["Location"] == "/"
    assert list(Step.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("given", [{}, {"of": ""}, {"of": "cedar\0"}, {"of": "nobody"}])
def test_a_form_that_does_not_name_its_tenant_does_nothing(client: Client, make: Make, given: dict[str, str]) -> None:
    before = list(Step.objects.order_by("pk").values())

    assert client.post(f"/calls/{make('done').pk}/replay", given | {"stage": "sync"})["Location"] == "/"
    assert [step for step in Step.objects.order_by("pk").values() if step["state"] == "waiting"] == before


@pytest.mark.parametrize("slug", ["birch", "", "\0", "cedar\0x", "x" * 5000])
def test_nobody_changes_into_a_tenant_that_is_not_theirs(client: Client, birch: Tenant, slug: str) -> None:
    assert client.post("/tenant/", {"tenant": slug}).status_code == 403
    assert "Calls · Cedar" in client.get("/calls/").content.decode()


def test_a_membership_that_ended_ends_the_sight_of_the_tenant(client: Client, owner: User) -> None:
    assert client.get("/calls/").status_code == 200

    Membership.objects.filter(user=owner).delete()

    assert client.get("/calls/").status_code == 403


def test_the_theme_cookie_is_in_the_first_byte_of_the_page_and_nothing_else_gets_in(client: Client) -> None:
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in client.get("/you/").content.decode()

    client.cookies["theme"] = '"><script>'
    page = client.get("/you/").content.decode()
    assert "data-theme" not in page
    assert "><script>" not in page.replace("</svg>", "").split("<body")[1]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "Europe"])
def test_a_time_zone_that_there_is_not_is_the_installations(client: Client, zone: str) -> None:
    client.cookies["zone"] = zone

    assert "Times are shown in UTC" in text_of(client.get("/you/"))
