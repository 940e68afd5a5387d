"""HTTP to vendors: what comes back, and what each failure means."""

import contextlib
import datetime as dt
import gzip
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_socket
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.errors import OutcomeUnknown, Permanent, StepError, Transient
from pipeline.net import transport
from pipeline.net.client import Client
from tests.pipeline.net.host import Host, answer, host


def client(one: Host, **bounds: float) -> Client:
    return Client(one.url, private_hosts=[one.place], **bounds)  # type: ignore[arg-type]  # max_bytes is whole


def failed(call: Callable[[], object]) -> tuple[type[StepError], str]:
    with pytest.raises(StepError) as caught:
        call()
    return type(caught.value), caught.value.code


def test_an_answer_comes_whole_with_its_status_headers_and_json() -> None:
    with host(answer(b'{"id": 7}', status="201 Created", more="X-Quota: 9\r\n")) as one:
        got = client(one).request("POST", "/leads", json={"a": 1}, params={"q": "x y"}, writes=True)

    assert (got.status, got.is_error, got.json(), got.headers["x-quota"]) == (201, False, {"id": 7}, "9")
    assert one.asked[0].startswith(b"POST /leads?q=x+y HTTP/1.1\r\n")


def test_a_refusal_is_an_answer_too() -> None:
    with host(answer(b'{"error": "no"}', status="403 Forbidden")) as one:
        assert client(one).request("GET", "/").status == 403


def test_a_redirect_is_not_followed() -> None:
    with host(answer(b"", status="302 Found", more="Location: http://127.0.0.1:1/\r\n")) as one:
        assert client(one).request("GET", "/").status == 302
        assert len(one.asked) == 1


def test_a_page_instead_of_json_is_trouble_that_may_pass() -> None:
    with host(answer(b"<html>", kind="text/html; charset=utf-8")) as one:
        got = client(one).request("GET", "/")

    with pytest.raises(Transient) as caught:
        got.json()
    assert (caught.value.code, "200 with text/html" in caught.value.text) == ("net.not_json", True)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


