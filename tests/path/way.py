"""The way that a call takes, seen from its two ends, and what is looked at on it."""

import dataclasses
import json

from pipeline.sandbox.recordings import Host
from pipeline.steps.models import Step
from pipeline.steps.status import Status
from pipeline.support import demo_call
from tenants.models import Tenant
from tenants.provisioning import Made
from tests import webhooks
from tests.calls.recording import sounds
from tests.crm.sync.sandboxes import Sandboxes

CALLER = "+15125550147"
ALL = ["hubspot", "salesforce", "pipedrive"]
STAGES = ["call", "recording", "transcript", "extraction", "score", "sync", "sync", "sync"]
KITCHEN = (
    "A: Summit Home Remodeling, this is Mark, how can I help you?",
    "C: Hi Mark, this is Jane Doe, I'd like a quote to remodel our kitchen, new cabinets and countertops.",
    "A: Great. What budget do you have in mind?",
    "C: About forty five thousand dollars, and we want it finished within three months.",
    "A: And what e-mail address can I send the estimate to?",
    "C: jane dot doe at example dot com.",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """The way that a call takes, from the outside."""

    url: str
    host: Host
    made: dict[str, Made]

    def post(self, call_id: str = "CAL1", *, tenant: str = "cedar", recording: str = "", **fields: object) -> str:
        """Post a call's signed webhook to the served door; returns what it was taken as."""
        if recording:
            fields["recording_url"] = self.host.redirect(call_id, recording)
        fields = {"caller_id": CALLER, "start_time": "2026-11-24T19:00:00Z"} | fields
        body = webhooks.body_of(tenant, call_id, **fields)
        answer = webhooks.send(self.url, body, self.made[tenant].webhook_secret)
        assert answer.status == 200, answer
        return str(answer.json["status"])

    def record(self, *said: str) -> str:
        """Make a recording in which this is said, lines of "A: …" (agent) or "C: …"; returns its file."""
        tenths = 30 + len(list(self.host.folder.glob("*.json")))  # its length tells it from the others
        (self.host.folder / f"{tenths}.wav").write_bytes(sounds.wav(sounds.tone(tenths / 10, channels=2)))
        (self.host.folder / f"{tenths}.json").write_text(json.dumps(said))
        return f"{tenths}.wav"

    def status(self, call_id: str = "CAL1", *, tenant: str = "cedar") -> Status:
        """Return where a call stands."""
        return demo_call.look(call_id, self.made[tenant].tenant).status


def passed(tenant: Tenant) -> list[tuple[str, str, str, str]]:
    """Return each step as (stage, CRM, state, code), in order."""
    rows = Step.objects.filter(tenant=tenant).order_by("pk")
    return list(rows.values_list("stage", "target", "state", "code"))


def counts(crms: Sandboxes, tenant: str = "cedar") -> list[tuple[int, int]]:
    """Return how many records of persons and how many logged calls each CRM has in the tenant's account."""
    return [(len(crms[slug].persons(tenant)), len(crms[slug].entries(tenant))) for slug in ALL]
