"""`webhook_secret`: a new secret is shown this once, the former one counts in its grace, no other one ever."""

import datetime as dt
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from calls.webhook import doors
from tenants import secrets
from tenants.models import Tenant, WebhookDoor
from tenants.provisioning import Made
from tests import webhooks


@pytest.fixture
def secret(made: dict[str, Made], committed: dict[str, Tenant]) -> Iterator[str]:
    """Give cedar's secret, which stands again after the test."""
    before = WebhookDoor.objects.filter(tenant__slug="cedar").values(
        "secret", "previous_secret", "previous_valid_until"
    )[0]
    yield made["cedar"].webhook_secret
    WebhookDoor.objects.filter(tenant__slug="cedar").update(**before)
    renew_copy()


def renew_copy() -> None:
    """Let the web process see what is committed."""
    assert doors.guide.renew().wait(10)


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("webhook_secret", *words, stdout=out)
    return out.getvalue()


def renewed(*words: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(run("cedar", "--renew", "--json", *words))
    renew_copy()
    return shown


def status(secret: str) -> int:
    return webhooks.post(webhooks.body_of("cedar", secret[:12]), secret).status


def test_a_new_secret_is_taken_and_the_former_one_in_its_grace(secret: str) -> None:
    shown = renewed()

    until = dt.datetime.fromisoformat(shown["former_valid_until"])
    assert dt.timedelta(hours=23) < until - timezone.now() <= dt.timedelta(hours=24)
    assert [status(shown["webhook_secret"]), status(secret)] == [200, 200]

    WebhookDoor.objects.filter(tenant__slug="cedar").update(previous_valid_until=timezone.now())
    renew_copy()
    assert [status(shown["webhook_secret"]), status(secret)] == [200, 401]


def test_without_a_grace_the_former_one_is_refused_at_once(secret: str) -> None:
    shown = renewed("--grace=0")

    assert shown["former_valid_until"] is None
    assert [status(shown["webhook_secret"]), status(secret)] == [200, 401]


def test_renewed_twice_only_the_last_two_are_taken(secret: str) -> None:
    first, second = renewed()["webhook_secret"], renewed("--grace=0.5")["webhook_secret"]

    assert [status(second), status(first), status(secret)] == [200, 200, 401]


def test_one_that_no_key_opens_is_renewed_too(secret: str) -> None:
    WebhookDoor.objects.filter(tenant__slug="cedar").update(secret="lost:AAAA")

    shown = renewed()

    assert shown["former_valid_until"] is None
    assert [status(shown["webhook_secret"]), status(secret)] == [200, 401]


def test_it_is_never_shown_again(secret: str) -> None:
    new = renewed()["webhook_secret"]

    text, line = run("cedar"), json.loads(run("cedar", "--json"))

    assert "never shown again; --renew gives a new one" in text
    assert f"taken until {line['former_valid_until']}" in text
    assert line["webhook_secret"] is None
    assert new not in text
    assert secret not in text


def test_what_is_kept_is_sealed_for_its_own_column(secret: str) -> None:
    new = renewed()["webhook_secret"]

    door = WebhookDoor.objects.get(tenant__slug="cedar")
    place = (door.tenant_id, "webhook_door", door.pk)
    assert secrets.unseal(door.secret, *place, "secret") == new
    assert secrets.unseal(door.previous_secret, *place, "previous_secret") == secret


def test_for_people_it_says_what_to_keep_and_what_still_counts(secret: str) -> None:
    text = run("cedar", "--renew", "--grace=2")

    assert text.startswith("The webhook secret of cedar is renewed; it takes effect within 5 seconds.\n")
    assert "(shown this once: keep it)" in text
    assert "former secret   taken until " in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nobody"], "There is no tenant 'nobody'"),
        (["cedar", "--grace=1"], "--grace goes with --renew. Nothing was changed."),
        (["cedar", "--renew", "--grace=-1"], "--grace is -1; write hours from 0 to 720. Nothing was changed."),
        (["cedar", "--renew", "--grace=nan"], "--grace is nan; write hours"),
        (["cedar", "--renew", "--grace=721"], "write hours from 0 to 720"),
        (["cedar", "--renew", "--grace=long"], "invalid float value: 'long'"),
    ],
    ids=lambda value: "",
)
def test_what_makes_no_sense_changes_nothing(committed: dict[str, Tenant], words: list[str], says: str) -> None:
    before = WebhookDoor.objects.get(tenant__slug="cedar").secret

    with pytest.raises(CommandError) as refused:
        run(*words)

    assert says in str(refused.value)
    assert WebhookDoor.objects.get(tenant__slug="cedar").secret == before
