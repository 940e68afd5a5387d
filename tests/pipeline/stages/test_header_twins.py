"""Twins of headers, straight and through proxies: none makes a refused request accepted, or changes an address.

A twin is a header whose name differs by `_` for `-`: where both mean the same, it passes for the other.
"""

import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from benchmarks import services
from tests import proxies, webhooks
from tests.served import exchange, request

Owner = psycopg.Connection[tuple[object, ...]]
CLIENT = "127.0.0.7"
WAYS = ("straight", "a proxy that passes all", "nginx", "nginx that passes underscores")
NAMES_ANOTHER = ("X-Forwarded-For: 6.6.6.6", "X_Forwarded_For: 6.6.6.6", "X-Real-IP: 6.6.6.6", "X_Real_IP: 6.6.6.6")


@contextlib.contextmanager
def opened(way: str, web: int, folder: Path) -> Iterator[int]:
    """Open a way to a web server; gives the port to speak to."""
    if way.startswith("nginx") and not proxies.nginx_path():
        pytest.skip(proxies.ADVICE)
    ways: dict[str, contextlib.AbstractContextManager[int]] = {
        "straight": contextlib.nullcontext(web),
        "a proxy that passes all": proxies.passing(web),
        "nginx": proxies.nginx(web, folder, underscores=False),
        "nginx that passes underscores": proxies.nginx(web, folder, underscores=True),
    }
    with ways[way] as port:
        yield port


@pytest.fixture(scope="module", params=WAYS)
def port(
    request: pytest.FixtureRequest, bench: services.Bench, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """Give the port of each way to the web server."""
    with opened(request.param, bench.port, tmp_path_factory.mktemp("proxy")) as found:
        yield found


def stored(owner: Owner) -> list[tuple[object, ...]]:
    """Return the addresses of the accepted deliveries."""
    return owner.execute("SELECT host(remote_addr) FROM t_cedar.calls_webhookdelivery").fetchall()


def test_a_twin_makes_no_refused_request_accepted(port: int, owner: Owner) -> None:
    body = webhooks.body_of("cedar")
    sent = webhooks.headers(body, "over-http")
    signature, stamp = sent["x-callrail-signature"], sent["x-timestamp"]
    unsigned, unstamped, untyped = ("x-callrail-signature",), ("x-timestamp",), ("Content-Type",)
    refused = [
        request(body, f"X_Callrail_Signature: {signature}", without=unsigned),
        request(body, "X-Callrail-Signature: sha256=0", f"X_Callrail_Signature: {signature}", without=unsigned),
        request(body, f"X_Callrail_Signature: {signature}", "X-Callrail-Signature: sha256=0", without=unsigned),
        request(body, f"X_Callrail-Signature: {signature}", without=unsigned),
        request(body, f"X_Timestamp: {stamp}", without=unstamped),
        request(body, f"X_Timestamp: {stamp}", "X-Timestamp: 1694617200", without=unstamped),
        request(body, f"X-Callrail-Signature: {signature}"),
        request(body, f"X-Timestamp: {stamp}"),
    ]

    assert [exchange(port, one)[0] for one in refused] == [401] * len(refused)
    assert exchange(port, request(body, "Content_Type: application/json", without=untyped))[0] == 415
    assert stored(owner) == []


def test_a_twin_makes_no_accepted_request_refused(port: int, owner: Owner) -> None:
    twins = ("X_Callrail_Signature: x", "X_Timestamp: 1", "Content_Type: text/plain", "Content_Length: 1")

    assert exchange(port, request(webhooks.body_of("cedar"), *twins))[0] == 200


@pytest.mark.parametrize("more", [(), NAMES_ANOTHER, (*NAMES_ANOTHER, "Forwarded: for=6.6.6.6")])
def test_nobody_but_the_socket_or_the_trusted_proxy_names_the_clients_address(
    port: int, owner: Owner, more: tuple[str, ...]
) -> None:
    status, *_ = exchange(port, request(webhooks.body_of("cedar"), *more), address=CLIENT)

    assert (status, stored(owner)) == (200, [(CLIENT,)])


@pytest.mark.parametrize("way", ["a proxy that passes all", "nginx that passes underscores"])
def test_these_proxies_do_pass_twins(way: str, tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as web,
        opened(way, web.getsockname()[1], tmp_path) as port,
        ThreadPoolExecutor(1) as pool,
    ):
        answer = pool.submit(exchange, port, b"GET / HTTP/1.1\r\nHost: x\r\nX_Timestamp: 1\r\n\r\n")
        line, _ = web.accept()
        with line:
            heard = line.recv(65536)
            line.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        assert answer.result()[0] == 204

    assert b"X_Timestamp: 1" in heard
    assert b"Forwarded: for=127.0.0.1" in heard
