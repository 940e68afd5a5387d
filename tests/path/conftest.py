"""The path of a call with real ends: the served door, a recording host, three CRMs, all over HTTP."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from calls.transcript import registry
from crm.sync.providers import salesforce
from pipeline.local import environment, ports, processes
from pipeline.local.home import ROOT
from pipeline.sandbox import recordings
from pipeline.sandbox.recordings import Host
from tenants import configuration
from tenants.models import Tenant
from tenants.provisioning import Made
from tests import webhooks
from tests.crm.sync import sandboxes
from tests.crm.sync.sandboxes import Sandboxes
from tests.path import prepared
from tests.path.way import Way

READY_SECONDS = 60


@pytest.fixture(scope="session")
def door(made: dict[str, Made], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the webhook's door as an installation does, on the tests' database; gives its URL."""
    port = ports.free()
    url, log = f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("door") / "web.log"
    command = processes.WEB.command(host="127.0.0.1", port=str(port), run="")
    told = os.environ | {"DATABASE_POOL": "true", "PROCESS_NAME": "web"}
    with log.open("wb") as out:
        web = subprocess.Popen(
            environment.program(command, Path(sys.executable)),
            cwd=ROOT,
            env=told,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + READY_SECONDS
        while not _answers(url):
            is_coming = web.poll() is None and time.monotonic() < until
            assert is_coming, log.read_text(errors="replace")[-3000:]
            time.sleep(0.1)
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(web.pid, signal.SIGTERM)
        web.wait(30)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}{webhooks.PATH}", timeout=2)
    except urllib.error.HTTPError:
        return True  # 405: it is there
    except OSError:
        return False
    return True


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Run the recording host on a folder of this test, where the real recordings lie too."""
    host = Host()
    host.folder = tmp_path / "recorded"
    shutil.copytree(recordings.FOLDER, host.folder, ignore=shutil.ignore_patterns("*.json", "*.md", "librivox"))
    host.server.start()
    yield host
    host.server.stop()


@pytest.fixture
def crms(tmp_path: Path) -> Iterator[Sandboxes]:
    """Run the three sandboxed CRMs; every request must have kept the vendors' contracts."""
    salesforce._sessions.clear()
    with sandboxes.running(tmp_path / "crms") as running:
        yield running


@pytest.fixture
def path(
    door: str,
    host: Host,
    crms: Sandboxes,
    committed: dict[str, Tenant],
    made: dict[str, Made],
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Way]:
    """Give the whole path: both tenants connected to accounts of their own, no delay between the CRMs."""
    for name, value in crms.environment().items():
        setattr(settings, name, value)
    settings.RECORDING_PRIVATE_HOSTS = [host.server.host]
    settings.RECORDINGS_DIR = tmp_path / "stored"
    settings.SPEECH_ENGINE = prepared.SLUG
    monkeypatch.setitem(registry.PROVIDERS, prepared.SLUG, f"{prepared.__name__}.{prepared.Prepared.__name__}")
    monkeypatch.setenv(prepared.FOLDER, str(host.folder))
    for tenant in committed.values():
        sandboxes.connect_all(tenant)
        configuration.change(tenant, sync_delay=0)
    yield Way(door, host, made)
    for tenant in committed.values():
        configuration.change(tenant, sync_delay=configuration.Config().sync_delay)
    cache.clear()