@pytest.mark.parametrize(
    ("script", "read_code"),
    [
        ([None], "net.no_answer"),
        ([HEAD + b"half", None], "net.no_answer"),
        ([HEAD, *[b"x", 0.1] * 50], "net.too_slow"),
        ([b"HTTP/1.1 200 OK\r\nX: ", *[b"x", 0.1] * 50], "net.too_slow"),
        ([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", *[b"x", 0.1] * 50, None], "net.too_slow"),
        ([5.0], "net.too_slow"),
        ([answer(b"x" * 5000)], "net.too_big"),
        ([answer(gzip.compress(b"0" * 5_000_000), more="Content-Encoding: gzip\r\n")], "net.too_big"),
        ([b"not http at all\r\n\r\n", None], "net.no_answer"),
    ],
    ids=["closed", "cut", "drip", "drip in the head", "drip without length", "silent", "big", "bomb", "garbage"],
)
def test_an_answer_that_never_comes_whole(script: Sequence[bytes | float | None], read_code: str) -> None:
    with host(*script) as one:
        client_ = client(one, read=0.5, deadline=0.8, max_bytes=4000)

        assert failed(lambda: client_.request("GET", "/")) == (Transient, read_code)
        assert failed(lambda: client_.request("POST", "/", writes=True)) == (OutcomeUnknown, "net.no_answer")


def test_a_refused_connection_was_never_sent() -> None:
    with host() as one:
        pass

    assert failed(lambda: client(one).request("POST", "/", writes=True)) == (Transient, "net.unreachable")


def test_a_host_that_is_not_listed_is_never_spoken_to() -> None:
    with host(answer(b"{}")) as one:
        call = Client(one.url, private_hosts=[]).request

        assert failed(lambda: call("GET", "/")) == (Permanent, "net.blocked_address")
        assert one.asked == []


def test_a_kept_connection_comes_under_the_next_requests_deadline() -> None:
    with host(answer(b"{}"), 0.3, b"") as one:
        client_ = client(one, deadline=0.2)
        assert client_.request("GET", "/first").json() == {}

        assert failed(lambda: client_.request("GET", "/second")) == (Transient, "net.too_slow")


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with host(answer(b"{}")) as one, host(answer(b'{"proxy": 1}')) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)

        assert client(one).request("GET", "/").json() == {}
        assert proxy.asked == []


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_a_name_is_resolved_once_and_the_checked_address_is_used() -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    call = Client("https://rebind.example", private_hosts=[], resolve=lambda name, port: next(answers)).request

    with pytest.raises(pytest_socket.SocketConnectBlockedError, match=r"93\.184\.216\.34"):
        call("GET", "/")
    assert next(answers) == ["127.0.0.1"]


def test_a_name_that_turns_private_is_refused_at_the_next_connection() -> None:
    call = Client("https://rebind.example", private_hosts=[], resolve=lambda name, port: ["127.0.0.1"]).request

    assert failed(lambda: call("GET", "/")) == (Permanent, "net.blocked_address")


@contextlib.contextmanager
def full() -> Iterator[int]:
    """Open a port of this machine that takes no connection and refuses none."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(3):
            caller = opened.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_a_name_with_many_silent_addresses_is_left_at_the_deadline_and_nothing_was_sent() -> None:
    with full() as port:
        place = f"silent.example:{port}"
        silent = Client(f"http://{place}", private_hosts=[place], resolve=lambda *_: ["127.0.0.1"] * 20, deadline=0.4)
        begun = time.monotonic()

        assert failed(lambda: silent.request("POST", "/", writes=True)) == (Transient, "net.unreachable")
        assert time.monotonic() - begun < transport.CONNECT_SECONDS


def test_no_more_than_four_addresses_of_a_name_are_tried() -> None:
    with host(answer(b"{}")) as one:
        place = f"many.example:{one.port}"

        def behind(silent: int) -> Client:
            addresses = ["127.0.0.256"] * silent + ["127.0.0.1"]
            return Client(f"http://{place}", private_hosts=[place], resolve=lambda *_: addresses)

        assert behind(3).request("GET", "/").json() == {}
        assert failed(lambda: behind(4).request("GET", "/")) == (Transient, "net.unreachable")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vendor.example")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("vendor.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = tmp_path / "chain.pem", tmp_path / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem, raw = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(pem, raw, serialization.NoEncryption()))
    return chain, secret


def test_tls_asks_for_the_name_and_proves_it_at_the_checked_address(certificate: tuple[Path, Path]) -> None:
    with host(answer(b"{}"), certificate=certificate) as one:
        session = transport.GuardedSession(
            private_hosts=[f"vendor.example:{one.port}"], resolve=lambda name, port: ["127.0.0.1"]
        )
        session.verify = str(certificate[0])

        assert session.get(f"https://vendor.example:{one.port}/").json() == {}
        assert one.names == ["vendor.example"]
        assert f"Host: vendor.example:{one.port}\r\n".encode() in one.asked[0]


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: tuple[Path, Path]) -> None:
    with host(answer(b"{}"), certificate=certificate) as one:
        session = transport.GuardedSession(
            private_hosts=[f"vendor.example:{one.port}"], resolve=lambda name, port: ["127.0.0.1"]
        )

        assert failed(lambda: session.post(f"https://vendor.example:{one.port}/")) == (Transient, "net.tls")
        assert one.asked == []


def test_a_session_for_sdks_raises_our_errors_and_knows_which_methods_write() -> None:
    with host(None) as one:
        session = transport.GuardedSession(private_hosts=[one.place])

        assert failed(lambda: session.get(one.url)) == (Transient, "net.no_answer")
        assert failed(lambda: session.patch(one.url, json={})) == (OutcomeUnknown, "net.no_answer")


def test_a_session_keeps_no_cookie() -> None:
    with host(answer(b"{}", more="Set-Cookie: a=b; Path=/\r\n")) as one:
        session = transport.GuardedSession(private_hosts=[one.place])
        session.get(one.url)
        session.get(one.url)

    assert b"Cookie" not in one.asked[1]


def test_requests_leave_no_open_file_behind() -> None:
    with host(answer(b"{}")) as one:
        use(one)
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(20):
            use(one)

        until = time.monotonic() + 5  # the host closes its own ends in its threads
        while len(list(Path("/proc/self/fd").iterdir())) > before and time.monotonic() < until:
            time.sleep(0.01)
        assert len(list(Path("/proc/self/fd").iterdir())) <= before


def use(one: Host) -> None:
    client_ = client(one)
    client_.request("GET", "/")
    client_.close()
