"""The score stage: the lead behind a call, its contact data, its score, with and without words."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from calls.models import Call
from pipeline.errors import Parked, Permanent
from pipeline.steps.stage import Outcome
from scoring.extraction import extract
from scoring.models import Lead, LeadScore, ScoringProfile
from scoring.score import criteria, rate
from tenants import provisioning
from tenants.models import Tenant
from tenants.scope import scope
from tests.scoring import rows
from tests.scoring.labelled import sales_calls, talk

KITCHEN = next(call for call in sales_calls() if call.id == "call-001")
SHORT = talk("A: hello", "C: this is rosalind i need my gutters cleaned", "A: okay", "C: thanks")


def extracted(tenant: Tenant, call: Call) -> None:
    job = rows.job(tenant, "extraction", call.pk)
    extract.save(job, extract.work(job))


def rated(tenant: Tenant, call: Call) -> LeadScore:
    job = rows.job(tenant, "score", call.pk)
    rate.save(job, rate.work(job))
    return LeadScore.objects.filter(call=call).latest("pk")


def test_a_call_with_words_gets_its_lead_its_score_and_its_contact(in_cedar: Tenant) -> None:
    call = rows.call(caller_name="AUSTIN TX")
    rows.transcript(call, KITCHEN.lines)
    extracted(in_cedar, call)

    made = rated(in_cedar, call)

    assert (made.caller_kind, made.band, made.profile_version, made.below_thresholds) == ("lead", "hot", 0, [])
    assert (made.score, made.extraction_id) == (sum(part["points"] for part in made.parts), call.extractions.get().pk)
    assert [part["name"] for part in made.parts] == list(criteria.PARTS)
    assert made.parts[2] == {
        "name": "budget_indicators",
        "points": 19,
        "most": 20.0,
        "why": "Names a range in dollars.",
        "evidence": [{"utterance": 18, "start": 98.86, "quote": "between forty and fifty thousand"}],
    }
    assert {**made.contact, "project_details": "…"} == {
        "first_name": "Rosalind",
        "last_name": "Okafor",
        "phone": "+15125550134",
        "email": "rosalind.okafor72@gmail.com",
        "stated_phone": "+15125550134",
        "project_type": "kitchen remodel",
        "project_details": "…",
        "timeline": "right after new year's mid january",
        "urgency": "within_3_months",
        "budget_min": 40000,
        "budget_max": 50000,
    }
    lead = made.lead
    assert (lead.first_name, lead.last_name, lead.email, lead.phone) == (
        "Rosalind",
        "Okafor",
        "rosalind.okafor72@gmail.com",
        "+15125550134",
    )
    assert LeadScore.objects.get(call=call).lead_id == lead.pk


def test_the_timeline_shows_score_and_confidence(in_cedar: Tenant) -> None:
    call = rows.call()
    rows.transcript(call, KITCHEN.lines, confidence=None)
    extracted(in_cedar, call)

    outcome = rate.work(rows.job(in_cedar, "score", call.pk))

    assert outcome.summary == f"94, confidence {call.extractions.get().confidence:.2f}"


def test_an_unsure_transcript_makes_an_unsure_score_that_is_never_hot(in_cedar: Tenant) -> None:
    call = rows.call()
    rows.transcript(call, KITCHEN.lines, confidence=0.3)
    extracted(in_cedar, call)

    made = rated(in_cedar, call)

    assert (made.below_thresholds, made.band, made.score) == (["min_confidence_score"], "warm", 94)


@pytest.mark.parametrize(
    ("given", "kind", "band"),
    [
        ({"duration": 0}, "lead", "cold"),
        ({"duration": 240}, "lead", "cold"),
        ({"duration": 240, "direction": "outbound"}, "lead", "not_a_lead"),
        ({"duration": 240, "phone": "", "caller_id": "Restricted"}, "unknown", "not_a_lead"),
    ],
)
def test_a_call_without_words_is_a_lead_to_call_back_if_it_has_a_number(
    in_cedar: Tenant, given: dict[str, Any], kind: str, band: str
) -> None:
    made = rated(in_cedar, rows.call(**given))

    assert (made.caller_kind, made.band, made.extraction) == (kind, band, None)
    assert made.contact["phone"] == given.get("phone", "+15125550134")


def test_a_new_weighting_scores_again_without_reading_again(in_cedar: Tenant) -> None:
    call = rows.call()
    rows.transcript(call, KITCHEN.lines)
    extracted(in_cedar, call)
    before = rated(in_cedar, call)
    config = {**criteria.DEFAULT_CONFIG, "project_intent_weight": 0.2, "budget_indicators_weight": 0.3}
    ScoringProfile.objects.create(version=4, scoring_config=config, quality_thresholds={})

    after = rated(in_cedar, call)

    assert (before.profile_version, after.profile_version) == (0, 4)
    assert [part["most"] for part in after.parts] == [20.0, 25.0, 30.0, 15.0, 10.0]
    assert call.extractions.count() == 1
    assert after.lead == before.lead


def test_calls_from_one_number_are_one_lead_and_withheld_numbers_are_one_each(in_cedar: Tenant) -> None:
    same = [rated(in_cedar, rows.call(name)).lead for name in ("A", "B")]
    withheld = [rated(in_cedar, rows.call(name, phone="")).lead for name in ("C", "D")]

    assert same[0] == same[1]
    assert len({same[0].pk, *(lead.pk for lead in withheld)}) == 3


def test_a_call_keeps_its_lead_when_the_withheld_number_comes_later(in_cedar: Tenant) -> None:
    call = rows.call(phone="")
    first = rated(in_cedar, call)
    Call.objects.filter(pk=call.pk).update(phone="+15125550134")

    second = rated(in_cedar, call)

    assert (second.pk != first.pk, second.lead_id) == (True, first.lead_id)
    assert Lead.objects.get().phone == "+15125550134"


def test_facts_of_a_transcript_that_counts_no_more_are_not_scored(in_cedar: Tenant) -> None:
    call = rows.call()
    transcript = rows.transcript(call, KITCHEN.lines)
    extracted(in_cedar, call)
    transcript.replaced_at = rows.NOW
    transcript.save()

    made = rated(in_cedar, call)

    assert (made.extraction, made.contact["project_type"]) == (None, None)


def test_a_profile_that_makes_no_sense_waits_for_a_person(in_cedar: Tenant) -> None:
    ScoringProfile.objects.create(version=1, scoring_config={"project_intent_weight": 0.9}, quality_thresholds={})

    with pytest.raises(Parked, match=r"The five weights make 160 %") as raised:
        rate.work(rows.job(in_cedar, "score", rows.call().pk))

    assert raised.value.code == "score.bad_profile"


def test_the_lead_key_is_keyed_by_tenant_and_never_holds_the_number(cedar: Tenant, birch: Tenant) -> None:
    keys = {
        rate.lead_key(tenant, phone=phone, external_id="CAL1")
        for tenant in (cedar, birch)
        for phone in ("+15125550134", "+15125550135", "")
    }

    assert len(keys) == 6
    assert all(len(key) == 64 and "5550134" not in key for key in keys)
    assert rate.lead_key(cedar, phone="+15125550134", external_id="X") in keys


def test_a_number_said_in_the_call_does_not_change_who_the_lead_is(in_cedar: Tenant) -> None:
    call = rows.call(phone="+15125550199", caller_id="+15125550199")
    rows.transcript(call, KITCHEN.lines)
    extracted(in_cedar, call)

    lead = rated(in_cedar, call).lead

    assert lead.key == rate.lead_key(in_cedar, phone="+15125550199", external_id="CAL1")
    assert lead.phone == "+15125550199"


def test_a_name_that_was_said_beats_the_networks_and_is_never_lost_to_it(in_cedar: Tenant) -> None:
    first = rows.call("A", caller_name="OKAFOR, R")
    network = rated(in_cedar, first).lead
    name_from_network = (network.first_name, network.last_name)
    said = rows.call("B")
    rows.transcript(said, KITCHEN.lines)
    extracted(in_cedar, said)
    rated(in_cedar, said)
    later = rows.call("C", caller_name="WIRELESS CALLER", caller_email="weak@example.com")

    lead = rated(in_cedar, later).lead

    assert name_from_network[1] == "Okafor"
    assert (lead.first_name, lead.last_name, lead.email) == ("Rosalind", "Okafor", "rosalind.okafor72@gmail.com")


def test_half_a_name_does_not_replace_a_whole_one(in_cedar: Tenant) -> None:
    for name, lines in (("A", KITCHEN.lines), ("B", tuple(SHORT))):
        call = rows.call(name)
        rows.transcript(call, lines)
        extracted(in_cedar, call)
        lead = rated(in_cedar, call).lead

    assert LeadScore.objects.latest("pk").contact["first_name"] == "Rosalind"
    assert (lead.first_name, lead.last_name) == ("Rosalind", "Okafor")


def test_the_sources_own_name_and_address_fill_what_nobody_said(in_cedar: Tenant) -> None:
    made = rated(in_cedar, rows.call(caller_name="Rosalind Okafor", caller_email="r.okafor@example.com"))

    assert (made.contact["first_name"], made.contact["last_name"], made.contact["email"]) == (
        "Rosalind",
        "Okafor",
        "r.okafor@example.com",
    )


def test_an_erased_call_can_not_be_scored(in_cedar: Tenant) -> None:
    with pytest.raises(Permanent) as raised:
        rate.work(rows.job(in_cedar, "score", 404))

    assert raised.value.code == "call.not_found"


def test_only_what_work_made_is_saved(in_cedar: Tenant) -> None:
    call = rows.call()

    with pytest.raises(TypeError):
        rate.save(rows.job(in_cedar, "score", call.pk), Outcome())

    assert LeadScore.objects.count() == 0


def test_two_calls_of_one_person_at_once_are_one_lead(committed: dict[str, Tenant]) -> None:
    tenant = committed["cedar"]
    with scope(tenant):
        calls = [rows.call(f"CAL{number}", caller_email=f"p{number}@example.com") for number in range(6)]
    provisioning.lead_secret(tenant)
    together = threading.Barrier(len(calls))
    failed: list[BaseException] = []

    def save(call: Call) -> None:
        try:
            with scope(tenant):
                job = rows.job(tenant, "score", call.pk)
                outcome = rate.work(job)
                together.wait(timeout=20)
                with transaction.atomic():
                    rate.save(job, outcome)
        except BaseException as error:  # noqa: BLE001  (the thread's failure is the test's)
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with scope(tenant):
        assert failed == []
        assert (Lead.objects.count(), LeadScore.objects.count()) == (1, 6)
