"""HubSpot keeps what every CRM connector promises."""

from collections.abc import Mapping
from typing import Any

import pytest

from pipeline import errors
from pipeline.sandbox.faults import Fault
from tests.contracts.crm import Bench, CrmContract, as_known


class TestHubSpot(CrmContract):
    slug = "hubspot"
    credentials = {"access_token": "pat-na1-0123456789abcdef"}
    person, entry = "contacts", "calls"
    values = {
        "email": "jane@example.com",
        "firstname": "Jane",
        "lastname": "Doe",
        "phone": "+15125550147",
        "lifecyclestage": "lead",
        "pipeline_lead_score": "87",
        "pipeline_source": "Google Ads",
    }
    name_field, if_new_field = "firstname", "lastname"
    create = ("POST", "/contacts/batch/upsert")
    log = ("POST", "/calls$")
    rate_shape, rate_wait, quota_shape = "rate_burst", 10, "rate_daily"
    required_field = "lifecyclestage"
    unauthorized_text = "HubSpot API key invalid"

    def require(self, bench: Bench) -> None:
        bench.vendor.knobs["required"] = ["lifecyclestage"]

    def entry_text(self, body: Mapping[str, Any]) -> str:
        return str(body["hs_call_body"])

    def test_a_contact_with_the_same_address_is_taken_over(self, bench: Bench) -> None:
        first = bench.upsert(self.values)

        second = bench.upsert({**self.values, "firstname": "Janet"}, key="b" * 64)

        assert second.remote_id == first.remote_id
        assert [(one.body["firstname"], one.body["pipeline_lead_key"]) for one in bench.records("contacts")] == [
            ("Janet", "b" * 64)
        ]

    def test_an_address_that_is_another_contacts_is_left_to_it(self, bench: Bench) -> None:
        first = bench.upsert(self.values)
        other = bench.upsert({**self.values, "email": "joe@example.com"}, key="b" * 64)

        bench.upsert({**self.values, "firstname": "Joe"}, known=as_known(other))

        assert [(one.id, one.body["firstname"], one.body["email"]) for one in bench.records("contacts")] == [
            (first.remote_id, "Jane", "jane@example.com"),
            (other.remote_id, "Joe", "joe@example.com"),
        ]

    def test_the_lifecycle_stage_of_a_known_contact_stays(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)
        record = bench.records("contacts")[0]
        bench.vendor.store.replace(record, {**record.body, "lifecyclestage": "customer"}, now=record.updated)

        bench.upsert(self.values, known=as_known(receipt))

        assert bench.records("contacts")[0].body["lifecyclestage"] == "customer"
        assert bench.sent[-1].request == {"properties": {k: v for k, v in self.values.items() if k != "lifecyclestage"}}

    def test_the_call_hangs_on_the_contact(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)
        entry = bench.log(receipt)

        linked = bench.vendor.store.under(
            bench.records("contacts")[0].account, "association", f"contacts/{receipt.remote_id}/calls"
        )
        assert [link.body["to"] for link in linked] == [entry]

    def test_an_unknown_property_is_named(self, bench: Bench) -> None:
        with pytest.raises(errors.Permanent) as refused:
            bench.upsert({**self.values, "lead_scor": "87"})

        assert refused.value.code == "crm.invalid"
        assert "lead_scor: PROPERTY_DOESNT_EXIST" in refused.value.text

    def test_a_key_property_that_is_not_unique_parks_the_connection(self, bench: Bench) -> None:
        account = bench.vendor.store.all("property")[0].account
        [own] = [
            one
            for one in bench.vendor.store.under(account, "property", "contacts")
            if one.id.endswith("/pipeline_lead_key")
        ]
        bench.vendor.store.replace(own, {**own.body, "hasUniqueValue": False}, now=own.updated)

        with pytest.raises(errors.Parked) as refused:
            bench.provider.prepare()

        assert refused.value.code == "crm.setup"

    @pytest.mark.parametrize(
        ("shape", "kind", "code", "wait"),
        [
            ("rate_search", errors.RateLimited, "crm.rate_limited", 1),
            ("missing_scopes", errors.Parked, "crm.forbidden", None),
            ("locked", errors.Transient, "crm.unavailable", 2),
            ("migrating", errors.Transient, "crm.unavailable", 60),
            ("edge_html", errors.Transient, "crm.unavailable", None),
            ("invalid_email", errors.Permanent, "crm.invalid", None),
            ("invalid_option", errors.Permanent, "crm.invalid", None),
            ("id_property_not_unique", errors.Permanent, "crm.invalid", None),
            ("upsert_multi_status", errors.Permanent, "crm.invalid", None),
            ("auth_expired", errors.Parked, "crm.unauthorized", None),
        ],
    )
    def test_each_of_its_refusals_has_its_kind(
        self, bench: Bench, shape: str, kind: type[errors.StepError], code: str, wait: float | None
    ) -> None:
        bench.vendor.script.add(Fault(shape=shape))

        with pytest.raises(kind) as refused:
            bench.upsert(self.values)

        assert (refused.value.code, refused.value.wait) == (code, wait)
