"""The three sandboxed CRMs in this process, and a tenant's connections to them."""

import collections
import dataclasses
import datetime as dt
import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from calls.models import Call
from crm.models import CrmConnection
from crm.sync import connect
from pipeline.sandbox import servers
from pipeline.sandbox.server import Answer, Request, Server
from pipeline.sandbox.store import Record, account_of
from pipeline.sandbox.vendor import VIOLATION, Vendor
from scoring.models import Lead, LeadScore
from tenants.models import Tenant
from tenants.scope import scope


def credentials(tenant: str) -> dict[str, dict[str, str]]:
    """Return what opens a tenant's own account at each CRM."""
    return {
        "hubspot": {"access_token": f"pat-na1-{tenant}-0123456789"},
        "salesforce": {"domain": tenant, "client_id": f"{tenant}-key", "client_secret": f"{tenant}-s3cret"},
        "pipedrive": {"domain": tenant, "api_token": f"{tenant}0123456789abcdef"},
    }


def accounts(tenant: str) -> dict[str, str]:
    """Return the part of a tenant's credentials that names the account, for each CRM."""
    names = {"hubspot": "access_token", "salesforce": "client_id", "pipedrive": "api_token"}
    return {slug: values[names[slug]] for slug, values in credentials(tenant).items()}


CREDENTIALS = credentials("cedar")
ACCOUNTS = accounts("cedar")
PERSONS = {"hubspot": "contacts", "salesforce": "Lead", "pipedrive": "person"}
ENTRIES = {"hubspot": "calls", "salesforce": "Task", "pipedrive": "note"}


@dataclasses.dataclass
class Sandbox:
    """One running sandbox."""

    slug: str
    vendor: Vendor
    server: Server

    def persons(self, tenant: str = "cedar") -> list[Record]:
        return self.vendor.store.all(PERSONS[self.slug], account_of(accounts(tenant)[self.slug]))

    def entries(self, tenant: str = "cedar") -> list[Record]:
        return self.vendor.store.all(ENTRIES[self.slug], account_of(accounts(tenant)[self.slug]))

    def made(self) -> dict[str, int]:
        """Return how many records of a kind were ever made, as the sandbox's journal says at its own door."""
        with urllib.request.urlopen(f"{self.server.url}/_sandbox/journal", timeout=10) as answer:
            lines = json.load(answer)["journal"]
        return collections.Counter(str(line["kind"]) for line in lines if line["action"] == "created")


@dataclasses.dataclass
class Sandboxes:
    """All three; `seen` is what arrived, in order."""

    by_slug: dict[str, Sandbox] = dataclasses.field(default_factory=dict)
    seen: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def __getitem__(self, slug: str) -> Sandbox:
        return self.by_slug[slug]

    def start(self, slug: str, folder: Path) -> Sandbox:
        vendor = servers.VENDORS[slug](folder)

        def respond(request: Request) -> Answer:
            self.seen.append((slug, f"{request.method} {request.path}"))
            return vendor.respond(request)

        self.by_slug[slug] = Sandbox(slug, vendor, Server(respond, name=slug).start())
        return self.by_slug[slug]

    def environment(self) -> dict[str, object]:
        """Return the settings that lead to the sandboxes."""
        urls: dict[str, object] = {f"{slug.upper()}_URL": one.server.url for slug, one in self.by_slug.items()}
        return urls | {"PRIVATE_HOSTS": [one.server.host for one in self.by_slug.values()]}

    def writes(self) -> list[str]:
        """Return which CRM each write to a person's record or log went to, in order."""
        marks = ("/batch/upsert", "/sobjects/Lead/", "/persons", "/calls", "/Task", "/notes", "/leads")
        return [slug for slug, line in self.seen if not line.startswith("GET") and any(mark in line for mark in marks)]


def after_write(crms: Sandboxes, slug: str, path: str, do: Callable[[], object]) -> None:
    """Do this as soon as the sandbox has stored its next write to this path, before the answer goes out."""
    vendor = crms[slug].vendor
    answered = vendor.respond

    def respond(request: Request) -> Answer:
        answer = answered(request)
        if request.method != "GET" and path in request.path:
            vendor.respond = answered  # type: ignore[method-assign]
            do()
        return answer

    vendor.respond = respond  # type: ignore[method-assign]  # the outside world, made to strike at one moment


@contextmanager
def running(folder: Path) -> Iterator[Sandboxes]:
    """Run the three sandboxes; every request must have kept the vendors' contracts."""
    all_three = Sandboxes()
    for slug in CREDENTIALS:
        all_three.start(slug, folder)
    yield all_three
    for one in all_three.by_slug.values():
        assert [record.body for record in one.vendor.store.all(VIOLATION)] == []
        one.server.stop()
        one.vendor.close()


def connect_all(tenant: Tenant) -> None:
    """Connect the tenant to accounts of its own at all three."""
    with scope(tenant):
        for slug, values in credentials(tenant.slug).items():
            connect.save(slug, values)


def add_call(
    tenant: Tenant, external_id: str = "CAL1", *, phone: str = "+15125550147", kind: str = "lead", score: int = 87
) -> Call:
    """Add a scored call; calls of one phone number are one lead's."""
    with scope(tenant):
        call = Call.objects.create(
            external_id=external_id,
            phone=phone,
            caller_id=phone,
            started_at=dt.datetime(2026, 11, 24, 19, 0, tzinfo=dt.UTC),
            duration=95,
            marketing_source="Google Ads",
            medium="cpc",
            campaign="Kitchens",
            gclid="gclid-1",
        )
        lead, _ = Lead.objects.get_or_create(
            key=f"{int(phone.strip('+')):064x}",
            defaults={
                "phone": phone,
                "first_name": "Jane",
                "last_name": "Doe",
                "email": f"jane{phone[-4:]}@example.com",
            },
        )
        LeadScore.objects.create(
            call=call,
            lead=lead,
            profile_version=0,
            caller_kind=kind,
            score=score,
            band="hot",
            confidence=0.9,
            parts=[],
            contact={"project_type": "kitchen remodel"},
        )
    return call


def connection(tenant: Tenant, slug: str) -> CrmConnection:
    """Return a connection as it stands."""
    with scope(tenant):
        return CrmConnection.objects.get(slug=slug)
