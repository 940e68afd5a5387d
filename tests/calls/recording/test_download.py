"""The recording stage against a running host: what is stored, and what each failure is called."""

import dataclasses
import datetime as dt
import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from calls.models import Call, Recording
from calls.recording import download
from pipeline.errors import Permanent, RateLimited, StepError, Transient
from pipeline.sandbox.recordings import FOLDER, Fault, Host
from pipeline.steps.stage import Job, Outcome
from tenants.models import Tenant

NOW = dt.datetime(2026, 3, 9, 14, tzinfo=dt.UTC)
WAV = "call_phone_stereo_mulaw.wav"
CONTENT = (FOLDER / WAV).read_bytes()
SHORT = "librivox/sas_0880.flac"


@pytest.fixture(scope="module")
def recordings() -> Iterator[Host]:
    host = Host()
    host.server.start()
    yield host
    host.server.stop()


@pytest.fixture(autouse=True)
def _places(settings: Settings, recordings: Host, tmp_path: Path) -> None:
    settings.RECORDING_PRIVATE_HOSTS = [recordings.server.host]
    settings.RECORDINGS_DIR = tmp_path / "recordings"
    settings.VAR_DIR = tmp_path


def job_of(tenant: Tenant, url: str) -> Job:
    call = Call.objects.create(external_id="CAL1", started_at=NOW, duration=99, recording_url=url)
    return Job(
        step_id=1, tenant=tenant, stage="recording", subject=call.pk, target="", attempt=1, recovering=False, now=NOW
    )


def stored_files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def run(job: Job) -> Outcome:
    outcome = download.work(job)
    download.save(job, outcome)
    return outcome


def test_the_recording_is_stored_and_measured(in_cedar: Tenant, recordings: Host, tmp_path: Path) -> None:
    job = job_of(in_cedar, recordings.redirect("CAL1", WAV))

    outcome = run(job)

    kept = Recording.objects.get(call_id=job.subject)
    digest = hashlib.sha256(CONTENT)
    key = f"tenants/{in_cedar.schema_name}/recordings/{job.subject}-{digest.hexdigest()[:16]}.wav"
    assert (outcome.summary, outcome.skipped) == ("1.6 MB wav, good audio (SNR 71 dB)", "")
    assert {field.name: getattr(kept, field.name) for field in Recording._meta.fields if field.name != "id"} == {
        "call": kept.call,
        "storage_key": key,
        "url_sha256": hashlib.sha256(recordings.redirect("CAL1", WAV).encode()).digest(),
        "content_type": "audio/wav",
        "size": len(CONTENT),
        "sha256": digest.digest(),
        "duration": pytest.approx(99.68, abs=0.01),
        "sample_rate": 8000,
        "channels": 2,
        "codec": "pcm_mulaw",
        "snr_db": pytest.approx(71, abs=1),
        "quality": "good",
        "fetched_at": NOW,
    }
    assert stored_files(tmp_path) == [f"recordings/{key}"]
    assert (tmp_path / "recordings" / key).read_bytes() == CONTENT


def test_a_call_without_a_recording_is_skipped(in_cedar: Tenant) -> None:
    outcome = run(job_of(in_cedar, ""))

    assert (outcome.skipped, outcome.summary) == ("recording.none", "The call has no recording.")
    assert not Recording.objects.exists()


