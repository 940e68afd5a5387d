"""The sandboxed recording host behaves as CallRail's, and fails as it is told to."""

from collections.abc import Iterator

import pytest

from pipeline.net.client import Client
from pipeline.sandbox.recordings import FOLDER, Host

FILE = "librivox/sas_0880.flac"


@pytest.fixture
def recordings() -> Iterator[Host]:
    host = Host()
    host.server.start()
    yield host
    host.server.stop()


@pytest.fixture
def client(recordings: Host) -> Client:
    return Client(recordings.server.url, private_hosts=[recordings.server.host])


def test_a_file_comes_with_its_type_and_whole(client: Client) -> None:
    got = client.request("GET", f"/recordings/{FILE}")

    assert (got.status, got.headers["content-type"]) == (200, "audio/flac")
    assert got.body == (FOLDER / FILE).read_bytes()


def test_the_key_opens_the_redirect(recordings: Host, client: Client) -> None:
    right, wrong = recordings.redirect("CAL1", FILE), recordings.redirect("CAL1", FILE, access_key="wrong")

    opened = client.request("GET", right.removeprefix(recordings.server.url))
    refused = client.request("GET", wrong.removeprefix(recordings.server.url))

    assert (opened.status, opened.headers["location"], refused.status) == (302, recordings.recording(FILE), 403)


@pytest.mark.parametrize("path", ["/", "/recordings/none.wav", "/recordings/README.md", "/recordings/../recordings.py"])
def test_there_is_nothing_else(client: Client, path: str) -> None:
    assert client.request("GET", path).status == 404


def test_faults_come_from_another_process_too_one_a_request(recordings: Host, client: Client) -> None:
    path = f"/recordings/{FILE}"
    faults = [{"status": 503, "headers": {"Retry-After": "2"}}, {"body": "<html>"}]

    client.request("POST", "/_sandbox/faults", json={"path": path, "faults": faults}, writes=True)

    got = [client.request("GET", path) for _ in range(3)]
    assert [(one.status, one.body[:6]) for one in got] == [(503, b""), (200, b"<html>"), (200, b"fLaC\x00\x00")]
    assert recordings.requests == [path] * 3
