"""A worker that is killed between a CRM's write and our commit: one record and one entry all the same."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from crm.models import LeadSync
from crm.sync import connect
from pipeline.stages import STAGES, order
from pipeline.steps import claim, run, sweep
from pipeline.steps.models import Step
from tenants.models import Tenant
from tenants.scope import scope
from tests.crm.sync import sandboxes
from tests.crm.sync.pushing import age_intents
from tests.crm.sync.sandboxes import Sandboxes

WORKER = """
import django
django.setup()
from pipeline.stages import STAGES
from pipeline.steps import run
run.step({step}, tenant_id={tenant}, stages=STAGES)
"""
CREATES = {
    "hubspot": ("/batch/upsert", "/calls"),
    "salesforce": ("/sobjects/Lead/Pipeline", "/sobjects/Task"),
    "pipedrive": ("/persons", "/v1/leads", "/v1/notes"),
}


def start_worker(step_id: int, tenant: Tenant) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "pipeline.settings",
        "PRIVATE_HOSTS": ",".join(settings.PRIVATE_HOSTS),
        **{name: getattr(settings, name) for name in ("HUBSPOT_URL", "SALESFORCE_URL", "PIPEDRIVE_URL")},
    }
    code = WORKER.format(step=step_id, tenant=tenant.pk)
    return subprocess.Popen([sys.executable, "-c", code], cwd=Path(settings.BASE_DIR), env=environment)


@pytest.mark.parametrize(("slug", "path"), [(slug, path) for slug, paths in CREATES.items() for path in paths])
def test_killed_between_write_and_commit_it_stays_one(
    committed: dict[str, Tenant], crms: Sandboxes, slug: str, path: str
) -> None:
    cedar = committed["cedar"]
    with scope(cedar):
        connect.save(slug, sandboxes.CREDENTIALS[slug])
    call = sandboxes.add_call(cedar)
    with scope(cedar):
        lead_id = call.scores.get().lead_id
    step_id = claim.birth(cedar.pk, order.of_lead(slug, call.pk, lead_id))

    worker = start_worker(step_id, cedar)
    sandboxes.after_write(crms, slug, path, worker.kill)
    killed = worker.wait(timeout=60)
    Step.objects.filter(pk=step_id).update(lease_until="2020-01-01T00:00:00Z")
    sweep.run()
    age_intents(cedar)
    Step.objects.filter(pk=step_id).update(next_attempt_at="2020-01-01T00:00:00Z")
    run.step(step_id, tenant_id=cedar.pk, stages=STAGES)

    assert killed == -signal.SIGKILL
    assert Step.objects.get(pk=step_id).state == "done"
    assert [len(crms[slug].persons()), len(crms[slug].entries())] == [1, 1]
    with scope(cedar):
        assert [sync.remote_id for sync in LeadSync.objects.all()] == [crms[slug].persons()[0].id]
    if slug == "pipedrive":
        assert len(crms[slug].vendor.store.all("lead")) == 1
