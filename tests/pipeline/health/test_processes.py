"""Heartbeats: what `processes` shows, what `restart_workers` asks for, and a real worker that hears it."""

import datetime as dt
import io
import json
import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pipeline import clock
from pipeline.health import heartbeat
from pipeline.health.models import Process
from tenants.models import PlatformEntry

pytestmark = pytest.mark.django_db


def beating(name: str = "worker-crm", kind: Process.Kind = Process.Kind.WORKER, **fields: Any) -> Process:
    one = Process(kind=kind, name=name, host="here", pid=77, version="1.2", **fields)
    heartbeat.beat(one)
    return one


def said(command: str, *words: str) -> str:
    out = io.StringIO()
    call_command(command, *words, stdout=out)
    return out.getvalue()


def test_what_beats_is_shown_and_what_fell_silent_after_it() -> None:
    silent = beating("worker-audio")
    Process.objects.filter(pk=silent.pk).update(beat_at=clock.now() - dt.timedelta(minutes=2))
    beating("web", Process.Kind.WEB)

    head, first, second = said("processes").splitlines()

    assert head.split() == ["kind", "name", "host", "pid", "version", "since", "heartbeat"]
    assert first.split()[:5] == ["web", "web", "here", "77", "1.2"]
    assert first.endswith("0 s ago")
    assert "silent since" in second
    assert [one["alive"] for one in json.loads(said("processes", "--json"))] == [True, False]


def test_nothing_runs_says_so() -> None:
    assert said("processes") == "No process has beaten in the last day.\n"


def test_a_process_that_is_long_gone_is_forgotten() -> None:
    gone = beating("worker-audio")
    Process.objects.filter(pk=gone.pk).update(beat_at=clock.now() - dt.timedelta(days=2))

    beating()

    assert not Process.objects.filter(pk=gone.pk).exists()


def test_only_workers_that_are_alive_are_asked_and_hear_it_at_their_next_beat() -> None:
    worker, web = beating(), beating("web", Process.Kind.WEB)
    silent = beating("worker-audio")
    Process.objects.filter(pk=silent.pk).update(beat_at=clock.now() - dt.timedelta(minutes=2))

    out = said("restart_workers", "--no-wait")

    assert out == "worker-crm on here (pid 77) is asked to start anew.\n"
    assert heartbeat.beat(worker)
    assert not heartbeat.beat(web)
    entry = PlatformEntry.objects.latest("number")
    assert (entry.event, entry.detail) == ("workers.restarted", {"count": 1})


def test_asked_once_is_enough_and_a_name_that_is_not_there_says_so() -> None:
    beating()
    said("restart_workers", "--no-wait")

    for words in (["--no-wait"], ["--name", "worker-gone"], ["--host", "elsewhere"]):
        with pytest.raises(CommandError, match="`processes` shows what runs"):
            said("restart_workers", *words)


def test_it_waits_until_they_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = beating()
    ends = iter([False, True])

    def sleep(_: float) -> None:
        if next(ends):
            Process.objects.filter(pk=worker.pk).update(ended_at=clock.now())

    monkeypatch.setattr(time, "sleep", sleep)

    assert said("restart_workers").endswith("All 1 have ended; `processes` shows the new ones.\n")


def test_the_queues_say_how_many_workers_are_alive() -> None:
    assert "no worker is alive" in said("queue_status")
    beating()
    beating("worker-audio")
    assert "2 workers are alive" in said("queue_status")
    assert json.loads(said("queue_status", "--json"))["workers"] == 2
