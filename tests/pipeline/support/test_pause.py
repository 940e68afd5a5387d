"""`pause`, `resume`, `queue_status`: the operator's switch and the look at the queues."""

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from pipeline.steps import claim, pause, relay
from pipeline.steps.models import State, Step
from pipeline.steps.pause import Pause
from pipeline.steps.stage import Due
from tenants.audit.models import Entry
from tenants.models import PlatformEntry, Tenant
from tenants.scope import scope

pytestmark = pytest.mark.django_db


def run(name: str, *words: str) -> str:
    out = io.StringIO()
    call_command(name, *words, stdout=out)
    return out.getvalue()


def step(tenant: Tenant, stage: str = "sync", target: str = "hubspot", *, ago: int = 0) -> int:
    """Make a step that has been due for so many seconds; returns its id."""
    number = Step.objects.count() + 1
    step_id = claim.birth(tenant.pk, Due(stage, "crm", number, f"call:{number}", target))
    Step.objects.filter(pk=step_id).update(next_attempt_at=timezone.now() - dt.timedelta(seconds=ago))
    return step_id


def handed_out() -> set[int]:
    """Let the relay do one round; returns the steps that it hands out."""
    given: list[int] = []
    relay.round_of("crm", free=100, publish=lambda _, pairs: given.extend(one for one, _ in pairs))
    return set(given)


@pytest.mark.parametrize(
    ("words", "goes_on"),
    [
        (["--all"], set()),
        (["--tenant=cedar"], {"birch hubspot", "birch pipedrive"}),
        (["--crm=hubspot"], {"cedar pipedrive", "birch pipedrive"}),
        (["--tenant=cedar", "--crm=hubspot"], {"cedar pipedrive", "birch hubspot", "birch pipedrive"}),
        (["--stage=sync"], set()),
        (["--tenant=birch", "--stage=sync"], {"cedar hubspot", "cedar pipedrive"}),
        (["--stage=score"], {"cedar hubspot", "cedar pipedrive", "birch hubspot", "birch pipedrive"}),
    ],
)
def test_what_is_paused_stands_still_and_all_else_goes_on(
    cedar: Tenant, birch: Tenant, words: list[str], goes_on: set[str]
) -> None:
    steps = {
        step(tenant, "sync", crm, ago=60): f"{tenant.slug} {crm}"
        for tenant in (cedar, birch)
        for crm in ("hubspot", "pipedrive")
    }

    said = run("pause", *words, "--reason=the CRM is down")

    assert {steps[one] for one in handed_out()} == goes_on
    assert "stands still since" in said
    assert "(the CRM is down)" in said
    assert run("resume", *words).strip().endswith("goes on.")
    Step.objects.filter(state=State.QUEUED).update(state=State.WAITING, lease_until=None)
    assert handed_out() == set(steps)


@pytest.mark.parametrize(
    "words", [[], ["--all", "--tenant=cedar"], ["--all", "--crm=hubspot"], ["--stage=sync", "--crm=hubspot"]]
)
def test_a_place_that_is_not_clear_is_refused_and_nothing_is_paused(cedar: Tenant, words: list[str]) -> None:
    with pytest.raises(CommandError, match="Say what: --all, --tenant, --stage or --crm"):
        run("pause", *words)

    assert pause.current() == []


def test_an_unknown_tenant_is_named(cedar: Tenant) -> None:
    with pytest.raises(CommandError, match="There is no tenant 'ceder'"):
        run("pause", "--tenant=ceder")


def test_the_answer_is_the_command_that_lets_it_go_on(cedar: Tenant) -> None:
    said = run("pause", "--tenant=cedar", "--crm=hubspot")

    words = said.strip().rpartition("To go on: resume ")[2].split()
    assert run("resume", *words) == "CRM hubspot of cedar goes on.\n"


def test_paused_twice_is_paused_once_with_the_first_reason(cedar: Tenant) -> None:
    run("pause", "--tenant=cedar", "--reason=first")
    said = run("pause", "--tenant=cedar", "--reason=second")

    assert "(first)" in said
    assert Pause.objects.count() == 1


def test_the_list_says_what_and_how_it_ends(cedar: Tenant) -> None:
    assert run("pause", "--list") == "Nothing is paused.\n"
    run("pause", "--tenant=cedar", "--stage=score", "--reason=bad model")

    said = run("pause", "--list")

    assert said.startswith("stage score of cedar stands still since")
    assert said.endswith("(bad model); resume --tenant cedar --stage score\n")


def test_resuming_what_is_not_paused_says_what_is(cedar: Tenant) -> None:
    run("pause", "--crm=hubspot")

    with pytest.raises(
        CommandError, match=r"everything was not paused: nothing was changed\. What is paused: CRM hubspot"
    ):
        run("resume", "--all")


def test_what_still_holds_it_is_told_when_one_of_two_pauses_ends(cedar: Tenant) -> None:
    run("pause", "--all")
    run("pause", "--tenant=cedar")

    assert "But everything stands still" in run("resume", "--tenant=cedar")


def test_both_stand_in_the_trail(cedar: Tenant) -> None:
    run("pause", "--tenant=cedar")
    run("pause", "--all")
    run("resume", "--all")
    with scope(cedar):
        assert Entry.objects.latest("number").event == "pause.set"
    last = PlatformEntry.objects.order_by("-number")[:2]
    assert [one.event for one in last] == ["pause.lifted", "pause.set"]


def test_the_queues_are_shown_by_tenant_and_stage_with_the_oldest_ones_age(cedar: Tenant, birch: Tenant) -> None:
    step(cedar, ago=125)
    step(cedar, ago=5)
    later = step(birch, "score", "")
    Step.objects.filter(pk=later).update(next_attempt_at=timezone.now() + dt.timedelta(hours=2))
    dead = step(birch, "score", "")
    Step.objects.filter(pk=dead).update(state=State.DEAD)

    said = run("queue_status").splitlines()

    assert said[1].split()[:6] == ["birch", "score", "0", "-", "0", "1"]
    assert said[2].split()[:5] == ["cedar", "sync", "hubspot", "2", "2"]
    assert said[-1].startswith("2 due, the oldest for 2 m ")


def test_a_paused_line_and_the_pause_are_marked(cedar: Tenant) -> None:
    step(cedar)
    run("pause", "--tenant=cedar", "--reason=moving")

    said = run("queue_status", "--tenant=cedar")

    assert "  paused" in said
    assert "Paused: everything of cedar stands still since" in said


def test_a_program_gets_the_same_as_json(cedar: Tenant, birch: Tenant) -> None:
    step(cedar, ago=10)
    step(birch, ago=10)
    done = step(cedar, "score", "")
    Step.objects.filter(pk=done).update(state=State.DONE, finished_at=timezone.now(), worker="w1@host")

    found = json.loads(run("queue_status", "--tenant=cedar", "--json"))

    assert [(one["tenant"], one["stage"], one["crm"], one["due"]) for one in found["lines"]] == [
        ("cedar", "sync", "hubspot", 1)
    ]
    assert (found["steps_per_minute"], found["workers"], found["paused"]) == (0.2, 0, [])


def test_an_empty_pipeline_says_so(cedar: Tenant) -> None:
    assert run("queue_status") == (
        "Nothing is due. 0 steps ended a minute over the last 5; no worker is alive: `processes` says which were.\n"
    )
