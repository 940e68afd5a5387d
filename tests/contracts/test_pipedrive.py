"""Pipedrive keeps what every CRM connector promises, though it has no key and refuses no duplicate."""

from collections.abc import Mapping
from typing import Any

import pytest

from crm.sync import registry, wire
from crm.sync.provider import Earlier
from pipeline import errors
from pipeline.sandbox.faults import Fault
from tests.contracts.crm import LONG_AGO, Bench, CrmContract, as_known


class TestPipedrive(CrmContract):
    slug = "pipedrive"
    credentials = {"api_token": "0123456789abcdef0123456789abcdef01234567"}
    options = {"domain": "acme"}
    person, entry = "person", "note"
    values = {
        "name": "Jane Doe",
        "email": "jane@example.com",
        "phone": "+15125550147",
        "title": "Jane Doe: kitchen remodel",
        "pipeline_lead_score": "87",
        "pipeline_source": "Google Ads",
    }
    name_field, if_new_field = "name", "title"
    create = ("POST", "/persons$")
    log = ("POST", "/notes$")
    rate_shape, rate_wait, quota_shape = "rate_burst", 2, "rate_daily"
    required_field = "name"
    unauthorized_text = "Pipedrive API token is invalid"

    def written(self, bench: Bench, field: str) -> Any:
        return bench.records("lead")[0].body[field]

    def entry_text(self, body: Mapping[str, Any]) -> str:
        return str(body["content"])

    def test_a_person_gets_one_lead(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)
        again = bench.upsert(self.values)

        [lead] = bench.records("lead")
        assert (receipt.parts, again.parts) == ({"lead": lead.id}, {"lead": lead.id})
        assert lead.body == {"title": self.values["title"], "person_id": int(receipt.remote_id), "origin_id": "a" * 64}

    @pytest.mark.parametrize("lost", ["answer", "request"])
    def test_no_answer_to_the_lead_makes_no_twin_of_either(self, bench: Bench, lost: str) -> None:
        bench.vendor.script.add(Fault(lose=lost, method="POST", path="/leads$"))

        with pytest.raises(errors.OutcomeUnknown):
            bench.upsert(self.values)
        receipt = bench.upsert(self.values, known=bench.last_known(), earlier=LONG_AGO)

        assert [one.id for one in bench.records("person")] == [receipt.remote_id]
        assert [one.id for one in bench.records("lead")] == [receipt.parts["lead"]]

    def test_a_person_that_search_does_not_see_yet_is_found_in_the_list(self, bench: Bench) -> None:
        bench.vendor.knobs["search_lag"] = 600
        bench.vendor.script.add(Fault(lose="answer", method="POST", path="/persons$"))
        with pytest.raises(errors.OutcomeUnknown):
            bench.upsert(self.values)

        receipt = bench.upsert(self.values, earlier=Earlier(1, 1))

        assert [one.id for one in bench.records("person")] == [receipt.remote_id]

    def test_nothing_is_made_again_before_the_first_request_must_have_ended(self, bench: Bench) -> None:
        with pytest.raises(errors.Transient) as early:
            bench.upsert(self.values, earlier=Earlier(60, 5))
        bench.upsert(self.values, earlier=Earlier(99, wire.SETTLE_SECONDS + 5))

        assert (early.value.code, early.value.wait) == ("crm.not_visible_yet", wire.SETTLE_SECONDS - 5)
        assert len(bench.records("person")) == 1

    def test_numbers_and_addresses_added_in_pipedrive_stay(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)
        record = bench.records("person")[0]
        phones = [{"value": "+15125559999", "primary": True, "label": "mobile"}]
        bench.vendor.store.replace(record, {**record.body, "phones": phones}, now=record.updated)

        bench.upsert(self.values, known=as_known(receipt))

        body = bench.records("person")[0].body
        assert [(one["value"], one["primary"]) for one in body["phones"]] == [
            ("+15125559999", True),
            ("+15125550147", False),
        ]
        assert [one["value"] for one in body["emails"]] == ["jane@example.com"]

    def test_our_fields_are_written_by_the_codes_of_the_account(self, bench: Bench) -> None:
        bench.upsert(self.values)

        custom = bench.records("person")[0].body["custom_fields"]
        assert custom == {
            bench.config["field.pipeline_lead_key"]: "a" * 64,
            bench.config["field.pipeline_lead_score"]: 87,
            bench.config["field.pipeline_source"]: "Google Ads",
        }

    @pytest.mark.parametrize(
        ("shape", "kind", "code", "wait"),
        [
            ("abuse_block", errors.RateLimited, "crm.rate_limited", 300),
            ("payment_required", errors.Parked, "crm.account_full", None),
            ("feature_capping", errors.Parked, "crm.account_full", None),
            ("contact_sync_off", errors.Permanent, "crm.forbidden", None),
            ("validation_v2", errors.Permanent, "crm.invalid", None),
            ("bad_custom_fields_is_500", errors.OutcomeUnknown, "crm.unavailable", None),
        ],
    )
    def test_each_of_its_refusals_has_its_kind(
        self, bench: Bench, shape: str, kind: type[errors.StepError], code: str, wait: float | None
    ) -> None:
        bench.vendor.script.add(Fault(shape=shape, method="POST", path="/persons$"))

        with pytest.raises(kind) as refused:
            bench.upsert(self.values)

        assert (refused.value.code, refused.value.wait) == (code, wait)

    @pytest.mark.parametrize("domain", ["evil.example.com", "acme.pipedrive.com.evil.example", "acme@evil", ""])
    def test_only_pipedrives_own_hosts_are_reached(self, bench: Bench, domain: str) -> None:
        with pytest.raises(errors.Parked) as refused:
            registry.make("pipedrive", bench.config | {"domain": domain, "base_url": ""}, observe=bench.sent.append)

        assert refused.value.code == "crm.setup"
