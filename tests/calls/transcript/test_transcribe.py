"""The transcript stage: which engine hears what, what is stored, and calls that end without a transcript.

The real engine on a real call: tests/path.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from pytest_django import Settings

from calls.models import Call, Recording, Transcript, Utterance
from calls.recording import download
from calls.transcript import registry, transcribe
from calls.transcript.provider import ForeignLanguage, Speech, Turn, Word
from pipeline.errors import Parked, Permanent, Transient
from pipeline.sandbox.recordings import Host
from pipeline.steps.stage import Job, Outcome
from scoring.extraction import extract
from tenants import configuration
from tenants.models import Tenant

NOW = dt.datetime(2026, 3, 9, 14, tzinfo=dt.UTC)
STEREO, MONO = "call_phone_stereo_mulaw.wav", "librivox/sas_0880.flac"


class Parrot:
    """An engine of the test's own: says what `said` holds, raises it if it is an error."""

    slug: ClassVar[str] = "parrot"
    label: ClassVar[str] = "Parrot"
    said: ClassVar[Speech | Exception]
    heard: ClassVar[list[tuple[list[str], str]]] = []

    def __init__(self, config: Mapping[str, str]) -> None:
        self.config = config

    def transcribe(self, channels: Sequence[Path], *, language: str) -> Speech:
        self.heard.append(([file.name for file in channels], language))
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


@pytest.fixture(scope="module")
def recordings() -> Iterator[Host]:
    host = Host()
    host.server.start()
    yield host
    host.server.stop()


@pytest.fixture(autouse=True)
def _engine(
    settings: Settings, recordings: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cedar: Tenant
) -> Iterator[None]:
    settings.RECORDING_PRIVATE_HOSTS = [recordings.server.host]
    settings.RECORDINGS_DIR = tmp_path / "recordings"
    settings.SPEECH_ENGINE = "parrot"
    monkeypatch.setitem(registry.PROVIDERS, "parrot", f"{__name__}.Parrot")
    Parrot.heard.clear()
    yield
    configuration._forget(cedar)  # Redis knows nothing of a test's transaction


def speech(*turns: Turn) -> Speech:
    return Speech(turns=turns, language="en", language_confidence=0.97, audio_seconds=99.7, model="parrot-1")


HELLO = Turn(0, 0.5, 1.0, "Hello there.", 0.8, (Word("Hello", 0.5, 0.7, 0.9), Word("there.", 0.7, 1.0, 0.7)))
HI = Turn(1, 1.5, 1.8, "Hi.", 1.0, (Word("Hi.", 1.5, 1.8, 1.0),))


def job_of(tenant: Tenant, url: str) -> Job:
    """Return the transcript's step of a call whose recording is stored."""
    call = Call.objects.create(external_id="CAL1", started_at=NOW, duration=99, recording_url=url)
    job = Job(
        step_id=1, tenant=tenant, stage="transcript", subject=call.pk, target="", attempt=1, recovering=False, now=NOW
    )
    download.save(job, download.work(job))
    return job


def run(job: Job) -> Outcome:
    outcome = transcribe.work(job)
    transcribe.save(job, outcome)
    return outcome


def test_two_channels_are_the_agent_and_the_caller(in_cedar: Tenant, recordings: Host, tmp_path: Path) -> None:
    Parrot.said = speech(HELLO, HI)
    job = job_of(in_cedar, recordings.recording(STEREO))

    outcome = run(job)

    transcript = Transcript.objects.get(call_id=job.subject)
    assert (outcome.summary, outcome.skipped) == ("2 lines, 2 speakers, confidence 0.87", "")
    assert Parrot.heard == [(["channel-0.wav", "channel-1.wav"], "")]
    assert {field.name: getattr(transcript, field.name) for field in Transcript._meta.fields if field.name != "id"} == {
        "call": transcript.call,
        "engine": "parrot",
        "model": "parrot-1",
        "language": "en",
        "language_confidence": 0.97,
        "replaced_at": None,
        "confidence": pytest.approx(0.8667, abs=0.001),
        "audio_seconds": 99.7,
        "created_at": NOW,
    }
    fields = ("position", "speaker", "start", "end", "text", "confidence", "words")
    assert list(transcript.utterances.order_by("position").values_list(*fields)) == [
        (0, "agent", 0.5, 1.0, "Hello there.", 0.8, [["Hello", 0.5, 0.7, 0.9], ["there.", 0.7, 1.0, 0.7]]),
        (1, "caller", 1.5, 1.8, "Hi.", 1.0, [["Hi.", 1.5, 1.8, 1.0]]),
    ]
    assert [file.name for file in tmp_path.rglob("channel-*")] == []


