"""What docker-compose.yml calls healthy, against real servers."""

import http.server
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from django.conf import settings

from deploy import healthcheck
from pipeline.steps import relay


class Door(http.server.BaseHTTPRequestHandler):
    """Answers the sign-in page, for the right host only."""

    def do_GET(self) -> None:
        known = self.path == "/sign-in/" and self.headers["Host"] == "calls.example.com"
        self.send_response(200 if known else 400)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Serve where the check looks."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(healthcheck, "PORT", server.server_port)
    yield
    server.shutdown()
    server.server_close()


def test_web_that_serves_its_host_is_well(web: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://calls.example.com")

    assert healthcheck.main(["web"]) == 0


def test_web_that_refuses_is_not_well(
    web: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://other.example.com")

    assert healthcheck.main(["web"]) == 1
    assert "HTTP Error 400" in capsys.readouterr().err


def test_web_that_is_away_is_not_well(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(healthcheck, "PORT", 1)
    monkeypatch.setenv("PUBLIC_URL", "https://calls.example.com")

    assert healthcheck.main(["web"]) == 1
    assert "Connection refused" in capsys.readouterr().err


def test_relay_is_well_while_some_relay_holds_the_lock(capsys: pytest.CaptureFixture[str]) -> None:
    assert healthcheck.RELAY_LOCK == relay.RELAY_LOCK
    assert healthcheck.main(["relay"]) == 1
    assert capsys.readouterr().err == "No relay holds the lock: nobody hands out due steps.\n"

    with psycopg.connect(settings.DATABASE_URL) as leader:
        leader.execute("SELECT pg_advisory_lock(%s)", [relay.RELAY_LOCK])

        assert healthcheck.main(["relay"]) == 0


def test_worker_is_well_while_it_is_connected_to_the_broker() -> None:
    worker = redis.Redis.from_url(settings.REDIS_URL)
    worker.ping()

    assert healthcheck.main(["worker"]) == 0
    worker.close()


def test_worker_without_its_broker_is_not_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    away = urlsplit(settings.REDIS_URL)._replace(netloc="127.0.0.1:1").geturl()
    monkeypatch.setenv("REDIS_URL", away)

    assert healthcheck.main(["worker"]) == 1
    assert capsys.readouterr().err.startswith("worker: ConnectionError: ")


def test_scheduler_is_well_while_it_writes_its_schedule_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(healthcheck, "SCHEDULE", tmp_path / "scheduler")
    assert healthcheck.main(["scheduler"]) == 1

    for name in ("scheduler.dir", "scheduler.dat"):  # the library's own endings
        (tmp_path / name).touch()
    assert healthcheck.main(["scheduler"]) == 0

    for file in tmp_path.iterdir():
        os.utime(file, (0, time.time() - healthcheck.QUIET_SECONDS))
    assert healthcheck.main(["scheduler"]) == 1
    assert capsys.readouterr().err == "The scheduler has not looked at its schedule for 11 minutes.\n" * 2


@pytest.mark.parametrize("arguments", [[], ["valkey"], ["web", "relay"]])
def test_other_words_are_refused(arguments: list[str]) -> None:
    assert healthcheck.main(arguments) == 2
