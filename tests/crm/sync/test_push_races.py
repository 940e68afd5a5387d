"""Two workers on one person, or on one call: one record and one entry all the same, by the sandboxes' own journals."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from crm.models import LeadSync, LoggedCall
from crm.sync import intents
from pipeline.sandbox.faults import Fault
from pipeline.sandbox.server import Answer, Request
from pipeline.stages import STAGES, order
from pipeline.steps import claim, run, sweep
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import Step
from scoring.models import Lead
from scoring.score import rate
from tenants import configuration
from tenants.models import Tenant
from tenants.scope import scope
from tests.crm.sync import sandboxes
from tests.crm.sync.pushing import age_intents, run_due
from tests.crm.sync.sandboxes import CREDENTIALS, ENTRIES, PERSONS, Sandboxes
from tests.drain import drain
from tests.scoring import rows

ALL = list(CREDENTIALS)
WRITES = {
    "hubspot": ("/batch/upsert", "/calls"),
    "salesforce": ("/sobjects/Lead/Pipeline", "/sobjects/Task"),
    "pipedrive": ("/persons", "/v1/leads", "/v1/notes"),
}
NOT_REPEATABLE = [
    ("hubspot", "/calls"),
    ("salesforce", "/sobjects/Task"),
    ("pipedrive", "/persons"),
    ("pipedrive", "/v1/leads"),
    ("pipedrive", "/v1/notes"),
]
"""Writes that make something anew each time they are sent."""
BUSY = {"hubspot": "rate_burst", "salesforce": "concurrent_limit", "pipedrive": "rate_burst"}
SECONDS = 30


@pytest.fixture
def tenant(committed: dict[str, Tenant], crms: Sandboxes, settings: Settings) -> Iterator[Tenant]:
    """Give cedar, connected for real to the three, no delay between them; this process never loses a lease."""
    settings.STEP_LEASE_RENEW_SECONDS = 3600
    cedar = committed["cedar"]
    sandboxes.connect_all(cedar)
    configuration.change(cedar, sync_delay=0)
    yield cedar
    configuration.change(cedar, sync_delay=configuration.Config().sync_delay)
    cache.clear()


def birth(tenant: Tenant, slug: str, call_id: int) -> int:
    """Make a call due for one CRM."""
    with scope(tenant):
        lead_id = Lead.objects.filter(scores__call=call_id).distinct().get().pk
    return claim.birth(tenant.pk, order.of_lead(slug, call_id, lead_id))


def at_once(*jobs: Callable[[], object]) -> None:
    """Do these in threads that start in the same instant, each a worker with a connection of its own."""
    start = threading.Barrier(len(jobs))

    def do(job: Callable[[], object]) -> None:
        try:
            start.wait(SECONDS)
            job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for done in [pool.submit(do, job) for job in jobs]:
            done.result(SECONDS)


def work_off(tenant: Tenant) -> None:
    """Work as a worker does until all of the tenant's steps have ended."""
    while Step.objects.filter(tenant=tenant).exclude(state__in=("done", "dead", "skipped")).exists():
        if not drain():
            time.sleep(0.02)


def step_of(tenant: Tenant, step_id: int) -> Callable[[], None]:
    return lambda: run.step(step_id, tenant_id=tenant.pk, stages=STAGES)


# --- at once --------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ALL)
def test_a_step_that_two_workers_are_told_of_at_once_runs_once(tenant: Tenant, crms: Sandboxes, slug: str) -> None:
    steps = [birth(tenant, slug, sandboxes.add_call(tenant, f"CAL{n}", phone=f"+1512555014{n}").pk) for n in range(4)]

    for step_id in steps:
        at_once(step_of(tenant, step_id), step_of(tenant, step_id))

    assert set(Step.objects.filter(pk__in=steps).values_list("state", "attempts")) == {("done", 1)}
    made = crms[slug].made()
    assert (made[PERSONS[slug]], made[ENTRIES[slug]]) == (4, 4)


@pytest.mark.parametrize("slug", ALL)
def test_two_calls_of_one_person_at_once_are_one_record_with_two_entries(
    tenant: Tenant, crms: Sandboxes, slug: str
) -> None:
    first, second = (birth(tenant, slug, sandboxes.add_call(tenant, f"CAL{n}").pk) for n in range(2))

    at_once(step_of(tenant, first), step_of(tenant, second))
    work_off(tenant)

    assert set(Step.objects.values_list("state", "attempts")) == {("done", 1)}
    made = crms[slug].made()
    assert (made[PERSONS[slug]], made[ENTRIES[slug]]) == (1, 2)


def test_two_workers_on_many_calls_of_few_people(tenant: Tenant, crms: Sandboxes, settings: Settings) -> None:
    settings.TIME_SCALE = 50
    people, calls = 3, 9
    for number in range(calls):
        birth(tenant, "hubspot", sandboxes.add_call(tenant, f"CAL{number}", phone=f"+1512555014{number % people}").pk)

    at_once(lambda: work_off(tenant), lambda: work_off(tenant))

    assert set(Step.objects.values_list("state", "code")) == {("done", "")}
    assert Step.objects.count() == 3 * calls
    for slug in ALL:
        made = crms[slug].made()
        assert (slug, made[PERSONS[slug]], made[ENTRIES[slug]]) == (slug, people, calls)
    assert crms["pipedrive"].made()["lead"] == people


# --- overtaken ------------------------------------------------------------------------------------


