"""What every page tells the browser: where scripts and styles may come from, whose frames, which scheme."""

from http import HTTPStatus

import pytest
from django.test import Client

from pipeline.dashboard import listing
from tenants.models import Tenant
from tests.web.conftest import signed_in
from tests.web.scenes import person

pytestmark = pytest.mark.django_db
STRICT = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "media-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
ADMIN = STRICT | {"script-src": "'self' 'unsafe-eval'", "style-src": "'self' 'unsafe-inline'"}


def policy_of(client: Client, path: str, status: int, **more: str) -> dict[str, str]:
    """Return the policy that comes with a page; it must have this status."""
    client.raise_request_exception = False
    answer = client.get(path, headers=more)
    assert (answer.status_code, bool(answer.getvalue())) == (status, status != HTTPStatus.FOUND)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    parts = [part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";")]
    return {name: sources for name, _, sources in parts}


@pytest.fixture
def staff(cedar: Tenant) -> Client:
    """Give a client of the platform's staff."""
    return signed_in(person("staff@platform.example", is_staff=True, is_superuser=True))


def test_pages_carry_the_strict_policy(client: Client) -> None:
    for path, status in (("/calls/", 200), ("/you/", 200), ("/", 302), ("/static/css/ground.css", 200)):
        assert policy_of(client, path, status) == STRICT
    assert policy_of(Client(), "/sign-in/", 200) == STRICT


def test_error_pages_carry_it_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    lonely = signed_in(person("lonely@cedar.example"))

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(listing, "page", broken)

    assert policy_of(client, "/none", 404) == STRICT
    assert policy_of(lonely, "/calls/", 403) == STRICT
    assert policy_of(client, "/calls/", 500) == STRICT
    assert policy_of(client, "/sign-in/", 400, host="elsewhere.example") == STRICT
    refused = Client(enforce_csrf_checks=True).post("/sign-in/", {"login": "x"})
    assert (refused.status_code, "default-src 'none'" in refused.headers["Content-Security-Policy"]) == (403, True)


def test_the_admin_has_its_own_with_what_its_scripts_need(staff: Client, client: Client) -> None:
    for path, status in (("/admin/", 200), ("/admin/tenants/user/", 200), ("/admin/tenants/tenant/add/", 403)):
        assert policy_of(staff, path, status) == ADMIN
    assert policy_of(staff, "/admin/none/", 404) == ADMIN
    assert policy_of(Client(), "/admin/login/", 200) == ADMIN
    assert policy_of(staff, "/administrator/", 404) == STRICT
