"""What every CRM connector promises, shown over HTTP against the vendor's sandbox; test_<crm>.py run it."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from crm.sync import registry, wire
from crm.sync.provider import CallLog, CrmProvider, Earlier, Known, Receipt, Sent
from pipeline import errors
from pipeline.sandbox import servers
from pipeline.sandbox.faults import Fault
from pipeline.sandbox.server import Server
from pipeline.sandbox.store import Record, account_of
from pipeline.sandbox.vendor import VIOLATION, Vendor

KEY = "a" * 64
CALL = CallLog(
    key="c" * 40,
    title="Inbound call, Jane Doe: lead score 87 (hot)",
    body='Wants her <b>kitchen</b> "remodelled" & more.\nCall: CAL1',
    started_at_ms=1_764_000_000_000,
    duration_seconds=95,
    phone="+15125550147",
    direction="inbound",
)
LONG_AGO = Earlier(first_ago=3600, last_ago=3600)


@dataclasses.dataclass
class Bench:
    """A sandbox and a connector of one account in it."""

    vendor: Vendor
    provider: CrmProvider
    config: dict[str, str]
    sent: list[Sent]
    kept: list[Receipt] = dataclasses.field(default_factory=list)

    def upsert(
        self,
        values: Mapping[str, str],
        *,
        if_new: Mapping[str, str] | None = None,
        key: str = KEY,
        known: Known | None = None,
        earlier: Earlier | None = None,
    ) -> Receipt:
        receipt = self.provider.upsert_lead(
            key=key,
            values=values,
            if_new=if_new or {},
            known=known or Known(),
            earlier=earlier,
            keep=self.kept.append,
        )
        self.kept.append(receipt)
        return receipt

    def log(self, receipt: Receipt, call: CallLog = CALL, *, earlier: Earlier | None = None) -> str:
        return self.provider.log_call(known=as_known(receipt), call=call, earlier=earlier)

    def last_known(self) -> Known:
        """Return what the stage would have committed of an attempt that broke off."""
        return as_known(self.kept[-1]) if self.kept else Known()

    def records(self, kind: str) -> list[Record]:
        return self.vendor.store.all(kind, account_of(next(iter(self.config.values()))))


def as_known(receipt: Receipt) -> Known:
    return Known(receipt.remote_id, receipt.parts)


class CrmContract:
    """Subclassed once a CRM; the class says how this vendor is reached and how it refuses."""

    slug: ClassVar[str]
    credentials: ClassVar[dict[str, str]]
    """The first one names the account; all others, and that one if it is the only one, are secrets."""
    options: ClassVar[dict[str, str]] = {}
    person: ClassVar[str]
    entry: ClassVar[str]
    """The sandbox's kinds of a person's record and of a logged call."""
    values: ClassVar[dict[str, str]]
    """A lead as the mapping gives it, complete."""
    name_field: ClassVar[str]
    if_new_field: ClassVar[str]
    """A field that may be left to what is written on creation only."""
    create: ClassVar[tuple[str, str]]
    """Method and path of the request that makes a person's record."""
    log: ClassVar[tuple[str, str]]
    rate_shape: ClassVar[str]
    rate_wait: ClassVar[float]
    quota_shape: ClassVar[str]
    required_field: ClassVar[str]
    unauthorized_text: ClassVar[str]

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        vendor = servers.VENDORS[self.slug](tmp_path)
        server = Server(vendor.respond).start()
        config = {
            **self.credentials,
            **self.options,
            "base_url": server.url,
            "version": {"hubspot": "2026-09", "salesforce": "66.0"}.get(self.slug, ""),
            "private_hosts": server.host,
        }
        sent: list[Sent] = []
        first = registry.make(self.slug, config, observe=sent.append)
        config |= first.prepare()
        first.close()
        provider = registry.make(self.slug, config, observe=sent.append)
        yield Bench(vendor, provider, config, sent)
        assert [record.body for record in vendor.store.all(VIOLATION)] == []
        provider.close()
        server.stop()
        vendor.close()

    # --- never twice --------------------------------------------------------------------------------

    def test_the_same_key_twice_is_one_record_that_is_updated(self, bench: Bench) -> None:
        first = bench.upsert(self.values)
        second = bench.upsert({**self.values, self.name_field: "Changed"})

        assert (first.created, second.created) == (True, False)
        assert first.remote_id == second.remote_id
        assert [record.body[self.name_field] for record in bench.records(self.person)] == ["Changed"]

    def test_a_known_record_is_updated_without_being_looked_for(self, bench: Bench) -> None:
        first = bench.upsert(self.values)

        second = bench.upsert({self.name_field: "Changed"}, known=as_known(first))

        assert dataclasses.replace(first, created=False) == second
        assert [record.body[self.name_field] for record in bench.records(self.person)] == ["Changed"]

    def test_two_keys_are_two_records(self, bench: Bench) -> None:
        other = {name: value for name, value in self.values.items() if "mail" not in name.lower()}

        ids = {bench.upsert(self.values).remote_id, bench.upsert(other, key="b" * 64).remote_id}

        assert {record.id for record in bench.records(self.person)} == ids
        assert len(ids) == 2

    @pytest.mark.parametrize("lost", ["answer", "request"])
    def test_no_answer_to_the_create_makes_no_twin(self, bench: Bench, lost: str) -> None:
        method, path = self.create
        bench.vendor.script.add(Fault(lose=lost, method=method, path=path))

        with pytest.raises(errors.OutcomeUnknown) as refused:
            bench.upsert(self.values)
        receipt = bench.upsert(self.values, known=bench.last_known(), earlier=LONG_AGO)

        assert refused.value.code == "crm.no_answer"
        assert [record.id for record in bench.records(self.person)] == [receipt.remote_id]

    @pytest.mark.parametrize("lost", ["answer", "request"])
    def test_no_answer_to_the_call_log_makes_no_twin(self, bench: Bench, lost: str) -> None:
        receipt = bench.upsert(self.values)
        method, path = self.log
        bench.vendor.script.add(Fault(lose=lost, method=method, path=path))

        with pytest.raises(errors.OutcomeUnknown):
            bench.log(receipt)
        entry = bench.log(receipt, earlier=LONG_AGO)

        assert [record.id for record in bench.records(self.entry)] == [entry]

    def test_an_entry_that_is_not_listed_yet_is_waited_for_and_not_made_again(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)
        method, path = self.log
        bench.vendor.script.add(Fault(lose="answer", method=method, path=path))
        with pytest.raises(errors.OutcomeUnknown):
            bench.log(receipt)

        bench.vendor.knobs["entry_lag"] = 600
        with pytest.raises(errors.Transient) as early:
            bench.log(receipt, earlier=Earlier(60, 5))
        bench.vendor.knobs["entry_lag"] = 0
        entry = bench.log(receipt, earlier=Earlier(60, 6))

        assert (early.value.code, early.value.wait) == ("crm.not_visible_yet", wire.SETTLE_SECONDS - 5)
        assert [record.id for record in bench.records(self.entry)] == [entry]

    def test_an_entry_that_never_came_is_made_once_the_first_request_must_have_ended(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)

        with pytest.raises(errors.Transient):
            bench.log(receipt, earlier=Earlier(99, wire.SETTLE_SECONDS - 1))
        entry = bench.log(receipt, earlier=Earlier(99, wire.SETTLE_SECONDS + 1))

        assert [record.id for record in bench.records(self.entry)] == [entry]

    @pytest.mark.parametrize("status", [502, 408, 425])
    def test_a_refusal_that_is_about_the_moment_may_have_stored_the_call_log(self, bench: Bench, status: int) -> None:
        receipt = bench.upsert(self.values)
        method, path = self.log
        bench.vendor.script.add(Fault(status=status, body="<html>", content_type="text/html", method=method, path=path))

        with pytest.raises(errors.OutcomeUnknown) as refused:
            bench.log(receipt)

        assert refused.value.code == "crm.unavailable"

    def test_429_of_an_edge_costs_no_attempt(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)
        method, path = self.log
        bench.vendor.script.add(Fault(status=429, body="<html>", content_type="text/html", method=method, path=path))

        with pytest.raises(errors.RateLimited) as refused:
            bench.log(receipt)

        assert refused.value.code == "crm.rate_limited"

    def test_two_calls_of_a_person_are_two_entries(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)
        other = dataclasses.replace(CALL, key="d" * 40)

        entries = [bench.log(receipt), bench.log(receipt, other, earlier=LONG_AGO)]

        assert [record.id for record in bench.records(self.entry)] == entries
        assert len(set(entries)) == 2

    def test_a_logged_call_is_found_among_others(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)
        entries = [bench.log(receipt, dataclasses.replace(CALL, key=letter * 40)) for letter in "def"]

        found = bench.log(receipt, dataclasses.replace(CALL, key="e" * 40), earlier=LONG_AGO)

        assert found == entries[1]
        assert len(bench.records(self.entry)) == 3

    def test_a_record_that_was_deleted_is_not_made_again(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)
        bench.vendor.store.remove(bench.records(self.person)[0])

        with pytest.raises(errors.Permanent) as refused:
            bench.upsert(self.values, known=as_known(receipt))

        assert refused.value.code == "crm.record_gone"
        assert receipt.remote_id in refused.value.text
        assert bench.records(self.person) == []

    # --- contents -----------------------------------------------------------------------------------

    def test_what_is_only_for_new_records_is_not_written_later(self, bench: Bench) -> None:
        values = {name: value for name, value in self.values.items() if name != self.if_new_field}
        receipt = bench.upsert(values, if_new={self.if_new_field: self.values[self.if_new_field]})

        bench.upsert(values, if_new={self.if_new_field: "Other"}, known=as_known(receipt))

        assert self.written(bench, self.if_new_field) == self.values[self.if_new_field]

    def test_the_call_is_logged_with_its_words_and_key(self, bench: Bench) -> None:
        bench.log(bench.upsert(self.values))

        text = self.entry_text(bench.records(self.entry)[0].body)
        assert "Wants her" in text
        assert "<b>kitchen" not in text or self.slug == "salesforce"
        assert f"Pipeline call key: {CALL.key}" in text

    def test_the_account_and_its_fields_are_told(self, bench: Bench) -> None:
        fields = {field.name for field in bench.provider.fields()}

        assert bench.provider.verify().lower().startswith(self.slug)
        assert {self.name_field, *self.values} <= fields

    def test_preparing_again_changes_nothing(self, bench: Bench) -> None:
        before = bench.vendor.store.journal()

        assert dict(bench.provider.prepare()).items() <= bench.config.items()
        assert bench.vendor.store.journal() == before

    # --- refusals -----------------------------------------------------------------------------------

    def test_a_rate_limit_waits_as_told(self, bench: Bench) -> None:
        bench.vendor.script.add(Fault(shape=self.rate_shape))

        with pytest.raises(errors.RateLimited) as refused:
            bench.upsert(self.values)

        assert (refused.value.code, refused.value.wait) == ("crm.rate_limited", self.rate_wait)
        assert refused.value.text.startswith("Rate limit exceeded")

    def test_a_spent_quota_waits_for_the_clock(self, bench: Bench) -> None:
        bench.vendor.script.add(Fault(shape=self.quota_shape))

        with pytest.raises(errors.Parked) as refused:
            bench.upsert(self.values)

        assert (refused.value.code, refused.value.wait) == ("crm.quota_spent", 3600)

    def test_refused_credentials_park_and_say_how_to_renew_them(self, bench: Bench) -> None:
        bench.vendor.refused.add(account_of(next(iter(self.credentials.values()))))

        with pytest.raises(errors.Parked) as refused:
            bench.upsert(self.values)

        assert (refused.value.code, refused.value.wait) == ("crm.unauthorized", None)
        assert refused.value.text.startswith(self.unauthorized_text)

    def test_a_required_field_that_is_missing_is_named(self, bench: Bench) -> None:
        self.require(bench)
        values = {name: value for name, value in self.values.items() if name != self.required_field}

        with pytest.raises(errors.Permanent) as refused:
            bench.upsert(values)

        assert refused.value.code == "crm.required_missing"
        assert self.required_field.lower() in refused.value.text.lower()
        assert bench.records(self.person) == []

    def test_a_page_instead_of_an_answer_is_no_success(self, bench: Bench) -> None:
        receipt = bench.upsert(self.values)
        method, path = self.log
        bench.vendor.script.add(Fault(status=200, body="<html>", content_type="text/html", method=method, path=path))

        with pytest.raises(errors.OutcomeUnknown):
            bench.log(receipt)

    def test_a_5xx_is_repeated_until_it_is_over(self, bench: Bench) -> None:
        bench.vendor.script.add(Fault(status=503, body="<html>", content_type="text/html"))

        with pytest.raises(errors.Transient) as refused:
            bench.upsert(self.values)
        bench.upsert(self.values)

        assert refused.value.code == "crm.unavailable"
        assert len(bench.records(self.person)) == 1

    def test_secrets_are_in_no_error_and_in_no_exchange(self, bench: Bench) -> None:
        texts: list[str] = []
        for fault in (Fault(shape=self.rate_shape), Fault(status=500, body={"error": "x"}), Fault(lose="request")):
            bench.vendor.script.add(fault)
            with pytest.raises(errors.StepError) as refused:
                bench.upsert(self.values, earlier=LONG_AGO)
            texts += [repr(refused.value), refused.value.text]
        bench.log(bench.upsert(self.values))
        told = "".join(texts) + repr(bench.sent)

        for secret in list(self.credentials.values())[-1:]:
            assert secret not in told

    # --- how a vendor differs -----------------------------------------------------------------------

    def require(self, bench: Bench) -> None:
        """Make `required_field` required, where it isn't anyway."""

    def written(self, bench: Bench, field: str) -> Any:
        """Return what stands in a field of the one record."""
        return bench.records(self.person)[0].body[field]

    def entry_text(self, body: Mapping[str, Any]) -> str:
        """Return the text of a logged call."""
        raise NotImplementedError
