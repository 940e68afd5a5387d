"""recent_errors: warnings and errors of all processes, newest first, secrets masked, patterns named."""

import io
import json
import logging
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django import Settings

from pipeline.health import recent
from pipeline.logs import JsonLines
from tenants import shared

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    """Give a logger whose lines go to a stream of this test."""
    monkeypatch.setattr(recent, "STREAM", f"recent_errors:{time.monotonic_ns()}")
    handler = recent.Handler()
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("tests.recent")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)
    logger.propagate = True
    shared.client().delete(recent.STREAM)


def wait_for(count: int) -> None:
    until = time.monotonic() + 5
    while shared.client().xlen(recent.STREAM) < count and time.monotonic() < until:
        time.sleep(0.01)


def shown(*words: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    call_command("recent_errors", *words, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def test_the_newest_come_first_with_time_service_and_text(log: logging.Logger) -> None:
    log.error("step.attempted", extra={"code": "net.too_slow", "text": "hubspot took 30 s", "tenant": "cedar"})
    log.warning("relay.broker_away", extra={"error": "ConnectionError"})
    log.info("step.attempted", extra={"outcome": "done"})
    wait_for(2)

    first, second, *rest = shown().splitlines()

    assert first.endswith(f"Z  {settings.PROCESS_NAME}  relay.broker_away: error ConnectionError")
    assert second.endswith("step.attempted net.too_slow [cedar]: hubspot took 30 s")
    assert rest == ["", '1 of "timeout": Performance issue. Check resource limits. ' + rest[1].partition("limits. ")[2]]


def test_a_trace_is_told_by_its_last_line(log: logging.Logger) -> None:
    log.error("step.bug", exc_info=RuntimeError("no such shelf"))
    wait_for(1)

    assert "step.bug: RuntimeError: no such shelf" in shown()


def test_secrets_and_numbers_do_not_reach_it(log: logging.Logger) -> None:
    log.error("crm.failed", extra={"text": "Authorization: Bearer pat-na1-4f3b2a1c0d9e", "of": ["+15125550134"]})
    log.critical("crm.failed", extra={"access_token": "a1b2c3", "sent": {"phone": "(512) 555-0134", "password": "x"}})
    wait_for(2)

    kept = str(shared.client().xrange(recent.STREAM))

    assert not [one for one in ("4f3b2a1c0d9e", "5125550134", "555-0134", "a1b2c3", '"x"') if one in kept]
    assert kept.count("***") >= 5


def test_only_so_many_of_one_service_and_tenant_since_then(log: logging.Logger, settings: Settings) -> None:
    for number in range(3):
        log.error("one", extra={"text": f"number {number}"})
    wait_for(3)
    settings.PROCESS_NAME = "worker-crm"
    log.error("two", extra={"text": "of the other"})
    wait_for(4)

    assert [line["text"] for line in json.loads(shown("--json", "--limit", "2"))] == ["of the other", "number 2"]
    assert [line["text"] for line in json.loads(shown("--json", "--service", "worker-crm"))] == ["of the other"]
    assert shown("--service", "nobody").startswith("No errors.\nNo line of 'nobody' is kept. Services that have some:")
    time.sleep(1.1)
    assert shown("--since", "1s") == "No errors.\n"


@pytest.mark.parametrize("words", [["--limit", "0"], ["--since", "soon"], ["--tenant", "nobody"]])
def test_what_makes_no_sense_says_what_to_type(words: list[str]) -> None:
    with pytest.raises(CommandError):
        shown(*words)


def test_without_redis_it_says_where_the_lines_are(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    shared.client.cache_clear()
    try:
        with pytest.raises(CommandError, match="Each process's own log has its lines"):
            shown()
    finally:
        shared.client.cache_clear()