def test_on_one_channel_speakers_are_not_told_apart(in_cedar: Tenant, recordings: Host) -> None:
    Parrot.said = speech(HELLO)

    outcome = run(job_of(in_cedar, recordings.recording(MONO)))

    assert outcome.summary == "1 line, one channel, confidence 0.80"
    assert list(Utterance.objects.values_list("speaker", "text")) == [("unknown", "Hello there.")]


def test_the_tenants_language_is_asked_for(in_cedar: Tenant, recordings: Host) -> None:
    configuration.change(in_cedar, speech_language="en")
    configuration._copies.clear()
    Parrot.said = speech(HELLO)

    run(job_of(in_cedar, recordings.recording(MONO)))

    assert Parrot.heard == [(["channel-0.wav"], "en")]


def test_a_call_in_another_language_is_skipped_with_the_reason(in_cedar: Tenant, recordings: Host) -> None:
    Parrot.said = ForeignLanguage("es", 0.98)

    outcome = run(job_of(in_cedar, recordings.recording(MONO)))

    assert (outcome.skipped, outcome.summary) == (
        "speech.language",
        "The call is in Spanish (probability 0.98), not in English.",
    )
    assert not Transcript.objects.exists()


def test_a_recording_without_speech_is_skipped(in_cedar: Tenant, recordings: Host) -> None:
    Parrot.said = speech()

    outcome = run(job_of(in_cedar, recordings.recording(MONO)))

    assert (outcome.skipped, outcome.summary) == ("speech.empty", "Nobody speaks in the recording.")
    assert not Transcript.objects.exists()


def test_run_again_the_earlier_transcript_stays(in_cedar: Tenant, recordings: Host) -> None:
    Parrot.said = speech(HELLO)
    job = job_of(in_cedar, recordings.recording(MONO))
    run(job)
    Parrot.said = speech(HELLO, HI)

    run(job)

    assert [one.utterances.count() for one in Transcript.objects.order_by("id")] == [1, 2]


def test_a_later_recording_without_words_takes_the_place_of_the_transcript(in_cedar: Tenant, recordings: Host) -> None:
    Parrot.said = speech(HELLO)
    job = job_of(in_cedar, recordings.recording(MONO))
    run(job)
    Parrot.said = ForeignLanguage("es", 0.98)

    run(job)

    assert [one.replaced_at for one in Transcript.objects.all()] == [NOW]
    assert extract.newest_transcript(job.subject) is None


def test_an_engines_failure_is_the_steps_and_nothing_is_left(
    in_cedar: Tenant, recordings: Host, tmp_path: Path
) -> None:
    Parrot.said = Transient("speech.engine_crashed", "The speech engine's process died.")
    job = job_of(in_cedar, recordings.recording(MONO))

    with pytest.raises(Transient) as failed:
        transcribe.work(job)

    assert failed.value.code == "speech.engine_crashed"
    assert list(tmp_path.rglob("channel-*")) == []


def test_without_a_stored_recording_it_says_what_to_do(in_cedar: Tenant, recordings: Host) -> None:
    job = job_of(in_cedar, recordings.recording(MONO))
    Recording.objects.all().delete()

    with pytest.raises(Permanent, match="again from its recording") as failed:
        transcribe.work(job)

    assert failed.value.code == "transcript.no_recording"


def test_an_engine_that_does_not_exist_is_named(in_cedar: Tenant, recordings: Host) -> None:
    configuration.change(in_cedar, speech_engine="gramophone")
    configuration._copies.clear()

    with pytest.raises(Parked, match="'gramophone'") as failed:
        transcribe.work(job_of(in_cedar, recordings.recording(MONO)))

    assert failed.value.code == "speech.unknown_engine"
    assert failed.value.text.endswith("Choose one of: parrot, whisper.")