def test_the_same_url_is_not_fetched_again_and_a_new_one_replaces_the_file(
    in_cedar: Tenant,
    recordings: Host,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    job = job_of(in_cedar, recordings.recording(SHORT))
    run(job)
    recordings.requests.clear()

    assert run(job).summary.endswith(", already stored")
    assert recordings.requests == []

    Call.objects.update(recording_url=recordings.recording("librivox/sas_0930.flac"))
    with django_capture_on_commit_callbacks(execute=True):
        run(job)
    kept = Recording.objects.get(call_id=job.subject)
    assert stored_files(tmp_path) == [f"recordings/{kept.storage_key}"]
    assert bytes(kept.sha256) == hashlib.sha256((FOLDER / "librivox/sas_0930.flac").read_bytes()).digest()


def test_a_stored_file_that_was_lost_is_fetched_again(in_cedar: Tenant, recordings: Host, tmp_path: Path) -> None:
    job = job_of(in_cedar, recordings.recording(SHORT))
    run(job)
    key = Recording.objects.get(call_id=job.subject).storage_key
    (tmp_path / "recordings" / key).unlink()

    run(job)

    assert stored_files(tmp_path) == [f"recordings/{key}"]


@pytest.mark.parametrize(
    ("fault", "kind", "code", "says"),
    [
        (Fault(status=401), Permanent, "recording.forbidden", "answered 401"),
        (Fault(status=403), Permanent, "recording.forbidden", "answered 403"),
        (Fault(status=404), Transient, "recording.not_found", "answered 404"),
        (Fault(status=410), Permanent, "recording.gone", "answered 410"),
        (Fault(status=418), Permanent, "recording.refused", "answered 418"),
        (Fault(status=429, headers={"Retry-After": "7"}), RateLimited, "recording.rate_limited", "too many"),
        (Fault(status=500), Transient, "recording.host_error", "answered 500"),
        (Fault(status=503, headers={"Retry-After": "9"}), Transient, "recording.host_error", "answered 503"),
        (Fault(body="<html>Sign in</html>"), Permanent, "recording.not_audio", "what came is a web page"),
        (Fault(body='{"url": "x"}'), Permanent, "recording.not_audio", "what came is JSON"),
        (Fault(body=""), Permanent, "recording.not_audio", "what came is empty"),
        (Fault(status=204, body=""), Permanent, "recording.refused", "answered 204"),
        (Fault(stop_after=999), Transient, "net.no_answer", "broke the connection"),
        (Fault(status=302, headers={"Location": "http://127.0.0.1:1/"}), Permanent, "recording.blocked_url", "https"),
        (Fault(headers={"Content-Length": "200000001"}), Permanent, "recording.too_big", "larger than 200 MB"),
    ],
    ids=lambda value: "",
)
def test_each_failure_has_its_kind_code_and_reason(
    in_cedar: Tenant, recordings: Host, tmp_path: Path, fault: Fault, kind: type[StepError], code: str, says: str
) -> None:
    recordings.fail(f"/recordings/{SHORT}", fault)
    job = job_of(in_cedar, recordings.recording(SHORT) + "?access_key=sesame")

    with pytest.raises(StepError) as caught:
        download.work(job)

    error = caught.value
    assert (type(error), error.code) == (kind, code)
    assert error.text.startswith("Audio download failed: ")
    assert says in error.text
    assert "sesame" not in error.text
    assert error.wait == (float(fault.headers["Retry-After"]) if "Retry-After" in fault.headers else None)
    assert stored_files(tmp_path) == []


class _Inside(http.server.BaseHTTPRequestHandler):
    """Something of our own network that must never be asked."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def inside() -> Iterator[str]:
    """Run it; gives host and port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Inside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_address_of_our_own_network_is_never_asked(in_cedar: Tenant, inside: str) -> None:
    with pytest.raises(Permanent) as refused:
        download.work(job_of(in_cedar, f"http://{inside}/latest/meta-data/"))

    assert (refused.value.code, _Inside.asked) == ("recording.blocked_url", [])


@pytest.mark.parametrize("redirected", [False, True])
def test_a_crm_of_our_own_network_is_never_asked_for_a_recording(
    in_cedar: Tenant,
    recordings: Host,
    inside: str,
    settings: Settings,
    redirected: bool,  # noqa: FBT001  (a parameter of pytest's)
) -> None:
    settings.PRIVATE_HOSTS = [inside]
    url = f"http://{inside}/crm/v3/objects/contacts"
    if redirected:
        recordings.fail(f"/recordings/{SHORT}", Fault(status=302, headers={"Location": url}))

    with pytest.raises(Permanent, match="RECORDING_PRIVATE_HOSTS") as refused:
        download.work(job_of(in_cedar, recordings.recording(SHORT) if redirected else url))

    assert (refused.value.code, _Inside.asked) == ("recording.blocked_url", [])


def test_an_outcome_of_nothing_stores_nothing(in_cedar: Tenant, recordings: Host) -> None:
    job = job_of(in_cedar, recordings.recording(SHORT))

    download.save(job, dataclasses.replace(Outcome(), skipped="recording.none"))

    assert not Recording.objects.exists()
