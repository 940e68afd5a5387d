"""Fetches one file from a URL that came from outside: checked on each hop, bounded in size and time."""

import contextlib
import dataclasses
import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import IO
from urllib.parse import urljoin

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from pipeline.errors import Permanent, Transient
from pipeline.net import guard, transport

MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclasses.dataclass(frozen=True, slots=True)
class Bounds:
    """What a file may cost."""

    max_bytes: int
    deadline_seconds: float = 300
    least_bytes_per_second: int = 2_000
    grace_seconds: float = 15
    """A slow start is no reason to give up."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fetched:
    """What came: the last hop's status; size and SHA-256 of the file, which is empty unless the status is 200."""

    status: int
    headers: Mapping[str, str]
    place: str
    size: int
    sha256: bytes


def to_file(
    url: str,
    into: Path,
    *,
    bounds: Bounds,
    private_hosts: Collection[str],
    resolve: guard.Resolve = guard.system_resolve,
) -> Fetched:
    """Fetch a URL into a file.

    Raises Permanent (`net.blocked_address`, `net.redirects`, `net.too_big`), Transient (`net.unreachable`,
    `net.tls`, `net.no_answer`, `net.too_slow`).
    """
    with (
        transport.deadline(bounds.deadline_seconds) as limit,
        transport.GuardedSession(private_hosts=private_hosts, resolve=resolve) as session,
        into.open("wb") as file,
    ):
        response, target = _follow(session, url, private_hosts)
        if response.status_code == requests.codes.ok:
            size, sha256 = _copy(response, file, bounds, limit)
        else:
            size, sha256 = 0, hashlib.sha256().digest()
        return Fetched(response.status_code, CaseInsensitiveDict(response.headers), target.place, size, sha256)


def _follow(
    session: transport.GuardedSession, url: str, private_hosts: Collection[str]
) -> tuple[requests.Response, guard.Target]:
    """Go along at most three redirects, each checked as the first URL was; never from https to http."""
    target = guard.target(url, private_hosts=private_hosts)
    for _ in range(MAX_REDIRECTS + 1):
        # A fresh request a hop: nothing of the one before (a header, a key) goes to the next host.
        request = requests.Request("GET", target.url, headers={"Accept": "audio/*, */*", "Accept-Encoding": "identity"})
        response = session.send(session.prepare_request(request), stream=True)
        if response.status_code not in _REDIRECTS:
            return response, target
        response.close()
        following = guard.target(_joined(target.url, response.headers), private_hosts=private_hosts)
        if target.scheme == "https" and following.scheme != "https":
            raise Permanent("net.blocked_address", f"{target.place} redirects from https to http: not followed.")
        target = following
    raise Permanent("net.redirects", f"{target.place} redirects more than {MAX_REDIRECTS} times.")


def _joined(url: str, headers: Mapping[str, str]) -> str:
    """Return where a redirect leads; empty, which no guard takes, if its Location can't be read."""
    try:
        return urljoin(url, headers.get("Location", ""))
    except ValueError:
        return ""


def _copy(response: requests.Response, file: IO[bytes], bounds: Bounds, limit: transport.Deadline) -> tuple[int, bytes]:
    digest, size, pace = hashlib.sha256(), 0, _pace(bounds)
    with contextlib.closing(response):
        length = response.headers.get("Content-Length", "")
        _check_size(int(length) if length.isascii() and length.isdigit() else 0, bounds)
        for piece in _pieces(response, limit):
            size += len(piece)
            _check_size(size, bounds)
            pace(size)
            digest.update(piece)
            file.write(piece)
    return size, digest.digest()


def _pieces(response: requests.Response, limit: transport.Deadline) -> Iterator[bytes]:
    try:
        yield from transport.pieces(response)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise transport.failure(error, writes=False, timed_out=limit.passed) from error
    if limit.passed:  # a body without a stated length ends like that too
        raise transport.failure(TimeoutError(), writes=False, timed_out=True)


def _check_size(size: int, bounds: Bounds) -> None:
    if size > bounds.max_bytes:
        raise Permanent("net.too_big", f"The file is larger than {bounds.max_bytes // 1_000_000} MB.")


def _pace(bounds: Bounds) -> Callable[[int], None]:
    """Return a check that the bytes so far came at no less than the least rate."""
    begun = time.monotonic()

    def check(size: int) -> None:
        seconds = time.monotonic() - begun
        if seconds > bounds.grace_seconds and size < seconds * bounds.least_bytes_per_second:
            raise Transient("net.too_slow", f"The host sends less than {bounds.least_bytes_per_second} bytes a second.")

    return check
