"""One call's page, its poll, its replay, its recording."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from calls.models import Call, Recording
from calls.recording import storage
from crm.models import CrmConnection
from pipeline.steps import claim
from pipeline.steps.models import State, Step
from pipeline.steps.stage import Due
from scoring.models import LeadScore, ScoringProfile
from tenants.models import Tenant, User
from tenants.scope import scope
from tests.web.conftest import signed_in, text_of
from tests.web.scenes import Scene, person

pytestmark = pytest.mark.django_db
Make = Callable[..., Call]


def said(client: Client, call: Call) -> str:
    return text_of(client.get(f"/calls/{call.pk}/"))


def test_a_finished_call_shows_all_that_is_known_of_it(client: Client, make: Make) -> None:
    call = make("done", "CAL019ab7c2")

    text = said(client, call)

    for words in (
        "92 Hot",
        "Done",
        "rosalind.okafor72@gmail.com",
        "$40,000 \N{EN DASH} 50,000",
        "between forty and fifty thousand Budget , I don&#x27;t know",
        "Why 92 confidence 0.91",
        "Project intent 29 of 30",
        "Try 1: recordings.example answered 404: the recording is not there (yet), waited 30 s",
        "HubSpot Created record 81204417",
        "in HubSpot",
        '"call_id" : &quot;CAL019ab7c2&quot;',
    ):
        assert words in text
    page = client.get(f"/calls/{call.pk}/").content.decode()
    assert 'href="tel:+15125550134"' in page
    assert "hx-trigger" not in page


def test_the_page_takes_the_same_queries_however_much_happened(
    client: Client, make: Make, queries: Callable[[], int]
) -> None:
    counts = []
    for call in (make("pending"), make("done"), make("rate_limited")):
        client.get(f"/calls/{call.pk}/")
        queries()
        client.get(f"/calls/{call.pk}/")
        counts.append(queries())

    assert max(counts) <= 21
    assert counts[1] == counts[2]


def test_what_nobody_said_stays_visible_as_not_provided(client: Client, make: Make) -> None:
    assert said(client, make("missed")).count("not provided") >= 5


def test_a_call_below_a_threshold_says_which_limit_of_its_own_scoring_profile(
    client: Client, make: Make, cedar: Tenant
) -> None:
    call = make("missed")
    page = client.get(f"/calls/{call.pk}/").content.decode()
    assert '<span title="min_call_duration">shorter than 1 min</span>' in page
    assert '<span title="min_confidence_score">confidence below 0.7</span>' in page

    with scope(cedar):
        limits = {"min_call_duration": 45, "min_confidence_score": 0.5, "required_project_intent": True}
        ScoringProfile.objects.create(version=3, scoring_config={}, quality_thresholds=limits)
        LeadScore.objects.update(profile_version=3, below_thresholds=list(limits))
    assert (
        "Needs review: shorter than 45 s , confidence below 0.5 , no project intent . Kept out of hot, not lost."
        in said(client, call)
    )

    with scope(cedar):
        LeadScore.objects.update(profile_version=4)
    assert "Needs review: min_call_duration , min_confidence_score , required_project_intent ." in said(client, call)


def test_after_a_stage_stopped_what_comes_after_it_is_not_promised(client: Client, make: Make, cedar: Tenant) -> None:
    call = make("call")
    with scope(cedar):
        Scene(cedar).step(call, "recording", State.DEAD, code="recording.gone", said="It was deleted there.")

    text = said(client, call)

    assert "Transcript Not there. It comes once Recording succeeds." in text
    assert "Score Not scored. The score comes once Recording succeeds." in text
    assert "by itself" not in text.replace("not tried again by itself", "")


def test_a_caller_of_whom_nothing_is_known_has_a_word(client: Client, make: Make, cedar: Tenant) -> None:
    call = make("call", phone="", caller_id="Anonymous")
    with scope(cedar):
        scene = Scene(cedar)
        scene.score(call, score=3, band="not_a_lead", caller_kind="unknown", contact={})
        scene.step(call, "sync", State.SKIPPED, target="hubspot", code="sync.rule.unknown", said="No.")

    assert "HubSpot Skipped: no contact. Kept, not sent to the CRM." in said(client, call)
    for query in ("", "?kind=unknown"):
        page = text_of(client.get(f"/calls/{query}"))
        assert "Unknown" not in page
        assert f'id="call-{call.pk}"' in client.get(f"/calls/{query}").content.decode()
    assert "No calls match" in text_of(client.get("/calls/?kind=vendor"))


def test_a_call_before_the_first_crm_says_when_it_goes_out_and_then_shows_where(
    client: Client, make: Make, cedar: Tenant
) -> None:
    call = make("call")
    with scope(cedar):
        CrmConnection.objects.all().delete()
        scene = Scene(cedar)
        score = scene.heard(call)
        scene.step(call, "sync", State.SKIPPED, code="sync.no_connection", said="No CRM is connected.")
    text = said(client, call)
    assert "No CRM is connected. Calls are kept here; those of the last 30 days go out once one is." in text
    assert "CRM Skipped: no CRM is connected." in text

    with scope(cedar):
        scene.connect("hubspot")
        scene.synced(call, score, "hubspot", "4711")
    text = said(client, call)
    assert "no crm is connected" not in text.lower()
    assert "HubSpot Created record 4711" in text


def test_a_refused_lead_says_why_what_next_what_is_safe_and_offers_the_act(client: Client, make: Make) -> None:
    text = said(client, make("refused", "CALbad"))

    for words in (
        "HubSpot refused this lead: Required property missing Your mapping sends nothing for lead_source.",
        "What happens next It is not tried again by itself: 1 try made.",
        "No record was made in HubSpot, so nothing will be doubled.",
        "Try HubSpot again",
        "POST /crm/objects/2026-09/contacts",
        "Property lead_source is required",
        "bin/manage reprocess_stuck_calls --call-id=CALbad",
        "Salesforce Not yet: Waits for HubSpot",
    ):
        assert words in text


def test_a_step_that_waits_for_a_person_without_its_history_is_shown(client: Client, make: Make, cedar: Tenant) -> None:
    call = make("transcribing")
    claim.birth(cedar.pk, Due("extraction", "analysis", call.pk, f"call:{call.pk}"))
    Step.objects.filter(tenant=cedar, subject=call.pk, stage="extraction").update(
        state="parked", code="score.bad_profile"
    )

    assert "Waits for a person" in text_of(client.get(f"/calls/{call.pk}/"))


def test_the_recordings_url_is_shown_to_nobody(client: Client, make: Make, cedar: Tenant) -> None:
    call = make("done")
    with scope(cedar):
        Call.objects.update(recording_url="https://api.callrail.example/rec?access_key=SECRET-1")

    for path in (f"/calls/{call.pk}/", "/calls/", f"/calls/{call.pk}/timeline"):
        assert "SECRET" not in client.get(path).content.decode()


def test_what_callers_say_is_text_and_never_markup(client: Client, make: Make, cedar: Tenant) -> None:
    call = make("done")
    evil = "<script>alert(1)</script>"
    with scope(cedar):
        Call.objects.update(caller_name=evil, keyword=evil, marketing_source=evil)
        scored = call.scores.get()
        scored.contact, scored.parts[0]["why"] = {"first_name": evil, "email": f'"{evil}'}, evil
        scored.save()
        call.transcripts.get().utterances.filter(position=5).update(text=f"{evil} Rosalind Okafor")

    for path in (f"/calls/{call.pk}/", "/calls/", f"/calls/{call.pk}/timeline"):
        assert evil not in client.get(path).content.decode()


# --- the poll -------------------------------------------------------------------------------------------


def test_the_poll_answers_only_what_has_changed(client: Client, make: Make, cedar: Tenant) -> None:
    call = make("transcribing")
    page = client.get(f"/calls/{call.pk}/").content.decode()
    path = re.search(r'hx-get="([^"]+)"', page)
    etag = re.search(r'data-etag="([^"]+)"', page)
    assert path
    assert etag
    asked, version = path[1].replace("&amp;", "&"), etag[1].replace("&quot;", '"')
    assert client.get(asked, headers={"If-None-Match": version}).status_code == 304

    with scope(cedar):
        scene = Scene(cedar)
        scene.transcript(call)
        Step.objects.filter(stage="transcript").update(state=State.DONE, finished_at=scene.now)
        scene.step(call, "extraction", State.RUNNING)
    moved = client.get(asked, headers={"If-None-Match": version})

    body = moved.content.decode()
    assert moved.status_code == 200
    assert body.lstrip().startswith('<section id="happened"')
    assert "Looking for facts" in body
    assert 'id="transcript"' in body
    assert 'id="player"' not in body  # the same recording: it may be playing
    assert "getting an estimate on a kitchen" in body


def test_the_poll_ends_when_the_call_does(client: Client, make: Make) -> None:
    assert "hx-get" not in client.get(f"/calls/{make('done').pk}/timeline").content.decode()


# --- replay ---------------------------------------------------------------------------------------------


def step_states(tenant: Tenant) -> dict[str, tuple[str, int]]:
    rows = Step.objects.filter(tenant=tenant).order_by("id")
    return {f"{row.stage} {row.target}".strip(): (row.state, row.attempts) for row in rows}


def test_an_owner_runs_a_stopped_crm_again(client: Client, make: Make, cedar: Tenant) -> None:
    call = make("refused")

    response = client.post(
        f"/calls/{call.pk}/replay", {"of": "cedar", "stage": "sync", "target": "hubspot"}, follow=True
    )

    assert "HubSpot runs again, and what comes after it." in text_of(response)
    assert step_states(cedar)["sync hubspot"] == ("waiting", 0)
    assert step_states(cedar)["score"] == ("done", 1)


def test_a_call_is_run_again_from_any_stage_it_has_reached(client: Client, make: Make, cedar: Tenant) -> None:
    call = make("done")

    for stage in ("call", "recording", "transcript", "extraction", "score"):
        client.post(f"/calls/{call.pk}/replay", {"of": "cedar", "stage": stage})
        assert step_states(cedar)[stage] == ("waiting", 0)


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        ("transcript", "This call has not reached Transcript yet. Replay it from an earlier stage."),
        ("nonsense", "There is no stage &#x27;nonsense&#x27;. Choose one of call, recording,"),
        ("", "There is no stage"),
    ],
)
def test_a_replay_that_makes_no_sense_says_why(
    client: Client, make: Make, cedar: Tenant, stage: str, told: str
) -> None:
    call = make("pending")
    before = step_states(cedar)

    response = client.post(f"/calls/{call.pk}/replay", {"of": "cedar", "stage": stage}, follow=True)

    assert told in text_of(response)
    assert step_states(cedar) == before


@pytest.mark.parametrize("role", ["agent", "viewer"])
def test_other_roles_see_a_call_but_can_not_replay_it(make: Make, cedar: Tenant, role: str) -> None:
    call = make("refused")
    client = signed_in(person(f"{role}@cedar.example", (cedar, role)))
    before = step_states(cedar)

    text = said(client, call)
    answer = client.post(f"/calls/{call.pk}/replay", {"of": "cedar", "stage": "sync", "target": "hubspot"})

    assert "Replay from" not in text
    assert "Try now" not in text
    assert "An owner or admin of Cedar can try it again." in text
    assert answer.status_code == 403
    assert "Your role does not allow this" in text_of(answer)
    assert step_states(cedar) == before


def test_a_replay_needs_the_forms_token(owner: User, make: Make) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)

    answer = client.post(f"/calls/{make('refused').pk}/replay", {"of": "cedar", "stage": "sync"})

    assert answer.status_code == 403
    assert "This form is too old" in text_of(answer)


# --- recording ------------------------------------------------------------------------------------------


def test_the_recording_comes_whole_or_by_the_range_asked_for(client: Client, make: Make, cedar: Tenant) -> None:
    call = make("done")
    with scope(cedar), storage.storage().local(Recording.objects.get().storage_key) as file:
        body = file.read_bytes()
    path = f"/calls/{call.pk}/audio"

    whole = client.get(path)
    blocks = [len(block) for block in whole]
    assert (whole.status_code, whole["Content-Type"], whole["Content-Length"]) == (200, "audio/wav", str(len(body)))
    assert (sum(blocks), max(blocks)) == (len(body), 1024 * 1024)
    assert client.get(path).getvalue() == body
    assert whole["Content-Disposition"] == f'attachment; filename="call-{call.pk}.wav"'
    assert (whole["X-Content-Type-Options"], whole["Cache-Control"]) == ("nosniff", "private, no-store")
    total = len(body)
    for wanted, start, end in [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, min(total, 100 + 1024 * 1024) - 1),
        ("bytes=-50", total - 50, total - 1),
        (f"bytes=5-{total * 2}", 5, min(total, 5 + 1024 * 1024) - 1),
    ]:
        part = client.get(path, headers={"Range": wanted})
        assert (part.status_code, part["Content-Range"]) == (206, f"bytes {start}-{end}/{total}")
        assert part.content == body[start : end + 1]


def test_a_range_beyond_the_end_is_refused_and_an_unreadable_one_is_none(client: Client, make: Make) -> None:
    path = f"/calls/{make('done').pk}/audio"
    total = len(client.get(path).getvalue())

    beyond = client.get(path, headers={"Range": f"bytes={total}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{total}")
    assert client.get(path, headers={"Range": "bytes=9-5"}).status_code == 416
    for unread in ("lines=1-2", "bytes=-", "bytes=0-1,5-6", "bytes=a-b"):
        whole = client.get(path, headers={"Range": unread})
        assert (whole.status_code, len(whole.getvalue())) == (200, total)


def test_a_recording_that_is_not_there_is_not_found(client: Client, make: Make, cedar: Tenant) -> None:
    call = make("done")
    with scope(cedar):
        storage.storage().delete(Recording.objects.get().storage_key)

    assert client.get(f"/calls/{call.pk}/audio").status_code == 404
    assert client.get(f"/calls/{make('missed').pk}/audio").status_code == 404


# --- isolation ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "timeline", "audio"])
def test_another_tenants_call_is_not_found(make: Make, birch: Tenant, path: str) -> None:
    call = make("done")
    other = signed_in(person("b@birch.example", (birch, "owner")))

    assert other.get(f"/calls/{call.pk}/{path}").status_code == 404
    assert Client().get(f"/calls/{call.pk}/{path}").status_code == 302


def test_another_tenants_call_can_not_be_replayed(make: Make, cedar: Tenant, birch: Tenant) -> None:
    call = make("refused")
    before = step_states(cedar)
    other = signed_in(person("b@birch.example", (birch, "owner")))

    assert other.post(f"/calls/{call.pk}/replay", {"of": "birch", "stage": "sync"}).status_code == 404
    assert step_states(cedar) == before


def test_a_call_of_the_same_number_shows_its_own_tenants_contents(client: Client, make: Make, birch: Tenant) -> None:
    call = make("done", "CALcedar")
    with scope(birch):
        Call.objects.create(
            pk=call.pk, external_id="CALbirch", started_at=call.started_at, duration=1, caller_name="Birch Person"
        )
    other = signed_in(person("b@birch.example", (birch, "owner")))

    text = said(other, call)

    assert "CALbirch" in text
    assert "Birch Person" in text
    assert "Rosalind" not in text
    assert "CALcedar" not in text
    assert other.get(f"/calls/{call.pk}/audio").status_code == 404


@pytest.mark.parametrize("pk", ["0", "99999999999999999999999"])
def test_a_call_that_there_is_not_is_not_found(client: Client, pk: str) -> None:
    for path in ("", "timeline", "audio"):
        answer = client.get(f"/calls/{pk}/{path}")
        assert answer.status_code == 404
        assert "There is nothing at this address" in text_of(answer)


def test_a_delivery_shows_what_can_not_be_seen(client: Client, cedar: Tenant, make: Make) -> None:
    call = make("done")
    with scope(cedar):
        Scene(cedar).delivery(call, caller_name="Ann\u202e\nLee", source="Jos\u00e9", seconds=300)

    text = said(client, call)

    assert '"caller_name" : &quot;Ann\\u202e\\nLee&quot;' in text
    assert '"source" : &quot;Jos\u00e9&quot;' in text
    assert "\u202e" not in text
