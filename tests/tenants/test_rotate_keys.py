"""rotate_keys: every secret sealed anew under a new key, none lost, none in another place."""

import base64
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from crm.models import CrmConnection
from crm.sync import connect
from pipeline import clock
from tenants import fields, provisioning, secrets
from tenants.models import PlatformEntry, RefusedDelivery, Tenant, WebhookDoor
from tenants.scope import scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_ring(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: object) -> Iterator[None]:
    """Give the test a copy of the ring that the tenants were made under, and no wait."""
    (tmp_path / secrets.FILE).write_text((Path(settings.KEYS_DIR) / secrets.FILE).read_text())
    settings.KEYS_DIR = tmp_path
    monkeypatch.setattr("tenants.management.commands.rotate_keys.time.sleep", lambda _: None)
    secrets.forget_ring()
    yield
    secrets.forget_ring()


def rotate(*words: str) -> str:
    out = io.StringIO()
    call_command("rotate_keys", *words, stdout=out)
    return out.getvalue()


def fill(tenant: Tenant) -> None:
    """Give a tenant one secret of each kind beside its lead secret."""
    with scope(tenant):
        connect.save("hubspot", {"access_token": f"pat-na1-{tenant.slug}"})
    row = RefusedDelivery(tenant=tenant, received_at=clock.now(), status=401, code="webhook.signature", body_bytes=2)
    row.body_sha256, row.request_id = b"1", f"r-{tenant.slug}"
    fields.seal(row, "body_sealed", base64.b64encode(b"{}").decode())
    row.save()


def opened(tenant: Tenant) -> dict[str, str]:
    """Return a tenant's secrets in the clear."""
    tenant.refresh_from_db()
    door = WebhookDoor.objects.get(tenant=tenant)
    body = RefusedDelivery.objects.get(tenant=tenant)
    with scope(tenant):
        crm = fields.opened(CrmConnection.objects.get(), "secrets")
    return {
        "lead": provisioning.lead_secret(tenant).decode(),
        "door": fields.opened(door, "secret"),
        "body": fields.opened(body, "body_sealed"),
        "crm": crm,
    }


def sealed_with(tenant: Tenant) -> set[str]:
    """Return the ids of the keys that a tenant's secrets are sealed with."""
    tenant.refresh_from_db()
    values = [tenant.lead_secret, WebhookDoor.objects.get(tenant=tenant).secret]
    values.append(RefusedDelivery.objects.get(tenant=tenant).body_sealed)
    with scope(tenant):
        values.append(CrmConnection.objects.get().secrets)
    return {secrets.key_id_of(value) for value in values}


def test_every_kind_of_secret_of_every_tenant_is_sealed_anew_and_says_what_it_said(
    cedar: Tenant, birch: Tenant
) -> None:
    for tenant in (cedar, birch):
        fill(tenant)
    before = [opened(cedar), opened(birch)]

    said = rotate()

    newest = secrets.newest_key_id()
    assert sealed_with(cedar) == sealed_with(birch) == {newest}
    assert [opened(cedar), opened(birch)] == before
    assert json.loads(before[0]["crm"]) == {"access_token": "pat-na1-cedar"}
    assert f"sealed anew under {newest}" in said
    assert "pat-na1" not in said
    assert PlatformEntry.objects.latest("number").event == "keys.added"


def test_a_second_run_without_a_new_key_finds_nothing_to_do(cedar: Tenant) -> None:
    fill(cedar)
    rotate()

    assert "\n0 sealed anew" in rotate("--reseal")


def test_retired_keys_are_gone_and_everything_opens(cedar: Tenant) -> None:
    fill(cedar)
    before = opened(cedar)
    rotate()

    said = rotate("--retire")

    assert secrets.key_ids() == [secrets.newest_key_id()]
    assert "Retired: k1" in said
    assert opened(cedar) == before


def test_a_value_that_no_key_opens_is_named_kept_and_stops_the_retiring(cedar: Tenant) -> None:
    fill(cedar)
    moved = RefusedDelivery.objects.get(tenant=cedar).body_sealed
    WebhookDoor.objects.filter(tenant=cedar).update(secret=moved)
    secrets.add_key()

    with pytest.raises(CommandError, match=r"1 can't be opened(.|\n)*webhook_door.secret(.|\n)*No key was retired"):
        rotate("--retire")

    assert WebhookDoor.objects.get(tenant=cedar).secret == moved
    assert len(secrets.key_ids()) == 2


def test_a_ring_of_the_environment_is_left_to_who_set_it(settings: Settings, cedar: Tenant) -> None:
    settings.ENCRYPTION_KEYS = f"k9:{base64.b64encode(bytes(32)).decode()}"
    secrets.forget_ring()

    with pytest.raises(CommandError, match="which no command can change"):
        rotate()


def test_the_file_stays_its_owners_alone(settings: Settings, cedar: Tenant) -> None:
    rotate()

    assert (Path(settings.KEYS_DIR) / secrets.FILE).stat().st_mode & 0o777 == 0o600


def test_a_process_that_read_the_ring_before_seals_with_the_new_key_in_seconds(
    cedar: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    former, ring = secrets.newest_key_id(), dict(secrets._ring())
    added = secrets.add_key()
    monkeypatch.setattr(secrets, "_copy", (time.monotonic(), ring))
    assert secrets.newest_key_id() == former

    monkeypatch.setattr(secrets, "_copy", (time.monotonic() - secrets.COPY_SECONDS, ring))

    assert secrets.newest_key_id() == added
