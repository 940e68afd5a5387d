"""A delivery on its way, from the intake to the CRMs: what one tenant's call causes stays in that tenant."""

from collections.abc import Iterator

import pytest

from calls.models import Call, WebhookDelivery
from calls.webhook import doors, refused
from scoring.models import Lead
from tenants.models import Tenant
from tenants.provisioning import Made
from tenants.scope import scope
from tests import webhooks
from tests.drain import drain
from tests.isolation.contents import snapshot
from tests.pipeline.conftest import Tables


@pytest.fixture
def refusals(committed: dict[str, Tenant], monkeypatch: pytest.MonkeyPatch) -> Iterator[refused.Keeper]:
    """Give the test its own keeper of refused requests, which ends before the rows are cleared."""
    found = refused.Keeper()
    monkeypatch.setattr(refused, "keeper", found)
    yield found
    found.wait()


@pytest.fixture
def secrets(made: dict[str, Made], refusals: refused.Keeper) -> dict[str, str]:
    """Return both tenants' webhook secrets, known to the doors."""
    doors.guide.renew().wait(5)
    return {slug: one.webhook_secret for slug, one in made.items()}


@pytest.mark.parametrize(("signed_by", "named"), [("cedar", "birch"), ("birch", "cedar")])
def test_a_webhook_signed_by_one_tenant_never_enters_another(
    secrets: dict[str, str], committed: dict[str, Tenant], signed_by: str, named: str, refusals: refused.Keeper
) -> None:
    body = webhooks.body_of(named, "CAL1")

    answer = webhooks.post(body, secrets[signed_by])
    refusals.wait()

    assert (answer.status, answer.json["error"]) == (401, "Invalid webhook signature")
    for tenant in committed.values():
        with scope(tenant):
            assert WebhookDelivery.objects.count() == 0


@pytest.mark.parametrize(
    "named", ["t_birch", "public", "tenant_template", "birch'; --", 'birch"', "cedar.birch", "BIRCH", "birch "]
)
def test_a_schemas_name_is_no_way_in(secrets: dict[str, str], committed: dict[str, Tenant], named: str) -> None:
    answer = webhooks.post(webhooks.body_of(named, "CAL1"), secrets["birch"])

    assert answer.status in {400, 401}
    with scope(committed["birch"]):
        assert WebhookDelivery.objects.count() == 0


def test_the_same_call_of_two_tenants_is_two_calls_and_two_leads(
    secrets: dict[str, str], committed: dict[str, Tenant]
) -> None:
    for slug, secret in secrets.items():
        assert webhooks.post(webhooks.body_of(slug, "CAL1", source=f"{slug} ads"), secret).status == 200

    drain()

    keys = set()
    for slug, tenant in committed.items():
        with scope(tenant):
            assert Call.objects.get().marketing_source == f"{slug} ads"
            keys.add(Lead.objects.get().key)
    assert len(keys) == 2


def test_a_call_that_goes_its_whole_way_touches_no_row_of_another_tenant(
    secrets: dict[str, str], committed: dict[str, Tenant]
) -> None:
    webhooks.post(webhooks.body_of("birch", "CAL1"), secrets["birch"])
    drain()
    before = snapshot(committed["birch"])

    for number in range(3):
        assert webhooks.post(webhooks.body_of("cedar", f"CAL{number}"), secrets["cedar"]).status == 200
    assert drain() > 0

    assert snapshot(committed["birch"]) == before
    with scope(committed["cedar"]):
        assert Call.objects.count() == 3


def test_one_tenants_missing_schema_stops_no_other(tables: Tables, secret: str) -> None:
    tables.owner.execute("ALTER SCHEMA t_birch RENAME TO t_away")
    try:
        answers = [webhooks.post(webhooks.body_of("cedar", f"CAL{number}"), secret) for number in range(5)]
    finally:
        tables.owner.execute("ALTER SCHEMA t_away RENAME TO t_birch")

    assert [answer.status for answer in answers] == [200] * 5
    assert tables.count("cedar") == 5
