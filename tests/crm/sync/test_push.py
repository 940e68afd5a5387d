"""A call's way into the CRMs: in order, once, by the rule; on Postgres, over HTTP to the sandboxes."""

import dataclasses
import urllib.request

import pytest
from django.db import OperationalError

from calls.models import Call
from crm.models import CrmConnection, Exchange, LeadSync, LoggedCall
from crm.sync import connect, intents
from pipeline.sandbox.faults import Fault
from pipeline.sandbox.store import account_of
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import Step
from tenants.models import Tenant
from tenants.scope import scope
from tests.crm.sync import sandboxes
from tests.crm.sync.pushing import age_intents, choose, push, run_due
from tests.crm.sync.sandboxes import ACCOUNTS, ENTRIES, PERSONS, Sandboxes, add_call

pytestmark = pytest.mark.django_db
ALL = ["hubspot", "salesforce", "pipedrive"]
ONCE = [
    ("hubspot", "/calls"),
    ("salesforce", "/sobjects/Task"),
    ("pipedrive", "/v1/notes"),
    ("pipedrive", "/api/v2/persons"),
]
"""Writes that make something anew each time they are sent."""


def steps(tenant: Tenant) -> list[tuple[str, str, str]]:
    return list(Step.objects.filter(tenant=tenant).order_by("pk").values_list("target", "state", "code"))


def outcomes(tenant: Tenant) -> list[tuple[str, str]]:
    with scope(tenant):
        return list(Attempt.objects.order_by("pk").values_list("outcome", "code"))


def test_a_lead_goes_to_the_three_in_order_with_the_primarys_id(connected: Tenant, crms: Sandboxes) -> None:
    call = add_call(connected)

    push(connected, call.pk)

    [contact], [lead], [person] = (crms[slug].persons() for slug in ALL)
    field = sandboxes.connection(connected, "pipedrive").config["field.pipeline_primary_id"]
    assert list(dict.fromkeys(crms.writes())) == ALL
    assert "pipeline_primary_id" not in contact.body
    assert lead.body["Pipeline_Primary_Id__c"] == contact.id
    assert person.body["custom_fields"][field] == contact.id
    assert steps(connected) == [(slug, "done", "") for slug in ALL]
    assert [len(crms[slug].entries()) for slug in ALL] == [1, 1, 1]


def test_what_is_stored_of_it_leads_back_to_the_records(connected: Tenant, crms: Sandboxes) -> None:
    call = add_call(connected)

    push(connected, call.pk)

    with scope(connected):
        syncs = {sync.crm: sync for sync in LeadSync.objects.all()}
        logged = dict(LoggedCall.objects.values_list("crm", "remote_id"))
    assert {slug: sync.remote_id for slug, sync in syncs.items()} == {s: crms[s].persons()[0].id for s in ALL}
    assert logged == {slug: crms[slug].entries()[0].id for slug in ALL}
    assert [sync.intent_at for sync in syncs.values()] == [None, None, None]
    for crm, path in (
        ("hubspot", "/record/0-1/{}"),
        ("salesforce", "/lightning/r/Lead/{}/view"),
        ("pipedrive", "/person/{}"),
    ):
        url = syncs[crm].remote_url
        assert url.startswith(crms[crm].server.url + "/")
        assert url.endswith(path.format(syncs[crm].remote_id))
        page = urllib.request.urlopen(url, timeout=5).read().decode()
        assert syncs[crm].remote_id in page
        assert f"nothing was sent to {crm}" in page


def test_the_default_mappings_carry_contact_score_and_source(connected: Tenant, crms: Sandboxes) -> None:
    push(connected, add_call(connected).pk)

    assert crms["hubspot"].persons()[0].body == {
        "lastname": "Doe",
        "firstname": "Jane",
        "email": "jane0147@example.com",
        "phone": "+15125550147",
        "lifecyclestage": "lead",
        "pipeline_lead_key": f"{15125550147:064x}",
        "pipeline_lead_score": "87",
        "pipeline_lead_band": "hot",
        "pipeline_source": "Google Ads",
        "pipeline_medium": "cpc",
        "pipeline_campaign": "Kitchens",
        "pipeline_gclid": "gclid-1",
    }


