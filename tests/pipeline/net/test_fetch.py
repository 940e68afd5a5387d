"""Files from URLs of others: redirects checked hop by hop, bounds of size, time and pace."""

import dataclasses
import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import Permanent, StepError, Transient
from pipeline.net import fetch
from pipeline.sandbox.recordings import FOLDER, Fault, Host
from tests.pipeline.net import host as hosts
from tests.pipeline.net.host import answer

BOUNDS = fetch.Bounds(max_bytes=2_000_000, deadline_seconds=20)
WAV = "call_phone_mulaw.wav"
WAV_PATH = f"/recordings/{WAV}"
CONTENT = (FOLDER / WAV).read_bytes()


@pytest.fixture(scope="module")
def recordings() -> Iterator[Host]:
    host = Host()
    host.server.start()
    yield host
    host.server.stop()


@dataclasses.dataclass
class Into:
    """Fetches from the sandbox into a file of the test's."""

    host: Host
    file: Path

    def get(self, url: str, bounds: fetch.Bounds = BOUNDS) -> fetch.Fetched:
        return fetch.to_file(url, self.file, bounds=bounds, private_hosts=[self.host.server.host], resolve=resolve)

    def failure(self, url: str, bounds: fetch.Bounds = BOUNDS) -> tuple[type[StepError], str]:
        with pytest.raises(StepError) as caught:
            self.get(url, bounds)
        return type(caught.value), caught.value.code


@pytest.fixture
def into(recordings: Host, tmp_path: Path) -> Into:
    return Into(recordings, tmp_path / "recording")


def resolve(host: str, port: int) -> list[str]:
    """Answer numbers with themselves, as the system does, and names with an address of our own network."""
    return [host] if host == "127.0.0.1" else ["10.0.0.5"]


def redirect(location: str) -> Fault:
    return Fault(status=302, headers={"Location": location})


def test_the_file_comes_whole_with_its_hash(into: Into) -> None:
    fetched = into.get(into.host.recording(WAV))

    assert into.file.read_bytes() == CONTENT
    assert (fetched.status, fetched.size, fetched.sha256) == (200, len(CONTENT), hashlib.sha256(CONTENT).digest())
    assert fetched.headers["content-type"] == "audio/wav"


def test_a_redirect_is_followed_and_shows_no_key(into: Into) -> None:
    fetched = into.get(into.host.redirect("CAL1", WAV))

    assert (fetched.status, fetched.size, fetched.place) == (200, len(CONTENT), into.host.server.url)


def test_three_redirects_are_followed_four_are_not(into: Into) -> None:
    path, url = "/calls/CAL2/recording/redirect", into.host.redirect("CAL2", WAV)
    into.host.fail(path, redirect(url), redirect(url))
    assert into.get(url).size == len(CONTENT)

    into.host.fail(path, redirect(url), redirect(url), redirect(url))
    assert into.failure(url) == (Permanent, "net.redirects")


@pytest.mark.parametrize(
    "location",
    [
        *("http://127.0.0.1:1/a.wav", "http://169.254.169.254/latest/meta-data/", "https://intern.example/a.wav"),
        *("file:///etc/passwd", "https://user:pw@recordings.example/", "ftp://recordings.example/a", "//127.0.0.1:1/a"),
        *("http://public.example/a.wav", "https://localhost/a.wav", "https://[::1]/"),
        *("http://[x", "//[", "http://a]b/", "https://a b/"),
    ],
)
def test_a_redirect_that_leads_inside_is_refused_and_nothing_of_it_is_fetched(into: Into, location: str) -> None:
    into.host.fail(WAV_PATH, redirect(location))

    assert into.failure(into.host.recording(WAV)) == (Permanent, "net.blocked_address")
    assert into.file.read_bytes() == b""


def test_a_refusal_is_told_by_its_status(into: Into) -> None:
    into.host.fail(WAV_PATH, Fault(status=503, headers={"Retry-After": "7"}))

    fetched = into.get(into.host.recording(WAV))

    assert (fetched.status, fetched.size, fetched.headers["Retry-After"]) == (503, 0, "7")


def test_too_big_by_its_own_word_or_by_what_comes(into: Into) -> None:
    small = dataclasses.replace(BOUNDS, max_bytes=100_000)
    assert into.failure(into.host.recording(WAV), small) == (Permanent, "net.too_big")
    assert into.file.read_bytes() == b""

    with hosts.host(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"8000\r\n" + b"x" * 0x8000 + b"\r\n"] * 99
    ) as one:
        with pytest.raises(Permanent) as caught:
            fetch.to_file(one.url, into.file, bounds=small, private_hosts=[one.place])
        assert caught.value.code == "net.too_big"


def test_what_is_packed_counts_unpacked(into: Into) -> None:
    bomb = answer(gzip.compress(bytes(50_000_000)), kind="audio/wav", more="Content-Encoding: gzip\r\n")
    with hosts.host(bomb) as one, pytest.raises(Permanent) as caught:
        fetch.to_file(one.url, into.file, bounds=BOUNDS, private_hosts=[one.place])

    assert caught.value.code == "net.too_big"
    assert into.file.stat().st_size <= BOUNDS.max_bytes


def test_a_file_that_breaks_off_is_not_taken(into: Into) -> None:
    into.host.fail(WAV_PATH, Fault(stop_after=1000))

    assert into.failure(into.host.recording(WAV)) == (Transient, "net.no_answer")


def test_a_host_that_drips_is_left_after_the_grace(into: Into) -> None:
    into.host.fail(WAV_PATH, Fault(bytes_per_second=500))
    hasty = dataclasses.replace(BOUNDS, grace_seconds=0.3, least_bytes_per_second=5_000)

    assert into.failure(into.host.recording(WAV), hasty) == (Transient, "net.too_slow")


def test_the_whole_fetch_has_a_deadline(into: Into) -> None:
    into.host.fail(WAV_PATH, Fault(bytes_per_second=100_000))
    short = dataclasses.replace(BOUNDS, deadline_seconds=0.5)

    assert into.failure(into.host.recording(WAV), short) == (Transient, "net.too_slow")


def test_a_body_without_a_length_that_the_deadline_cuts_is_not_taken(into: Into) -> None:
    short = dataclasses.replace(BOUNDS, deadline_seconds=0.5)
    drip: list[bytes | float] = [b"x" * 99, 0.1]
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    with hosts.host(head, *drip * 30) as one, pytest.raises(Transient) as caught:
        fetch.to_file(one.url, into.file, bounds=short, private_hosts=[one.place])

    assert caught.value.code == "net.too_slow"