class Held:
    """The next write to one path: when it is there its answer is held back, until it is let go."""

    def __init__(self, crms: Sandboxes, slug: str, path: str, *, refused: bool = False) -> None:
        self.is_out = threading.Event()
        self._go = threading.Event()
        vendor = crms[slug].vendor
        answered = vendor.respond

        def respond(request: Request) -> Answer:
            if request.method == "GET" or path not in request.path or self.is_out.is_set():
                return answered(request)
            answer = vendor.script.shape(BUSY[slug]) if refused else answered(request)
            self.is_out.set()
            assert self._go.wait(SECONDS)
            return answer

        vendor.respond = respond  # type: ignore[method-assign]  # the outside world, slow at one moment

    def let_go(self) -> None:
        self._go.set()


@contextmanager
def slow_worker(tenant: Tenant, step_id: int, held: Held) -> Iterator[None]:
    """Have another worker run the step up to the write that is held; it goes on and ends after the block."""
    done: list[None] = []

    def work() -> None:
        try:
            run.step(step_id, tenant_id=tenant.pk, stages=STAGES)
            done.append(None)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert held.is_out.wait(SECONDS)
        yield
    finally:
        held.let_go()
        thread.join(SECONDS)
    assert done == [None]


def take_away(tenant: Tenant, step_id: int) -> None:
    """Let the lease run out, as that of a worker whose machine stood still, and an hour pass since its write."""
    Step.objects.filter(pk=step_id).update(lease_until="2020-01-01T00:00:00Z")
    sweep.run()
    age_intents(tenant)


def stored(tenant: Tenant) -> list[dict[str, object]]:
    """Return the rows of the person's record and of the call's entry."""
    with scope(tenant):
        syncs, logged = LeadSync.objects.values(), LoggedCall.objects.values()
        return [*map(dict, syncs), *map(dict, logged)]


@pytest.mark.parametrize(("slug", "path"), [(slug, path) for slug, paths in WRITES.items() for path in paths])
def test_overtaken_while_its_write_was_out_a_worker_changes_nothing_more(
    tenant: Tenant, crms: Sandboxes, slug: str, path: str
) -> None:
    configuration.change(tenant, sync_order=[slug])
    step_id = birth(tenant, slug, sandboxes.add_call(tenant).pk)

    with slow_worker(tenant, step_id, Held(crms, slug, path)):
        take_away(tenant, step_id)
        run.step(step_id, tenant_id=tenant.pk, stages=STAGES)
        by_the_second = stored(tenant)
        asked = len(crms.seen)

    assert stored(tenant) == by_the_second
    assert crms.seen[asked:] == []
    assert [(row["remote_id"], row["intent_at"]) for row in by_the_second] == [
        (crms[slug].persons()[0].id, None),
        (crms[slug].entries()[0].id, None),
    ]
    made = crms[slug].made()
    assert (made[PERSONS[slug]], made[ENTRIES[slug]], made["lead"]) == (1, 1, int(slug == "pipedrive"))
    assert Step.objects.get(pk=step_id).state == "done"
    with scope(tenant):
        assert list(Attempt.objects.order_by("pk").values_list("outcome", flat=True)) == ["lost", "done"]


def test_a_score_and_the_first_write_of_its_lead_do_not_block_each_other(tenant: Tenant) -> None:
    call = sandboxes.add_call(tenant)
    step_id = birth(tenant, "hubspot", call.pk)
    claimed = claim.take(step_id, tenant_id=tenant.pk, worker="syncs")
    assert claimed
    is_scored = threading.Event()

    def score() -> None:
        """As the stage does: the lead, then the step that follows, in one commit."""
        job = rows.job(tenant, "score", call.pk)
        try:
            with scope(tenant):
                outcome = rate.work(job)
                with transaction.atomic():
                    rate.save(job, outcome)
                    is_scored.set()
                    time.sleep(0.3)
                    birth(tenant, "hubspot", call.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool, scope(tenant):
        scored = pool.submit(score)
        assert is_scored.wait(SECONDS)
        job = dataclasses.replace(
            rows.job(tenant, "sync", call.pk), step_id=step_id, target="hubspot", fence=claimed.fence
        )
        intents.of_lead(job, Lead.objects.get().pk)
        scored.result()

    with scope(tenant):
        assert LeadSync.objects.get().intent_at


@pytest.mark.parametrize(("slug", "path"), NOT_REPEATABLE)
def test_an_overtaken_workers_late_refusal_does_not_take_back_the_doubt(
    tenant: Tenant, crms: Sandboxes, slug: str, path: str
) -> None:
    configuration.change(tenant, sync_order=[slug])
    step_id = birth(tenant, slug, sandboxes.add_call(tenant).pk)

    with slow_worker(tenant, step_id, Held(crms, slug, path, refused=True)):
        take_away(tenant, step_id)
        run_due(tenant, rounds=1)
        age_intents(tenant)
        crms[slug].vendor.script.add(Fault(lose="answer", method="POST", path=path))
        run_due(tenant, rounds=1)
    age_intents(tenant)
    run_due(tenant)

    made = crms[slug].made()
    assert (made[PERSONS[slug]], made[ENTRIES[slug]], made["lead"]) == (1, 1, int(slug == "pipedrive"))
    with scope(tenant):
        told = [(one.outcome, one.code) for one in Attempt.objects.order_by("pk")]
    assert told == [
        ("lost", "worker.lost"),
        ("retry", "crm.not_visible_yet"),
        ("retry", "crm.no_answer"),
        ("done", ""),
    ]
