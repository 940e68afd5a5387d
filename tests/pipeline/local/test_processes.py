"""The table of processes, and what each of them is told."""

import pytest
from django.conf import settings

from pipeline.local import environment, processes
from pipeline.local.database import Urls
from pipeline.local.home import Home
from pipeline.stages import order

SANDBOXES = {name: f"http://127.0.0.1:{port}" for port, name in enumerate(processes.SANDBOXES, 8011)}


def values(home: Home) -> dict[str, str]:
    urls = Urls(app="postgresql://app@h/d", owner="postgresql://owner@h/d")
    return environment.build(home, urls=urls, redis_url="redis://h", url="http://127.0.0.1:8000", sandboxes=SANDBOXES)


def test_every_queue_of_the_stages_has_its_worker() -> None:
    queues = [process.queue for process in processes.DEPLOYED if process.queue]

    assert queues == list(settings.QUEUES)
    assert set(order.QUEUES.values()) <= set(queues)


def test_names_are_unique_and_stop_from_the_door_inwards() -> None:
    named = [process.name for process in processes.LOCAL]
    by_order = sorted(processes.LOCAL, key=lambda process: process.order)

    assert len(set(named)) == len(named)
    assert by_order[0] is processes.WEB
    assert by_order[1] is processes.RELAY
    assert by_order[-1] is processes.SANDBOX


def test_no_process_that_stays_is_told_the_owners_url(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@h/d")
    monkeypatch.setenv("DATABASE_ROLE", "owner")

    told = [environment.of_process(process, values(home)) for process in processes.LOCAL]

    assert not [one for one in told if "postgresql://owner@h/d" in one.values() or "DATABASE_ROLE" in one]


def test_a_process_is_told_what_its_row_names(home: Home) -> None:
    told = environment.of_process(processes.WEB, values(home))

    assert {name for name in processes.WEB.environment if name not in told} == set()
    assert told["PROCESS_NAME"] == "web"
    assert told["DATABASE_URL"] == "postgresql://app@h/d"


def test_the_hosts_of_crms_and_of_recordings_are_two_lists(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVATE_HOSTS", "crm.internal")
    monkeypatch.setenv("RECORDING_PRIVATE_HOSTS", "audio.internal")

    told = environment.of_process(processes.worker("audio"), values(home))

    assert told["PRIVATE_HOSTS"] == "crm.internal,127.0.0.1:8011,127.0.0.1:8012,127.0.0.1:8013"
    assert told["RECORDING_PRIVATE_HOSTS"] == "audio.internal,127.0.0.1:8014"


def test_only_the_web_process_is_told_of_trusted_proxies(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8")

    told = {one.name: environment.of_process(one, values(home)) for one in processes.LOCAL}

    assert [name for name, one in told.items() if "TRUSTED_PROXIES" in one] == ["web"]
    assert told["web"]["TRUSTED_PROXIES"] == "10.0.0.0/8"


def test_the_callers_python_path_is_not_handed_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")

    assert "PYTHONPATH" not in environment.of_process(processes.RELAY, values(home))


def test_a_file_that_the_caller_names_does_not_win_over_what_was_started(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", "/elsewhere")

    assert "DATABASE_URL_FILE" not in environment.of_process(processes.RELAY, values(home))


def test_a_vendors_address_of_the_caller_wins_over_the_sandbox(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_URL", "https://api.hubapi.com")

    told = values(home)

    assert (told["HUBSPOT_URL"], told["PIPEDRIVE_URL"]) == ("https://api.hubapi.com", "http://127.0.0.1:8013")


def test_only_a_command_of_the_owners_is_told_the_owners_url(home: Home) -> None:
    told = [environment.of_command(values(home), as_owner=owner) for owner in (True, False)]

    assert ["DATABASE_OWNER_URL" in one for one in told] == [True, False]


def test_the_blanks_of_a_command_are_filled_in() -> None:
    assert processes.WEB.command(host="127.0.0.1", port="8000")[3:7] == ["--host", "127.0.0.1", "--port", "8000"]
