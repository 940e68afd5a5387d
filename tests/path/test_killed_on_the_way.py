"""One call whose worker is killed in every stage: it ends Done, as one lead and one logged call in each CRM."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from django.conf import settings

from calls.models import Call, Recording, Transcript
from pipeline.local.home import ROOT
from pipeline.sandbox.recordings import Fault
from pipeline.steps import sweep
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import Step
from scoring.models import Extraction, Lead, LeadScore
from tenants.models import Tenant
from tenants.scope import scope
from tests.crm.sync import sandboxes
from tests.crm.sync.pushing import age_intents
from tests.crm.sync.sandboxes import Sandboxes
from tests.drain import drain
from tests.path import prepared
from tests.path.way import ALL, KITCHEN, STAGES, Way, counts, passed

SECONDS = 60
STRUCK_AT = {"hubspot": "/calls", "salesforce": "/sobjects/Lead/", "pipedrive": "/persons"}
"""The write after which each CRM's worker is killed: entry, record, and a record that can't be upserted."""


def start(*doom: str) -> subprocess.Popen[bytes]:
    """Start a worker with this test's settings."""
    told = os.environ | {
        "DJANGO_SETTINGS_MODULE": "pipeline.settings",
        "PRIVATE_HOSTS": ",".join(settings.PRIVATE_HOSTS),
        "RECORDING_PRIVATE_HOSTS": ",".join(settings.RECORDING_PRIVATE_HOSTS),
        "RECORDINGS_DIR": str(settings.RECORDINGS_DIR),
        "SPEECH_ENGINE": prepared.SLUG,
        **{name: getattr(settings, name) for name in ("HUBSPOT_URL", "SALESFORCE_URL", "PIPEDRIVE_URL")},
    }
    return subprocess.Popen([sys.executable, "-m", "tests.path.worker", *doom], cwd=ROOT, env=told)


def comes_true(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + SECONDS
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
    return condition()


def is_killed(worker: subprocess.Popen[bytes]) -> bool:
    """Wait for the worker's end, and let its leases run out."""
    code = worker.wait(SECONDS)
    Step.objects.exclude(lease_until=None).update(lease_until="2020-01-01T00:00:00Z")
    sweep.run()
    return code == -signal.SIGKILL


@pytest.mark.timeout(240)
def test_killed_in_every_stage_a_call_ends_done_once(path: Way, crms: Sandboxes, committed: dict[str, Tenant]) -> None:
    cedar, recording = committed["cedar"], path.record(*KITCHEN)
    path.post(recording=recording, duration=180)
    path.host.fail(f"/recordings/{recording}", Fault(bytes_per_second=2000))

    assert is_killed(start("call", "work"))
    worker = start()
    assert comes_true(lambda: f"/recordings/{recording}" in path.host.requests)
    worker.kill()
    assert is_killed(worker)
    for stage, part in (("transcript", "work"), ("extraction", "save"), ("score", "save")):
        assert is_killed(start(stage, part))
    for slug, written in STRUCK_AT.items():
        worker = start()
        sandboxes.after_write(crms, slug, written, worker.kill)
        assert is_killed(worker)
        age_intents(cedar)
    drain()

    assert path.status().word == "Done"
    assert passed(cedar) == [(stage, crm, "done", "") for stage, crm in zip(STAGES, [""] * 5 + ALL, strict=True)]
    assert counts(crms) == [(1, 1)] * 3
    assert len(crms["pipedrive"].vendor.store.all("lead")) == 1
    with scope(cedar):
        lost = Attempt.objects.filter(outcome="lost").order_by("pk").values_list("stage", "target")
        assert list(lost) == list(zip(STAGES, [""] * 5 + ALL, strict=True))
        for rows in (Call, Recording, Transcript, Extraction, Lead, LeadScore):
            assert (rows.__name__, rows._default_manager.count()) == (rows.__name__, 1)
