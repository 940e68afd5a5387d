"""A call from its signed webhook to the third CRM: real Postgres, real HTTP at both ends, the product's own stages."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from calls.models import Call, Transcript, Utterance, WebhookDelivery
from calls.transcript.providers import whisper
from crm.models import LeadSync, LoggedCall
from pipeline.steps.history.models import Attempt
from scoring.models import Lead, LeadScore
from tenants.models import Tenant
from tenants.scope import scope
from tests.calls.recording import sounds
from tests.crm.sync import sandboxes
from tests.crm.sync.sandboxes import Sandboxes
from tests.drain import drain
from tests.path.way import ALL, CALLER, KITCHEN, STAGES, Way, counts, passed

WRONG_NUMBER = (
    "A: blue ridge roofing",
    "C: is carlos there",
    "A: there's no carlos here this is a roofing company",
    "C: oh sorry wrong number",
)
VENDOR = (
    "A: Summit Siding, this is Bea.",
    "C: Hi Bea, this is Greg Dunleavy with Allied Building Products. I'm the new rep for your area.",
    "A: Okay.",
    "C: I wanted to see who does your purchasing. I'd like to drop off some samples of our new composite siding.",
)


@pytest.fixture(scope="module", autouse=True)
def _end_engine() -> Iterator[None]:
    """End the speech engine's child with the tests, as a worker's end does."""
    yield
    for child in whisper.children():
        child.end()


def unheard(code: str, *skipped: str) -> list[tuple[str, str, str, str]]:
    """Return the steps of a call without a transcript that still went to the CRMs."""
    stages = ("call", "recording", "transcript", "extraction", "score")
    ended = [(stage, "", "skipped", code) if stage in skipped else (stage, "", "done", "") for stage in stages]
    return [*ended, *(("sync", slug, "done", "") for slug in ALL)]


# --- the whole way ----------------------------------------------------------------------------------


@pytest.mark.engine
def test_a_recorded_call_reaches_the_third_crm(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant], settings: Settings
) -> None:
    settings.SPEECH_ENGINE = "whisper"
    source = {"source": "Google Ads", "medium": "cpc", "campaign": "Kitchens", "gclid": "gclid-1"}
    named = {"caller_name": "Jane Doe", "caller_email": "jane@example.com"}

    taken = path.post(recording="call_phone_stereo_mulaw.wav", duration=100, **source, **named)
    drain()

    cedar = committed["cedar"]
    [contact], [lead], [person] = (crms[slug].persons() for slug in ALL)
    with scope(cedar):
        lines = list(Utterance.objects.order_by("position").values_list("speaker", "text"))
        score = LeadScore.objects.select_related("lead").get()
        said = [text for (text,) in Attempt.objects.filter(stage="transcript").values_list("text")]
    assert (taken, path.status().word) == ("accepted", "Done")
    assert passed(cedar) == [(stage, crm, "done", "") for stage, crm in zip(STAGES, [""] * 5 + ALL, strict=True)]

    assert said[0].startswith("16 lines, 2 speakers, confidence 0.9")
    assert [speaker for speaker, _ in lines] == ["agent", "caller"] * 8
    assert lines[0][1].startswith("Hi, this is Mark with Summit Home Remodeling.")
    assert "512-555-0147" in lines[-1][1]

    assert (score.band, score.caller_kind, score.below_thresholds) == ("hot", "lead", [])
    assert score.contact["project_type"] == "kitchen remodel"
    assert (score.contact["budget_min"], score.contact["budget_max"]) == (45_000, 45_000)
    assert contact.body == {
        "firstname": "Jane",
        "lastname": "Doe",
        "email": "jane@example.com",
        "phone": CALLER,
        "lifecyclestage": "lead",
        "pipeline_lead_key": score.lead.key,
        "pipeline_lead_score": str(score.score),
        "pipeline_lead_band": "hot",
        "pipeline_source": "Google Ads",
        "pipeline_medium": "cpc",
        "pipeline_campaign": "Kitchens",
        "pipeline_gclid": "gclid-1",
    }
    assert {name: lead.body[name] for name in ("FirstName", "LastName", "Email", "Phone", "Rating")} == {
        "FirstName": "Jane",
        "LastName": "Doe",
        "Email": "jane@example.com",
        "Phone": CALLER,
        "Rating": "Hot",
    }
    assert (person.body["name"], person.body["phones"][0]["value"]) == ("Jane Doe", CALLER)

    primary = sandboxes.connection(cedar, "pipedrive").config["field.pipeline_primary_id"]
    assert list(dict.fromkeys(crms.writes())) == ALL
    assert "pipeline_primary_id" not in contact.body
    assert lead.body["Pipeline_Primary_Id__c"] == person.body["custom_fields"][primary] == contact.id
    assert counts(crms) == [(1, 1)] * 3
    assert "about $45,000" in crms["hubspot"].entries()[0].body["hs_call_body"]
    assert crms["salesforce"].entries()[0].body["CallDurationInSeconds"] == 100


def test_one_worker_for_all_queues_makes_the_same_of_a_call_in_one_task(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant], settings: Settings
) -> None:
    recording, cedar = path.record(*KITCHEN), committed["cedar"]

    path.post("CAL1", recording=recording, duration=180)
    by_many = drain()
    path.post("CAL2", recording=recording, duration=180)
    by_one = drain(queues=settings.QUEUES)

    with scope(cedar):
        many, one = LeadScore.objects.order_by("pk")
    assert by_many > by_one == 1
    for name in ("lead_id", "contact", "score", "parts", "band", "caller_kind", "confidence", "below_thresholds"):
        assert (name, getattr(many, name)) == (name, getattr(one, name))
    assert counts(crms) == [(1, 2)] * 3


def test_what_was_said_is_the_contact_and_its_score(path: Way, crms: Sandboxes, committed: dict[str, Tenant]) -> None:
    path.post(recording=path.record(*KITCHEN), duration=180, caller_name="WIRELESS CALLER")
    drain()

    with scope(committed["cedar"]):
        score = LeadScore.objects.get()
    body = crms["hubspot"].persons()[0].body
    assert path.status().word == "Done"
    assert (score.band, score.below_thresholds) == ("hot", [])
    assert (body["firstname"], body["lastname"], body["email"]) == ("Jane", "Doe", "jane.doe@example.com")
    assert body["pipeline_lead_score"] == str(score.score)
    assert [part["name"] for part in score.parts] == [
        "project_intent",
        "timeline_urgency",
        "budget_indicators",
        "call_duration",
        "customer_engagement",
    ]
    assert sum(part["points"] for part in score.parts) == score.score


# --- calls that nobody heard (P14) ------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [{"duration": 95}, {"duration": 0}, {"duration": 35, "direction": "outbound", "tracking_number": "+15125550100"}],
    ids=["answered", "missed", "outbound"],
)
def test_a_call_without_a_recording_is_scored_by_its_facts_and_goes_to_the_crms(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant], fields: dict[str, Any]
) -> None:
    path.post(**fields)
    drain()

    assert path.status().word == "Done"
    assert passed(committed["cedar"]) == unheard("recording.none", "recording", "transcript", "extraction")
    with scope(committed["cedar"]):
        score = LeadScore.objects.get()
        assert not Transcript.objects.exists()
    assert (score.caller_kind, score.extraction_id, score.confidence) == ("lead", None, 0.4)
    assert score.below_thresholds[-2:] == ["min_confidence_score", "required_project_intent"]
    assert counts(crms) == [(1, 1)] * 3
    assert crms["hubspot"].persons()[0].body["phone"] == CALLER


@pytest.mark.engine
def test_a_call_in_another_language_ends_with_the_reason_and_in_the_crms(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant], settings: Settings
) -> None:
    settings.SPEECH_ENGINE = "whisper"

    path.post(recording="spanish_espeak.opus.ogg", duration=15)
    drain()

    assert path.status().word == "Done"
    assert passed(committed["cedar"]) == unheard("speech.language", "transcript", "extraction")
    assert counts(crms) == [(1, 1)] * 3


@pytest.mark.engine
def test_a_silent_recording_ends_with_the_reason_and_in_the_crms(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant], settings: Settings
) -> None:
    settings.SPEECH_ENGINE = "whisper"
    silence = np.zeros((1, 5 * sounds.RATE), dtype=np.int16)
    (path.host.folder / "silence.wav").write_bytes(sounds.wav(silence))

    path.post(recording="silence.wav", duration=5)
    drain()

    assert path.status().word == "Done"
    assert passed(committed["cedar"]) == unheard("speech.empty", "transcript", "extraction")
    assert counts(crms) == [(1, 1)] * 3


# --- whose call it is -------------------------------------------------------------------------------


def test_an_outbound_calls_contact_is_the_far_end(path: Way, crms: Sandboxes) -> None:
    path.post(recording=path.record(*KITCHEN), direction="outbound", tracking_number="+15125550100")
    drain()

    [entry] = crms["hubspot"].entries()
    assert path.status().word == "Done"
    assert crms["hubspot"].persons()[0].body["phone"] == CALLER
    assert (entry.body["hs_call_direction"], entry.body["hs_call_to_number"]) == ("OUTBOUND", CALLER)
    assert "hs_call_from_number" not in entry.body
    assert crms["salesforce"].entries()[0].body["CallType"] == "Outbound"
    assert counts(crms) == [(1, 1)] * 3


@pytest.mark.parametrize(("kind", "said"), [("wrong_number", WRONG_NUMBER), ("vendor", VENDOR)])
def test_who_is_no_customer_is_kept_out_of_the_crms_with_the_reason(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant], kind: str, said: tuple[str, ...]
) -> None:
    path.post(recording=path.record(*said))
    drain()

    assert path.status().word == "Skipped"
    assert passed(committed["cedar"])[-1] == ("sync", "hubspot", "skipped", f"sync.rule.{kind}")
    with scope(committed["cedar"]):
        assert list(LeadScore.objects.values_list("caller_kind", "band")) == [(kind, "not_a_lead")]
    assert (crms.seen, counts(crms)) == ([], [(0, 0)] * 3)


def test_calls_from_withheld_numbers_are_each_a_person(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant]
) -> None:
    for number in range(2):
        path.post(f"CAL{number}", caller_id="anonymous", recording=path.record(*KITCHEN[:4]))
    drain()

    with scope(committed["cedar"]):
        assert list(Lead.objects.values_list("phone", "first_name")) == [("", "Jane"), ("", "Jane")]
    assert counts(crms) == [(2, 2)] * 3
    assert all("phone" not in person.body for person in crms["hubspot"].persons())


def test_two_calls_of_a_person_are_one_record_with_two_logged_calls(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant]
) -> None:
    path.post("CAL1", recording=path.record(*KITCHEN))
    drain()
    path.post("CAL2", caller_id="(512) 555-0147", duration=20)
    drain()

    with scope(committed["cedar"]):
        assert (Call.objects.count(), Lead.objects.count()) == (2, 1)
        last = LeadScore.objects.order_by("-pk")[0].score
    body = crms["hubspot"].persons()[0].body
    assert (body["firstname"], body["email"], body["pipeline_lead_score"]) == (
        "Jane",
        "jane.doe@example.com",
        str(last),
    )
    assert counts(crms) == [(1, 2)] * 3


# --- delivered again --------------------------------------------------------------------------------


def test_the_same_delivery_again_changes_nothing(path: Way, crms: Sandboxes, committed: dict[str, Tenant]) -> None:
    recording = path.record(*KITCHEN)
    first = path.post(recording=recording)
    at_once = path.post(recording=recording)
    drain()
    asked, steps = len(crms.seen), passed(committed["cedar"])
    later = path.post(recording=recording)

    handed = drain()

    assert [first, at_once, later, handed] == ["accepted", "duplicate", "duplicate", 0]
    assert (len(crms.seen), passed(committed["cedar"])) == (asked, steps)
    assert counts(crms) == [(1, 1)] * 3


def test_a_call_that_is_told_of_again_with_its_recording_stays_one(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant]
) -> None:
    path.post()
    drain()
    path.post(recording=path.record(*KITCHEN))
    drain()

    with scope(committed["cedar"]):
        assert (Call.objects.count(), Lead.objects.count()) == (1, 1)
        assert list(LoggedCall.objects.values_list("crm", flat=True)) == ALL
        assert LeadScore.objects.count() == 2
    body = crms["hubspot"].persons()[0].body
    assert path.status().word == "Done"
    assert [step for step in passed(committed["cedar"]) if step[0] == "call"] == [("call", "", "done", "")] * 2
    assert (body["firstname"], body["pipeline_lead_band"]) == ("Jane", "hot")
    assert counts(crms) == [(1, 1)] * 3


# --- whose records they are -------------------------------------------------------------------------


def test_two_tenants_with_the_same_call_and_caller_have_nothing_in_common(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant]
) -> None:
    recording = path.record(*KITCHEN)
    assert [path.post(tenant=slug, recording=recording) for slug in ("cedar", "birch")] == ["accepted", "accepted"]
    drain()

    keys, ids = set(), set()
    for slug, tenant in committed.items():
        assert path.status(tenant=slug).word == "Done"
        assert [stage for stage, *_ in passed(tenant)] == STAGES
        assert counts(crms, slug) == [(1, 1)] * 3
        with scope(tenant):
            keys |= set(Lead.objects.values_list("key", flat=True))
            ids |= {(crm, remote) for crm, remote in LeadSync.objects.values_list("crm", "remote_id")}
            assert {sync.crm: sync.remote_id for sync in LeadSync.objects.all()} == {
                crm: crms[crm].persons(slug)[0].id for crm in ALL
            }
    assert (len(keys), len(ids)) == (2, 6)


def test_each_line_of_a_calls_log_names_its_tenant_its_call_and_the_webhooks_request(
    path: Way, crms: Sandboxes, committed: dict[str, Tenant], suite_log: Path
) -> None:
    before = suite_log.stat().st_size
    path.post(recording=path.record(*KITCHEN), duration=180)
    drain()

    with scope(committed["cedar"]):
        call, request_id = Call.objects.get().pk, WebhookDelivery.objects.get().request_id
    [web] = suite_log.parent.glob("door[0-9]*/web.log")  # the door is a process of its own
    taken = [json.loads(line) for line in web.read_text().splitlines() if request_id in line]
    assert [(line["message"], line["tenant"], line["request_id"]) for line in taken] == [
        ("webhook.accepted", "cedar", request_id)
    ]
    lines = [json.loads(line) for line in suite_log.read_bytes()[before:].splitlines()]
    tried = [line for line in lines if line["message"] == "step.attempted"]
    assert {(line["tenant"], line["request_id"]) for line in tried} == {("cedar", request_id)}
    assert {line["call"] for line in tried if line["stage"] != "call"} == {call}
    ways = [(line["stage"], line.get("target", "")) for line in tried if line["outcome"] == "done"]
    assert ways == list(zip(STAGES, [""] * 5 + ALL, strict=True))
