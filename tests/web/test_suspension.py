"""Staff suspends a tenant in the admin: pages, webhooks and steps stand still until it is activated."""

import logging
from collections.abc import Iterator

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from calls.webhook import doors
from pipeline.steps import claim
from pipeline.steps.models import Step
from pipeline.steps.stage import Due
from tenants.models import Tenant, User
from tests.drain import drain
from tests.web.conftest import signed_in, text_of
from tests.web.scenes import person


@pytest.fixture
def staff(committed: dict[str, Tenant]) -> Iterator[User]:
    """Give one of the platform's staff, who is gone after the test, and cedar as it was."""
    user = person("staff@platform.example", is_staff=True, is_superuser=True)
    yield user
    user.delete()
    Tenant.objects.filter(pk=committed["cedar"].pk).update(state=Tenant.State.ACTIVE)


@pytest.fixture
def dana(committed: dict[str, Tenant]) -> Iterator[User]:
    """Give an owner who is gone after the test."""
    user = person("dana@cedar.example", (committed["cedar"], "owner"))
    yield user
    user.delete()


def act(staff: User, tenant: Tenant, action: str) -> str:
    chosen = {"action": action, "_selected_action": [tenant.pk]}
    return text_of(signed_in(staff).post("/admin/tenants/tenant/", chosen, follow=True))


def has_door(slug: str) -> bool:
    copy = doors.Doors()
    copy.renew().wait(5)
    return copy.get(slug) is not None


def test_a_suspended_tenant_stands_still_until_it_is_activated(
    committed: dict[str, Tenant], staff: User, dana: User, caplog: pytest.LogCaptureFixture
) -> None:
    cedar, member = committed["cedar"], signed_in(dana)
    caplog.set_level(logging.INFO)
    step = claim.birth(cedar.pk, Due("recording", "audio", 1, "call:1"))

    told = act(staff, cedar, "suspend")
    drain()

    assert "Suspended: Cedar. It takes effect within 5 seconds." in told
    closed = member.get("/calls/")
    assert (closed.status_code, "Cedar is suspended" in text_of(closed)) == (403, True)
    assert member.get("/calls/live", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert not has_door("cedar")
    assert has_door("birch")
    assert Step.objects.values_list("attempts", flat=True).get(pk=step) == 0
    assert act(staff, cedar, "suspend").count("Nothing changed") == 1

    assert "Activated: Cedar." in act(staff, cedar, "activate")
    assert member.get("/calls/").status_code == 200
    assert has_door("cedar")
    changes = LogEntry.objects.filter(user=staff).order_by("pk").values_list("object_repr", "change_message")
    assert list(changes) == [("cedar", "Suspended."), ("cedar", "Activated.")]
    lines = [one for one in caplog.records if one.getMessage() == "tenant.state_changed"]
    assert [(one.__dict__["tenant"], one.__dict__["state"], one.__dict__["user"]) for one in lines] == [
        ("cedar", "SUSPENDED", staff.pk),
        ("cedar", "ACTIVE", staff.pk),
    ]


def test_only_staff_who_may_change_tenants_suspend_one(committed: dict[str, Tenant], staff: User, dana: User) -> None:
    cedar = committed["cedar"]
    User.objects.filter(pk=staff.pk).update(is_superuser=False)

    for user in (staff, dana):
        act(user, cedar, "suspend")
    Client().post("/admin/tenants/tenant/", {"action": "suspend", "_selected_action": [cedar.pk]})

    assert Tenant.objects.get(pk=cedar.pk).state == Tenant.State.ACTIVE