def test_a_source_that_would_be_a_formula_reaches_the_crm_as_text(connected: Tenant, crms: Sandboxes) -> None:
    call = add_call(connected)
    with scope(connected):
        Call.objects.filter(pk=call.pk).update(marketing_source="=cmd()", campaign="+roof +repair", medium="@x")

    push(connected, call.pk)

    body = crms["hubspot"].persons()[0].body
    assert [body[f"pipeline_{name}"] for name in ("source", "campaign", "medium")] == [
        "'=cmd()",
        "'+roof +repair",
        "'@x",
    ]
    assert body["phone"] == "+15125550147"


def test_a_persons_second_call_updates_the_record_and_is_logged_beside_the_first(
    connected: Tenant, crms: Sandboxes
) -> None:
    for call in (add_call(connected, "CAL1"), add_call(connected, "CAL2", score=40)):
        push(connected, call.pk)

    assert [len(crms[slug].persons()) for slug in ALL] == [1, 1, 1]
    assert [len(crms[slug].entries()) for slug in ALL] == [2, 2, 2]
    assert crms["hubspot"].persons()[0].body["pipeline_lead_score"] == "40"


def test_a_call_that_is_pushed_again_is_not_logged_again(connected: Tenant, crms: Sandboxes) -> None:
    call = add_call(connected)

    push(connected, call.pk)
    push(connected, call.pk)

    assert [len(crms[slug].persons()) for slug in ALL] == [1, 1, 1]
    assert [len(crms[slug].entries()) for slug in ALL] == [1, 1, 1]


def test_the_tenants_own_order_counts(connected: Tenant, crms: Sandboxes) -> None:
    choose(connected, sync_order=["pipedrive", "hubspot"])
    call = add_call(connected)

    push(connected, call.pk, "pipedrive")

    assert list(dict.fromkeys(crms.writes())) == ["pipedrive", "hubspot"]
    assert crms["hubspot"].persons()[0].body["pipeline_primary_id"] == crms["pipedrive"].persons()[0].id


@pytest.mark.parametrize("slug", ALL)
@pytest.mark.parametrize("what", ["person", "entry"])
def test_a_lost_answer_leaves_one_record_and_one_entry(
    connected: Tenant, crms: Sandboxes, slug: str, what: str
) -> None:
    paths = {
        "hubspot": {"person": "/batch/upsert", "entry": "/calls$"},
        "salesforce": {"person": "/sobjects/Lead/", "entry": "/sobjects/Task"},
        "pipedrive": {"person": "/persons$", "entry": "/notes$"},
    }
    writes = "PATCH" if (slug, what) == ("salesforce", "person") else "POST"
    crms[slug].vendor.script.add(Fault(lose="answer", method=writes, path=paths[slug][what]))
    call = add_call(connected)

    push(connected, call.pk, rounds=ALL.index(slug) + 1)
    age_intents(connected)
    run_due(connected)

    assert [len(crms[one].persons()) for one in ALL] == [1, 1, 1]
    assert [len(crms[one].entries()) for one in ALL] == [1, 1, 1]
    assert ("retry", "crm.no_answer") in outcomes(connected)


@pytest.mark.parametrize(("slug", "path"), ONCE)
def test_each_write_without_an_answer_is_waited_for_before_the_next(
    connected: Tenant, crms: Sandboxes, slug: str, path: str
) -> None:
    choose(connected, sync_order=[slug])
    lost = Fault(lose="request", method="POST", path=f"{path}$")
    crms[slug].vendor.script.add(lost)
    push(connected, add_call(connected).pk, slug, rounds=1)
    age_intents(connected)
    crms[slug].vendor.script.add(dataclasses.replace(lost, times=1))

    run_due(connected, rounds=2)
    asked = len([line for seen, line in crms.seen if seen == slug and line.startswith("POST") and line.endswith(path)])
    age_intents(connected)
    run_due(connected)

    assert asked == 2
    codes = [code for _, code in outcomes(connected)]
    assert codes == ["crm.no_answer", "crm.no_answer", "crm.not_visible_yet", ""]
    made = crms[slug].made()
    assert (made[PERSONS[slug]], made[ENTRIES[slug]]) == (1, 1)


