"""A forgotten password: the mail, its link, what ends with the former password."""

import datetime as dt
import re
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import Settings

from tenants.access import grants
from tenants.models import ApiGrant, Membership, PlatformEntry, Tenant, User
from tests.web.conftest import signed_in, text_of
from tests.web.scenes import PASSWORD, person

pytestmark = pytest.mark.django_db
LINK = re.compile(r"http://127\.0\.0\.1:8000(/reset/[\w-]+/)")
BETTER = {"password1": "another sentence of mine"}


def link_for(email: str) -> str:
    """Ask for a mail; returns its link's path."""
    before = len(mail.outbox)
    assert Client().post("/reset/", {"email": email}, headers={"Host": "testserver"})["Location"] == "/reset/sent/"
    [sent] = mail.outbox[before:]
    found = LINK.search(str(sent.body))
    assert found
    return found[1]


def test_the_link_sets_a_new_password_and_signs_in(owner: User) -> None:
    browser = Client()

    form = browser.get(link_for("Owner@Cedar.example"), follow=True)
    came = browser.post(form.redirect_chain[-1][0], BETTER)

    assert "A new password" in text_of(form)
    assert came["Location"] == "/calls/"
    assert "Calls · Cedar" in browser.get("/calls/").content.decode()
    owner.refresh_from_db()
    assert owner.check_password("another sentence of mine")
    assert [str(mail.outbox[0].subject), mail.outbox[0].to] == ["A new password for Pipeline", ["owner@cedar.example"]]


def test_sessions_and_tokens_of_the_former_password_end(owner: User) -> None:
    elsewhere = signed_in(owner)
    grants.begin(Membership.objects.select_related("user", "tenant").get(user=owner))
    browser = Client()

    form = browser.get(link_for("owner@cedar.example"), follow=True)
    browser.post(form.redirect_chain[-1][0], BETTER)

    assert elsewhere.get("/calls/").status_code == 302
    assert not ApiGrant.objects.filter(revoked_at=None).exists()
    assert {"grants.revoked", "user.password_changed"} <= set(PlatformEntry.objects.values_list("event", flat=True))


def test_a_link_is_good_once_and_for_an_hour(owner: User) -> None:
    path = link_for("owner@cedar.example")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3605)):
        assert "This link is over" in text_of(Client().get(path, follow=True))
    browser = Client()
    form = browser.get(path, follow=True)
    browser.post(form.redirect_chain[-1][0], BETTER)

    assert "This link is over" in text_of(Client().get(path, follow=True))


@pytest.mark.parametrize("password", ["short", "password1234", ""])
def test_a_password_that_is_no_good_is_refused_and_the_link_stays(owner: User, password: str) -> None:
    browser = Client()
    form = browser.get(link_for("owner@cedar.example"), follow=True)
    at = form.redirect_chain[-1][0]

    assert browser.post(at, {"password1": password}).status_code == 422
    assert browser.post(at, BETTER).status_code == 302


def test_whether_an_address_has_an_account_is_told_to_nobody(owner: User, cedar: Tenant) -> None:
    person("closed@cedar.example", (cedar, "owner"), is_active=False)

    for email in ("nobody@cedar.example", "closed@cedar.example"):
        answer = Client().post("/reset/", {"email": email}, follow=True)
        assert (answer.redirect_chain, len(mail.outbox)) == ([("/reset/sent/", 302)], 0)


def test_without_a_mail_server_the_page_says_where_the_mail_lies(
    owner: User, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(tmp_path)

    answer = Client().post("/reset/", {"email": "owner@cedar.example"}, follow=True)

    assert "This installation sends no mail" in text_of(answer)
    assert "var/mail" in text_of(answer)
    assert LINK.search(next(tmp_path.iterdir()).read_text())
    settings.MAIL_SERVER = object()
    assert "Look into your mail" in text_of(Client().get("/reset/sent/"))


def test_a_mail_server_that_does_not_take_it_is_said(owner: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    settings.EMAIL_HOST = "127.0.0.1"

    answer = Client().post("/reset/", {"email": "owner@cedar.example"})

    assert (answer.status_code, "The mail server did not take the mail." in text_of(answer)) == (503, True)


def test_nobody_is_mailed_without_end(owner: User) -> None:
    answers = [Client().post("/reset/", {"email": "owner@cedar.example"}).status_code for _ in range(7)]

    assert answers == [302] * 5 + [429] * 2
    assert len(mail.outbox) == 5
    signed = Client().post("/sign-in/", {"login": "owner@cedar.example", "password": PASSWORD})
    assert signed.status_code == 302


@pytest.mark.parametrize("path", ["/reset/1-x/", "/reset/zzzzzzzzzzzzzzzzzz-set-password/", "/reset/0-0-0/"])
def test_a_link_that_was_made_up_is_over(path: str) -> None:
    assert "This link is over" in text_of(Client().get(path, follow=True))


def test_the_host_of_a_request_does_not_get_into_the_mail(owner: User, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    Client().post("/reset/", {"email": "owner@cedar.example"}, headers={"Host": "evil.example"})

    assert "evil.example" not in str(mail.outbox[0].body)
