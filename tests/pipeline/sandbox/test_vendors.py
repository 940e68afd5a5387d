"""The sandboxed CRMs as servers: records and journal that stay, accounts apart, limits, faults, contract."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from pipeline.sandbox import servers
from pipeline.sandbox.faults import BadFault, Fault
from pipeline.sandbox.server import Answer, Request, Server
from pipeline.sandbox.store import account_of
from pipeline.sandbox.vendor import Vendor

TOKEN = "0123456789abcdef"


def ask(vendor: Vendor, method: str, path: str, body: object = None, *, token: str = TOKEN, **query: str) -> Answer:
    headers = {"x-api-token": token, "content-type": "application/json"}
    raw = b"" if body is None else json.dumps(body).encode()
    return vendor.respond(Request(method, path, query, headers, raw))


@pytest.fixture
def pipedrive(tmp_path: Path) -> Iterator[Vendor]:
    vendor = servers.VENDORS["pipedrive"](tmp_path)
    yield vendor
    vendor.close()


def persons(vendor: Vendor, **query: str) -> list[dict[str, Any]]:
    return list(ask(vendor, "GET", "/_sandbox/records", kind="person", **query).body["records"])


def test_records_and_journal_outlive_the_process(tmp_path: Path) -> None:
    first = servers.VENDORS["pipedrive"](tmp_path)
    ask(first, "POST", "/api/v2/persons", {"name": "Jane"})
    first.close()
    second = servers.VENDORS["pipedrive"](tmp_path)

    [record] = persons(second)
    [line] = ask(second, "GET", "/_sandbox/journal").body["journal"]
    second.close()

    assert (record["body"], record["account"]) == ({"name": "Jane"}, account_of(TOKEN))
    assert {**line, "time": ""} == {
        "time": "",
        "account": account_of(TOKEN),
        "kind": "person",
        "id": record["id"],
        "action": "created",
        "key": "",
    }


def test_each_token_has_its_own_account(pipedrive: Vendor) -> None:
    ask(pipedrive, "POST", "/api/v2/persons", {"name": "Jane"})
    ask(pipedrive, "POST", "/api/v2/persons", {"name": "Joe"}, token="another0token")

    assert [one["name"] for one in ask(pipedrive, "GET", "/api/v2/persons").body["data"]] == ["Jane"]
    assert [one["body"]["name"] for one in persons(pipedrive, account=account_of("another0token"))] == ["Joe"]
    assert len(persons(pipedrive)) == 2


def test_the_limit_of_an_account_is_told_and_kept(pipedrive: Vendor) -> None:
    pipedrive.knobs["requests"] = 2

    answers = [ask(pipedrive, "GET", "/v1/users/me") for _ in range(3)]

    assert [one.status for one in answers] == [200, 200, 429]
    assert [one.headers["x-ratelimit-remaining"] for one in answers] == ["1", "0", "0"]
    assert ask(pipedrive, "GET", "/v1/users/me", token="another0token").status == 200


def test_limits_come_back_with_time_which_the_scale_speeds_up(tmp_path: Path) -> None:
    vendor = servers.VENDORS["pipedrive"](tmp_path, time_scale=100)
    vendor.knobs["requests"] = 1
    statuses = [ask(vendor, "GET", "/v1/users/me").status for _ in range(2)]

    time.sleep(0.03)
    statuses.append(ask(vendor, "GET", "/v1/users/me").status)
    vendor.close()

    assert statuses == [200, 429, 200]


def test_the_day_s_tokens_are_spent_by_cost(pipedrive: Vendor) -> None:
    pipedrive.knobs["daily_tokens"] = 25

    search = ask(pipedrive, "GET", "/api/v2/persons/search", term="Jane")
    refused = ask(pipedrive, "POST", "/api/v2/persons", {"name": "Jane"})

    assert search.headers["x-daily-ratelimit-token-remaining"] == "5"
    assert (refused.status, refused.headers["x-daily-ratelimit-token-remaining"]) == (429, "0")


def test_a_request_that_breaks_the_contract_is_refused_and_counted(pipedrive: Vendor) -> None:
    answer = ask(pipedrive, "POST", "/api/v2/persons", {"name": 7})

    assert answer.status == 400
    assert ask(pipedrive, "GET", "/_sandbox/violations").body == {
        "violations": [{"request": "POST /api/v2/persons", "why": 'name: breaks type "string"'}]
    }
    assert persons(pipedrive) == []


def test_a_path_that_the_contract_lacks_is_counted_too(pipedrive: Vendor) -> None:
    ask(pipedrive, "GET", "/v1/persons")

    [violation] = ask(pipedrive, "GET", "/_sandbox/violations").body["violations"]
    assert violation["why"] == "GET /v1/persons is not part of the contract."


def test_faults_are_taken_once_each_by_the_requests_they_are_for(pipedrive: Vendor) -> None:
    faults = [{"shape": "rate_burst", "method": "POST", "path": "/persons$"}, {"status": 503, "times": 2}]
    ask(pipedrive, "POST", "/_sandbox/faults", {"faults": faults})

    statuses = [
        ask(pipedrive, "GET", "/v1/users/me").status,
        ask(pipedrive, "POST", "/api/v2/persons", {"name": "Jane"}).status,
        ask(pipedrive, "GET", "/v1/users/me").status,
        ask(pipedrive, "GET", "/v1/users/me").status,
    ]

    assert statuses == [503, 429, 503, 200]
    assert persons(pipedrive) == []


@pytest.mark.parametrize(("lost", "stored"), [("answer", 1), ("request", 0)])
def test_a_lost_answer_breaks_the_connection_after_or_before_the_write(
    pipedrive: Vendor, lost: str, stored: int
) -> None:
    server = Server(pipedrive.respond).start()
    pipedrive.script.add(Fault(lose=lost))
    connection = http.client.HTTPConnection(server.host, timeout=5)

    headers = {"x-api-token": TOKEN, "Content-Type": "application/json"}
    connection.request("POST", "/api/v2/persons", json.dumps({"name": "Jane"}), headers)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()
    server.stop()

    assert len(persons(pipedrive)) == stored


@pytest.mark.parametrize("fault", [Fault(shape="no_such_error"), Fault(lose="everything")])
def test_faults_that_make_no_sense_are_refused(pipedrive: Vendor, fault: Fault) -> None:
    with pytest.raises(BadFault):
        pipedrive.script.add(fault)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/_sandbox/faults", {"faults": [{"shape": "no_such_error"}]}),
        ("POST", "/_sandbox/faults", {"faults": [{"colour": "red"}]}),
        ("POST", "/_sandbox/knobs", {"colour": "red"}),
    ],
)
def test_a_checker_that_asks_for_nonsense_is_told(pipedrive: Vendor, method: str, path: str, body: object) -> None:
    answer = ask(pipedrive, method, path, body)

    assert answer.status == 400
    assert answer.body["error"]


def test_credentials_can_be_refused_and_taken_again(pipedrive: Vendor) -> None:
    ask(pipedrive, "POST", "/_sandbox/knobs", {"refuse": [TOKEN]})
    refused = ask(pipedrive, "GET", "/v1/users/me").status
    ask(pipedrive, "POST", "/_sandbox/knobs", {"take_again": [TOKEN]})

    assert (refused, ask(pipedrive, "GET", "/v1/users/me").status) == (401, 200)


@pytest.mark.parametrize(("number", "ended"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_the_command_serves_all_until_it_is_stopped_or_killed(tmp_path: Path, number: int, ended: int) -> None:
    answers = []
    with subprocess.Popen(
        [sys.executable, "manage.py", "sandbox", "all", "--state", str(tmp_path)],
        cwd=settings.BASE_DIR,
        env=os.environ.copy(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        urls = dict(process.stdout.readline().split() for _ in servers.NAMES)
        for name in servers.VENDORS:
            with closing(http.client.HTTPConnection(urls[name].removeprefix("http://"), timeout=10)) as connection:
                connection.request("GET", "/_sandbox/journal")
                answers.append(connection.getresponse().read())
        process.send_signal(number)

    assert process.returncode == ended
    assert answers == [b'{"journal": []}'] * 3
    assert set(urls) == set(servers.NAMES)
    assert _closes(urls["hubspot"].removeprefix("http://"))


def _closes(host: str) -> bool:
    """Return whether nobody takes connections there any more, given some seconds."""
    for _ in range(100):
        try:
            with closing(http.client.HTTPConnection(host, timeout=2)) as connection:
                connection.connect()
        except ConnectionRefusedError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8011", ""])
def test_a_web_page_reaches_a_sandbox_by_no_name_of_its_own(host: str) -> None:
    server = Server(lambda _: Answer(200, {})).start()
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", int(server.host.rpartition(":")[2]), timeout=5)) as seen:
            seen.request("GET", "/_sandbox/records", headers={"Host": host})
            with seen.getresponse() as answer:
                assert answer.status == 421
    finally:
        server.stop()


def test_the_doors_of_checkers_take_no_form_of_another_origin(pipedrive: Vendor) -> None:
    request = Request("POST", "/_sandbox/knobs", {}, {"content-type": "text/plain"}, b'{"requests": 1}')

    assert (pipedrive.respond(request).status, pipedrive.knobs["requests"]) == (415, 100)
