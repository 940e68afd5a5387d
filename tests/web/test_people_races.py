"""An invitation's link pressed several times at once."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from django.test import Client

from tenants.access import invitations
from tenants.audit.actor import SYSTEM
from tenants.models import Membership, Tenant, User

NEW = {"name": "Erin Vale", "password1": "a sentence of mine"}


def test_a_link_pressed_twice_at_once_makes_one_account(committed: dict[str, Tenant]) -> None:
    role = Membership.Role.AGENT
    made = invitations.invite(committed["cedar"], email="erin@cedar.example", role=role, by=SYSTEM)
    path = "/join/" + made.link.rpartition("/join/")[2]

    def pressed(_: int) -> int:
        try:
            return Client(raise_request_exception=False).post(path, NEW).status_code
        finally:
            connections.close_all()

    try:
        with ThreadPoolExecutor(4) as pool:
            codes = sorted(pool.map(pressed, range(4)))
        assert 302 in codes
        assert set(codes) <= {200, 302, 404}
        assert User.objects.filter(email="erin@cedar.example").count() == 1
    finally:
        User.objects.filter(email="erin@cedar.example").delete()