def test_a_refusal_that_is_certain_leaves_no_doubt_behind(connected: Tenant, crms: Sandboxes) -> None:
    crms["hubspot"].vendor.script.add(Fault(shape="rate_burst", path="/batch/upsert"))
    push(connected, add_call(connected).pk, rounds=1)

    with scope(connected):
        assert [sync.intent_at for sync in LeadSync.objects.all()] == [None]
    assert steps(connected) == [("hubspot", "waiting", "crm.rate_limited")]


def test_an_earlier_doubt_outlives_a_refusal(connected: Tenant, crms: Sandboxes) -> None:
    crms["pipedrive"].vendor.script.add(Fault(lose="answer", method="POST", path="/persons$"))
    crms["pipedrive"].vendor.script.add(Fault(shape="rate_burst", path="/persons/search", times=2))
    choose(connected, sync_order=["pipedrive"])
    call = add_call(connected)

    push(connected, call.pk, "pipedrive", rounds=1)
    run_due(connected)

    assert len(crms["pipedrive"].persons()) == 1
    assert steps(connected) == [("pipedrive", "done", "")]


def test_a_refusal_does_not_make_an_earlier_doubt_older_or_younger(connected: Tenant, crms: Sandboxes) -> None:
    choose(connected, sync_order=["hubspot"])
    crms["hubspot"].vendor.script.add(Fault(lose="answer", method="POST", path="/calls$"))
    push(connected, add_call(connected).pk, rounds=1)
    with scope(connected):
        before = LoggedCall.objects.values("intent_at", "sent_at").get()

    crms["hubspot"].vendor.script.add(Fault(shape="rate_burst", path="/associations/calls$"))
    run_due(connected, rounds=1)

    with scope(connected):
        assert LoggedCall.objects.values("intent_at", "sent_at").get() == before
    assert all(before.values())


@pytest.mark.parametrize("number", ["NaN", "1e999"])
def test_an_answer_that_json_does_not_know_is_history_like_any_other(
    connected: Tenant, crms: Sandboxes, number: str
) -> None:
    choose(connected, sync_order=["hubspot"])
    answer = f'{{"id": "77", "properties": {{"x": {number}}}}}'
    crms["hubspot"].vendor.script.add(Fault(status=201, body=answer, method="POST", path="/calls$"))

    push(connected, add_call(connected).pk)

    assert steps(connected) == [("hubspot", "done", "")]


@pytest.mark.parametrize("bad", ["\\u0000", "\\ud800"])
def test_a_refusal_with_what_postgres_cant_store_ends_with_its_own_reason(
    connected: Tenant, crms: Sandboxes, bad: str
) -> None:
    refusal = f'{{"status": "error", "message": "Property {bad} was not valid", "category": "VALIDATION_ERROR"}}'
    crms["hubspot"].vendor.script.add(Fault(status=400, body=refusal, method="POST", path="/calls$"))

    push(connected, add_call(connected).pk, rounds=1)

    assert steps(connected) == [("hubspot", "dead", "crm.invalid")]


@pytest.mark.parametrize(
    ("wanted", "went"),
    [
        (["hubspot", "pipedrive"], [("salesforce", "skipped", "sync.not_in_order"), ("pipedrive", "done", "")]),
        (["salesforce", "pipedrive", "hubspot"], [("salesforce", "done", ""), ("pipedrive", "done", "")]),
        (["pipedrive", "hubspot", "salesforce"], [("salesforce", "done", ""), ("pipedrive", "done", "")]),
        (["hubspot"], [("salesforce", "skipped", "sync.not_in_order")]),
    ],
)
def test_a_call_under_way_when_the_order_changes_misses_no_crm_of_it(
    connected: Tenant, crms: Sandboxes, wanted: list[str], went: list[tuple[str, str, str]]
) -> None:
    choose(connected, sync_delay=600)
    push(connected, add_call(connected).pk, rounds=1)

    choose(connected, sync_order=wanted)
    run_due(connected)

    assert steps(connected) == [("hubspot", "done", ""), *went]


