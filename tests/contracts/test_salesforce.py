"""Salesforce keeps what every CRM connector promises."""

from collections.abc import Mapping
from typing import Any

import pytest

from crm.sync import registry
from crm.sync.providers import salesforce
from pipeline import errors
from pipeline.sandbox.faults import Fault
from tests.contracts.crm import Bench, CrmContract, as_known


@pytest.fixture(autouse=True)
def _no_kept_sessions() -> None:
    salesforce._sessions.clear()


class TestSalesforce(CrmContract):
    slug = "salesforce"
    credentials = {"client_id": "3MVG9key", "client_secret": "s3cret-s3cret"}
    options = {"domain": "acme"}
    person, entry = "Lead", "Task"
    values = {
        "FirstName": "Jane",
        "LastName": "Doe",
        "Company": "Jane Doe",
        "Email": "jane@example.com",
        "Phone": "+15125550147",
        "Pipeline_Lead_Score__c": "87",
        "DoNotCall": "true",
    }
    name_field, if_new_field = "LastName", "Company"
    create = ("PATCH", "/sobjects/Lead/")
    log = ("POST", "/sobjects/Task")
    rate_shape, rate_wait, quota_shape = "concurrent_limit", 5, "request_limit"
    required_field = "Company"
    unauthorized_text = "INVALID_LOGIN: Invalid username, password, security token"

    def entry_text(self, body: Mapping[str, Any]) -> str:
        return str(body["Description"])

    def test_numbers_and_yes_and_no_have_their_types(self, bench: Bench) -> None:
        bench.upsert(self.values)

        body = bench.records("Lead")[0].body
        assert (body["Pipeline_Lead_Score__c"], body["DoNotCall"]) == (87, True)

    @pytest.mark.parametrize("domain", ["evil.com\\", "evil.example.com", "x y", "..", "acme@evil", ""])
    def test_only_salesforces_own_hosts_are_reached(self, bench: Bench, domain: str) -> None:
        with pytest.raises(errors.Parked) as refused:
            registry.make("salesforce", bench.config | {"domain": domain, "base_url": ""}, observe=bench.sent.append)

        assert refused.value.code == "crm.setup"

    @pytest.mark.parametrize(
        "domain",
        ["acme", "https://acme.my.salesforce.com/", "Acme--UAT.sandbox", "acme-dev-ed.develop.my.salesforce.com"],
    )
    def test_my_domain_is_taken_as_people_copy_it(self, bench: Bench, domain: str) -> None:
        registry.make(
            "salesforce", bench.config | {"domain": domain, "base_url": ""}, observe=bench.sent.append
        ).close()

    def test_a_session_that_ended_is_renewed_once(self, bench: Bench) -> None:
        bench.upsert(self.values)
        bench.vendor.script.add(Fault(shape="session_expired", path="/sobjects/"))
        bench.sent.clear()

        bench.upsert(self.values)

        assert [(one.method, one.status) for one in bench.sent] == [("PATCH", 401), ("POST", 200), ("PATCH", 200)]

    def test_a_session_that_never_holds_parks_without_signing_in_for_ever(self, bench: Bench) -> None:
        bench.upsert(self.values)
        bench.vendor.script.add(Fault(shape="session_expired", path="/sobjects/", times=100))
        bench.sent.clear()

        with pytest.raises(errors.Parked) as refused:
            bench.upsert(self.values)

        assert refused.value.code == "crm.unauthorized"
        assert [one.status for one in bench.sent] == [401, 200, 401]

    def test_a_session_serves_many_connectors(self, bench: Bench) -> None:
        bench.upsert(self.values)
        bench.sent.clear()

        registry.make("salesforce", bench.config, observe=bench.sent.append).upsert_lead(
            key="b" * 64, values=self.values, if_new={}, known=as_known(bench.kept[0]), earlier=None, keep=print
        )

        assert [one.method for one in bench.sent] == ["PATCH"]

    def test_user_name_password_and_security_token_sign_in(self, bench: Bench) -> None:
        config = {name: value for name, value in bench.config.items() if not name.startswith("client")}
        config |= {"username": "jane@acme.com", "password": "pass&word", "security_token": "tok"}

        assert registry.make("salesforce", config, observe=bench.sent.append).verify().startswith("Salesforce Org")
        with pytest.raises(errors.Parked) as refused:
            registry.make("salesforce", config | {"password": "wrong"}, observe=bench.sent.append).verify()

        assert refused.value.text.startswith("INVALID_LOGIN: Invalid username, password, security token")
        assert "pass&word" not in repr(bench.sent)
        assert "pass&amp;word" not in repr(bench.sent)

    @pytest.mark.parametrize(
        ("shape", "words"),
        [
            ("soap_disabled", "Sign-in by password is off in this org"),
            ("soap_retired_version", "External Client App"),
            ("soap_invalid_login", "or user locked out. Reset the security token"),
            ("oauth_bad_client", "client identifier invalid"),
            ("oauth_no_run_as_user", "no client credentials user enabled"),
            ("oauth_no_description", "INVALID_LOGIN"),
        ],
    )
    def test_each_refusal_of_a_sign_in_says_what_to_do(self, bench: Bench, shape: str, words: str) -> None:
        salesforce._sessions.clear()
        bench.vendor.script.add(Fault(shape=shape, path="/services/(oauth2|Soap)"))
        config = bench.config
        if shape.startswith("soap"):
            config = config | {"client_id": "", "username": "jane@acme.com", "password": "p", "security_token": "t"}

        with pytest.raises(errors.Parked) as refused:
            registry.make("salesforce", config, observe=bench.sent.append).verify()

        assert refused.value.code == "crm.unauthorized"
        assert words in refused.value.text

    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (503, {}, "application/json"),
            (500, {"error": "unknown_error", "error_description": "retry your request"}, "application/json"),
            (502, "<html>Bad gateway</html>", "text/html"),
            (200, "<html>Maintenance</html>", "text/html"),
            (200, {}, "application/json"),
        ],
    )
    @pytest.mark.parametrize("way", ["oauth2", "Soap"])
    def test_a_sign_in_that_fails_for_no_fault_of_the_credentials_is_repeated(
        self, bench: Bench, way: str, status: int, body: object, kind: str
    ) -> None:
        salesforce._sessions.clear()
        bench.vendor.script.add(Fault(status=status, body=body, content_type=kind, path=f"/services/{way}"))
        config = bench.config
        if way == "Soap":
            config = config | {"client_id": "", "username": "jane@acme.com", "password": "p", "security_token": "t"}

        with pytest.raises(errors.Transient) as failed:
            registry.make("salesforce", config, observe=bench.sent.append).verify()

        assert failed.value.code == "crm.unavailable"

    def test_a_sign_in_without_an_answer_is_simply_repeated(self, bench: Bench) -> None:
        salesforce._sessions.clear()
        bench.vendor.script.add(Fault(lose="request", path="/services/oauth2"))

        with pytest.raises(errors.Transient) as refused:
            bench.upsert(self.values)

        assert refused.value.code == "crm.unavailable"

    def test_a_duplicate_rule_names_the_lead_and_an_alert_can_be_overruled(self, bench: Bench) -> None:
        first = bench.upsert(self.values)
        bench.vendor.knobs["duplicate_field"] = "Email"

        with pytest.raises(errors.Permanent) as refused:
            bench.upsert(self.values, key="b" * 64)
        config = bench.config | {"allow_save_on_duplicate_rule_warning": "true"}
        overruling = registry.make("salesforce", config, observe=bench.sent.append)
        overruling.upsert_lead(
            key="b" * 64, values=self.values, if_new={}, known=as_known(bench.kept[0]), earlier=None, keep=print
        )

        assert refused.value.code == "crm.duplicate"
        assert refused.value.text.startswith(f"Duplicate rule violation: it matches {first.remote_id}")

    def test_an_org_without_the_key_field_is_told_what_to_make(self, bench: Bench) -> None:
        bench.vendor.knobs["absent"] = ["Pipeline_Lead_Key__c"]

        with pytest.raises(errors.Parked) as refused:
            bench.provider.prepare()

        assert refused.value.code == "crm.setup"
        assert "Pipeline_Lead_Key__c (Text 64, External ID, Unique" in refused.value.text

    @pytest.mark.parametrize(
        ("shape", "kind", "code", "wait"),
        [
            ("duplicates_detected", errors.Permanent, "crm.duplicate", None),
            ("duplicates_detected_bare", errors.Permanent, "crm.duplicate", None),
            ("duplicate_value", errors.Permanent, "crm.duplicate", None),
            ("external_id_many", errors.Permanent, "crm.duplicate", None),
            ("validation_rule", errors.Permanent, "crm.invalid", None),
            ("bad_external_id_field", errors.Permanent, "crm.invalid", None),
            ("retired_version", errors.Permanent, "crm.invalid", None),
            ("row_lock", errors.Transient, "crm.unavailable", 5),
            ("unavailable_html", errors.Transient, "crm.unavailable", None),
        ],
    )
    def test_each_of_its_refusals_has_its_kind(
        self, bench: Bench, shape: str, kind: type[errors.StepError], code: str, wait: float | None
    ) -> None:
        bench.vendor.script.add(Fault(shape=shape, path="/sobjects/"))

        with pytest.raises(kind) as refused:
            bench.upsert(self.values)

        assert (refused.value.code, refused.value.wait) == (code, wait)
