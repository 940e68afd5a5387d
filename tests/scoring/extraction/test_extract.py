"""The extraction stage: which transcript, which analyzer, what is stored, and calls that have nothing to read."""

import pytest
from pytest_django import Settings

from pipeline.errors import Parked, Permanent
from pipeline.steps.stage import Outcome
from scoring.extraction import extract
from scoring.models import Extraction
from tenants import configuration
from tenants.models import Tenant
from tests.scoring import rows
from tests.scoring.labelled import sales_calls, talk

KITCHEN = next(call for call in sales_calls() if call.id == "call-001")


def run(tenant: Tenant, call_id: int) -> Outcome:
    job = rows.job(tenant, "extraction", call_id)
    outcome = extract.work(job)
    extract.save(job, outcome)
    return outcome


def test_the_newest_transcript_is_read_and_its_facts_are_kept_with_their_words(in_cedar: Tenant) -> None:
    call = rows.call()
    rows.transcript(call, talk("A: hello", "C: wrong number sorry"))
    newest = rows.transcript(call, KITCHEN.lines)

    outcome = run(in_cedar, call.pk)

    kept = Extraction.objects.get()
    assert outcome.summary == "9 of 9 facts found"
    assert (kept.call_id, kept.transcript_id, kept.analyzer) == (call.pk, newest.pk, "rules")
    assert (kept.caller_kind, kept.project_intent, kept.do_not_call) == ("lead", True, False)
    assert kept.facts["stated_phone"] == {
        "value": "+15125550134",
        "confidence": 0.95,
        "evidence": [
            {"utterance": 11, "start": 68.75, "quote": "five one two five five five oh one three four"},
            {"utterance": 12, "start": 73.34, "quote": "yes ma'am that's"},
        ],
    }
    assert {name: fact["value"] for name, fact in kept.facts.items()}.items() >= {
        "first_name": "Rosalind",
        "last_name": "Okafor",
        "email": "rosalind.okafor72@gmail.com",
        "project_type": "kitchen remodel",
        "urgency": "within_3_months",
        "budget_min": 40000,
        "budget_max": 50000,
    }.items()
    assert kept.summary == (
        "Rosalind Okafor calls about kitchen remodel, right after new year's mid january, $40,000 to $50,000."
    )


def test_a_recording_of_one_channel_is_read_by_who_says_what(in_cedar: Tenant) -> None:
    call = rows.call()
    said = (
        "U: thank you for calling cedar and stone how can i help you",
        "U: hi i need an estimate on a new deck",
        "U: sure can i get your name",
        "U: paula reyes",
        "U: and what's the best number",
        "U: five one two five five five oh one seven seven",
    )
    rows.transcript(call, talk(*said))

    run(in_cedar, call.pk)

    facts = Extraction.objects.get().facts
    found = {name: facts[name]["value"] for name in ("first_name", "last_name", "stated_phone", "project_type")}
    assert found == {
        "first_name": "Paula",
        "last_name": "Reyes",
        "stated_phone": "+15125550177",
        "project_type": "deck",
    }


@pytest.mark.parametrize(
    ("said", "code"), [(None, "transcript.none"), ((), "transcript.empty"), (("C:    ",), "transcript.empty")]
)
def test_a_call_without_words_is_skipped_with_the_reason(
    in_cedar: Tenant, said: tuple[str, ...] | None, code: str
) -> None:
    call = rows.call()
    if said is not None:
        rows.transcript(call, talk(*said))

    outcome = run(in_cedar, call.pk)

    assert (outcome.skipped, Extraction.objects.count()) == (code, 0)


def test_an_erased_call_can_not_be_read(in_cedar: Tenant) -> None:
    with pytest.raises(Permanent) as raised:
        extract.work(rows.job(in_cedar, "extraction", 404))

    assert raised.value.code == "call.not_found"


def test_the_tenants_analyzer_goes_before_the_installations(in_cedar: Tenant, settings: Settings) -> None:
    settings.ANALYZER = "nobody"
    call = rows.call()
    rows.transcript(call, KITCHEN.lines)

    with pytest.raises(Parked) as raised:
        run(in_cedar, call.pk)
    configuration.change(in_cedar, analyzer="rules")
    configuration._copies.clear()
    run(in_cedar, call.pk)

    assert (raised.value.code, raised.value.text) == (
        "analyzer.unknown",
        "There is no analyzer 'nobody'. Set one of: rules.",
    )
    assert Extraction.objects.get().analyzer == "rules"
