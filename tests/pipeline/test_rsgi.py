"""The web process's callable: how much of a body it holds, and how it sends files."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from pipeline import rsgi as served
from tenants import scope as scopes
from tenants.models import Tenant
from tests import rsgi, webhooks
from tests.pipeline.conftest import Tables
from tests.web.conftest import signed_in
from tests.web.scenes import Scene, person

MIB = 1 << 20


def scope(path: str, length: int | None, *headers: tuple[str, str]) -> rsgi.Scope:
    said = [("Content-Length", str(length))] if length is not None else [("Transfer-Encoding", "chunked")]
    return rsgi.Scope("POST", path, rsgi.Headers([*said, *headers]))


class Trickle(rsgi.Protocol):
    """A body whose last part comes when the test says so."""

    def __init__(self, body: bytes) -> None:
        super().__init__([body])
        self.asked = threading.Event()
        self.go_on = threading.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.asked.set()
        while not self.go_on.is_set():  # noqa: ASYNC110  (what it waits for is set by the test's thread)
            await asyncio.sleep(0.005)
        async for part in super().__aiter__():
            yield part


# --- large bodies -----------------------------------------------------------------------------------


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(committed: dict[str, Tenant]) -> None:
    protocol = rsgi.Protocol([b"x" * MIB] * 4)

    answer = rsgi.exchange(scope("/sign-in/", 3 * MIB + 1), protocol)

    assert (answer.status, protocol.taken) == (413, 0)
    assert "at most 3 MiB" in answer.body.decode()
    assert answer.headers["Connection"] == "close"


def test_a_body_without_a_length_is_read_up_to_the_limit(committed: dict[str, Tenant]) -> None:
    protocol = rsgi.Protocol([b"x" * MIB] * 40)

    answer = rsgi.exchange(scope("/none", None), protocol)

    assert (answer.status, protocol.taken) == (413, 4 * MIB)


def test_a_body_up_to_the_limit_reaches_django(committed: dict[str, Tenant]) -> None:
    assert rsgi.exchange(scope("/none", 3 * MIB), rsgi.Protocol([b"x" * MIB] * 3)).status == 404


def test_large_bodies_in_flight_are_bounded_and_small_ones_go_on(secret: str, tables: Tables) -> None:
    large = webhooks.body_of("cedar", more="x" * (MIB - 200))
    signed = webhooks.headers(large, secret).items()
    pages = served.MAX_HELD_BYTES // (3 * MIB)
    page = scope("/none", 3 * MIB)
    held = [(page, Trickle(b"x" * 3 * MIB)) for _ in range(pages)]
    held.append((rsgi.Scope("POST", webhooks.PATH, rsgi.Headers(signed)), Trickle(large)))
    with ThreadPoolExecutor(len(held)) as pool:
        answers = [pool.submit(rsgi.exchange, *one) for one in held]
        assert all(slow.asked.wait(30) for _, slow in held)
        try:
            unread = [rsgi.Protocol([b"x" * 3 * MIB]) for _ in range(2)]
            refused = [rsgi.exchange(page, unread[0]), rsgi.exchange(scope("/none", None), unread[1])]
            webhook = webhooks.post(webhooks.body_of("cedar", "CAL2", more="x" * (MIB - 200)), secret)
            small_form = rsgi.exchange(scope("/none", 60_000), rsgi.Protocol([b"x" * 60_000]))
            small_webhook = webhooks.post(webhooks.body_of("cedar", "CAL3"), secret)
        finally:
            for _, slow in held:
                slow.go_on.set()

    assert [(one.status, one.headers["Retry-After"]) for one in refused] == [(503, "5")] * 2
    assert [one.taken for one in unread] == [0, 0]
    assert "Send it again in a moment" in refused[0].body.decode()
    assert (webhook.status, webhook.json["code"]) == (503, "webhook.unavailable")
    assert (small_form.status, small_webhook.status) == (404, 200)
    assert [one.result().status for one in answers] == [404] * pages + [200]
    assert rsgi.exchange(page, rsgi.Protocol([b"x" * 3 * MIB])).status == 404


# --- files and heads --------------------------------------------------------------------------------


@pytest.fixture
def browser(committed: dict[str, Tenant]) -> Iterator[list[tuple[str, str]]]:
    """Give the headers of a signed-in owner's browser."""
    user = person("dana@cedar.example", (committed["cedar"], "owner"))
    client = signed_in(user)
    yield [("Cookie", f"sessionid={client.cookies['sessionid'].value}")]
    user.delete()


def test_a_recording_is_sent_from_its_file_and_a_head_has_no_body(
    committed: dict[str, Tenant], browser: list[tuple[str, str]], settings: Settings, tmp_path: Path
) -> None:
    settings.RECORDINGS_DIR = tmp_path
    with scopes.scope(committed["cedar"]):
        call = Scene(committed["cedar"]).done()
        file = next(tmp_path.rglob("*.wav"))
    path = f"/calls/{call.pk}/audio"

    whole, part, head = (
        rsgi.send(method, path, [*browser, *more])
        for method, more in (("GET", []), ("GET", [("Range", "bytes=2-5")]), ("HEAD", []))
    )

    assert (whole.status, whole.body, whole.file) == (200, file.read_bytes(), str(file))
    assert whole.headers["Content-Length"] == head.headers["Content-Length"] == str(file.stat().st_size)
    assert (part.status, part.body) == (206, file.read_bytes()[2:6])
    assert (head.status, head.body) == (200, b"")


def test_a_page_is_sent_with_its_head_the_same(committed: dict[str, Tenant]) -> None:
    page, head = (rsgi.send(method, "/sign-in/", [("Host", "127.0.0.1")]) for method in ("GET", "HEAD"))

    assert (page.status, len(page.body)) == (200, int(page.headers["Content-Length"]))
    assert (head.status, head.body) == (200, b"")


# --- headers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "status"), [("X-CSRFToken", 422), ("X_CSRFToken", 403), ("X_CSRF-Token", 403)])
def test_a_headers_twin_never_reaches_django(committed: dict[str, Tenant], name: str, status: int) -> None:
    page = rsgi.send("GET", "/sign-in/", [("Host", "127.0.0.1")])
    token = page.headers["Set-Cookie"].partition("csrftoken=")[2].partition(";")[0]
    form = b"username=nobody%40cedar.example&password=wrong"
    sent = [("Host", "127.0.0.1"), ("Cookie", f"csrftoken={token}"), (name, token)]
    sent += [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(form)))]

    assert rsgi.send("POST", "/sign-in/", sent, form).status == status