def test_what_was_sent_is_kept_when_the_end_of_its_step_is_refused(
    connected: Tenant, crms: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(connected, sync_order=["hubspot"])

    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("deadlock detected")

    monkeypatch.setattr(intents, "keep_call", refuse)
    push(connected, add_call(connected).pk, rounds=1)

    with scope(connected):
        last = Exchange.objects.order_by("-pk")[0]
    assert (last.method, last.path.rpartition("/")[2], last.status) == ("POST", "calls", 201)
    assert steps(connected) == [("hubspot", "waiting", "internal")]


@pytest.mark.parametrize(
    ("kind", "code"),
    [("spam", "sync.rule.spam"), ("vendor", "sync.rule.vendor"), ("wrong_number", "sync.rule.wrong_number")],
)
def test_the_default_rule_keeps_these_callers_back(connected: Tenant, crms: Sandboxes, kind: str, code: str) -> None:
    push(connected, add_call(connected, kind=kind).pk)

    assert steps(connected) == [("hubspot", "skipped", code)]
    assert crms.writes() == []


@pytest.mark.parametrize("kind", ["lead", "voicemail", "existing_customer"])
def test_the_default_rule_takes_these_callers(connected: Tenant, crms: Sandboxes, kind: str) -> None:
    push(connected, add_call(connected, kind=kind).pk)

    assert steps(connected) == [(slug, "done", "") for slug in ALL]


def test_without_a_connection_the_call_is_skipped_with_the_reason(cedar: Tenant, crms: Sandboxes) -> None:
    push(cedar, add_call(cedar).pk, "")

    assert steps(cedar) == [("", "skipped", "sync.no_connection")]


def test_a_crm_that_was_taken_off_meanwhile_does_not_hold_up_the_others(connected: Tenant, crms: Sandboxes) -> None:
    call = add_call(connected)
    with scope(connected):
        CrmConnection.objects.filter(slug="hubspot").update(state="OFF")

    push(connected, call.pk)

    assert steps(connected) == [
        ("hubspot", "skipped", "sync.disconnected"),
        ("salesforce", "done", ""),
        ("pipedrive", "done", ""),
    ]


def test_refused_credentials_park_every_call_without_asking_again_until_they_are_renewed(
    connected: Tenant, crms: Sandboxes
) -> None:
    crms["hubspot"].vendor.refused.add(account_of(ACCOUNTS["hubspot"]))
    calls = [add_call(connected, f"CAL{n}", phone=f"+1512555014{n}") for n in range(2)]
    for call in calls:
        push(connected, call.pk)
    asked = len([line for slug, line in crms.seen if slug == "hubspot"])
    broken = sandboxes.connection(connected, "hubspot")

    crms["hubspot"].vendor.refused.clear()
    with scope(connected):
        connect.save("hubspot", {"access_token": ACCOUNTS["hubspot"]})
    run_due(connected)

    assert asked == 1
    assert broken.state == "NEEDS_ATTENTION"
    assert broken.reason.startswith("HubSpot API key invalid")
    assert [len(crms[slug].persons()) for slug in ALL] == [2, 2, 2]
    assert sandboxes.connection(connected, "hubspot").state == "ACTIVE"


def test_each_request_is_kept_with_its_answer_and_without_secrets(connected: Tenant, crms: Sandboxes) -> None:
    crms["hubspot"].vendor.script.add(Fault(status=503, body="<html>down", content_type="text/html", path="/calls$"))
    call = add_call(connected)

    push(connected, call.pk, rounds=1)

    with scope(connected):
        kept = list(Exchange.objects.filter(crm="hubspot").order_by("pk"))
    upsert = next(one for one in kept if one.path.endswith("/batch/upsert"))
    assert [(one.status, one.answer) for one in kept[-1:]] == [(503, "<html>down")]
    assert (upsert.request or {})["inputs"][0]["properties"]["phone"] == "***0147"
    assert (upsert.answer or {})["results"][0]["id"] == crms["hubspot"].persons()[0].id
    assert not any(secret in repr([vars(one) for one in kept]) for secret in ACCOUNTS.values())


def test_the_setting_up_of_a_crm_happens_once(connected: Tenant, crms: Sandboxes) -> None:
    for number in range(2):
        push(connected, add_call(connected, f"CAL{number}", phone=f"+1512555014{number}").pk)

    made = [line for slug, line in crms.seen if "personFields" in line and line.startswith("POST")]
    assert len(made) == 10
    assert all(sandboxes.connection(connected, slug).prepared_at for slug in ALL)


def test_another_tenants_connections_are_not_used(connected: Tenant, birch: Tenant, crms: Sandboxes) -> None:
    push(birch, add_call(birch).pk)

    assert steps(birch) == [("hubspot", "skipped", "sync.disconnected")]
    assert crms.writes() == []
