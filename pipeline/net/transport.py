"""The one way to the network: sessions whose every connection goes to a checked address, within a deadline."""

import contextlib
import functools
import math
import os
import socket
import ssl
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import DEFAULT_POOLBLOCK, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from pipeline.errors import OutcomeUnknown, StepError, Transient
from pipeline.net import guard

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
DEADLINE_SECONDS = 60.0
MAX_BYTES = 2_000_000
PIECE = 65_536
MOST_ADDRESSES = 4
"""Of one name that are tried: each that is silent takes CONNECT_SECONDS."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_running = threading.local()


class Deadline:
    """Cuts the connections of a request that takes longer than its whole time, even one that drips bytes.

    Socket time-outs count from byte to byte: a host that sends one a second would hold a worker for ever.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._end = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def left(self) -> float:
        """Return the seconds that are left."""
        return self._end - time.monotonic()

    def watch(self, sock: socket.socket) -> None:
        """Cut this connection too when the time is over.

        By a handle of our own: TLS takes the first one over, and an answer without a length outlives it.
        """
        with self._lock:
            self._sockets.append(socket.socket(fileno=os.dup(sock.fileno())))
        if self.passed:
            self._cut()

    def end(self) -> None:
        """Stop watching."""
        self._timer.cancel()
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()

    def _cut(self) -> None:
        self.passed = True
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):  # the other side was faster
                    sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """Give all requests of this thread inside the block so many seconds together; an outer deadline holds on."""
    outer: Deadline | None = getattr(_running, "deadline", None)
    if outer is not None:
        yield outer
        return
    _running.deadline = own = Deadline(seconds)
    try:
        yield own
    finally:
        own.end()
        _running.deadline = None


class _Checked:
    """Mixed into urllib3's connections: opens them to addresses that the guard has checked."""

    private_hosts: Collection[str] = ()
    resolve: guard.Resolve = staticmethod(guard.system_resolve)

    def _new_conn(self: Any) -> socket.socket:  # urllib3's own hook; it types no mix-ins
        found = guard.addresses(self.host, self.port, private_hosts=self.private_hosts, resolve=type(self).resolve)
        failure: OSError = OSError("no address")
        for address in found[:MOST_ADDRESSES]:
            wait = min(self.timeout, _left())
            if wait <= 0:
                failure = TimeoutError()
                break
            try:
                sock = create_connection((address, self.port), wait, socket_options=self.socket_options)
            except OSError as error:
                failure = error
                continue
            _watch(sock)
            return sock
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"Connection to {self.host} timed out.") from failure
        raise NewConnectionError(self, f"No connection to {self.host}.") from failure

    def request(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Send a request; a kept connection comes under the present deadline."""
        if self.sock is not None:
            _watch(self.sock)
        super().request(*args, **kwargs)  # type: ignore[misc]  # the class mixed with has it


def _left() -> float:
    running: Deadline | None = getattr(_running, "deadline", None)
    return running.left() if running else math.inf


def _watch(sock: socket.socket) -> None:
    running: Deadline | None = getattr(_running, "deadline", None)
    if running is not None:
        running.watch(sock)


@functools.lru_cache(maxsize=64)
def _pools(private_hosts: frozenset[str], resolve: guard.Resolve) -> Mapping[str, type]:
    """Return urllib3's pool classes with connections that are checked against this list."""
    rules = {"private_hosts": private_hosts, "resolve": staticmethod(resolve)}
    plain = type("CheckedHTTP", (_Checked, HTTPConnection), rules)
    secure = type("CheckedHTTPS", (_Checked, HTTPSConnection), rules)
    return {
        "http": type("HTTPPool", (urllib3.HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("HTTPSPool", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }


class _Adapter(HTTPAdapter):
    """requests' way to urllib3, through checked pools; no proxy, no retry."""

    def __init__(self, private_hosts: Collection[str], resolve: guard.Resolve) -> None:
        self._private_hosts = frozenset(private_hosts)
        self._resolve = resolve
        super().__init__(max_retries=0)

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = DEFAULT_POOLBLOCK,  # noqa: FBT001  (requests' signature)
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(_pools(self._private_hosts, self._resolve))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401
        guard.target(request.url or "", private_hosts=self._private_hosts)
        kwargs["proxies"] = {}
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
        return super().send(request, **kwargs)


class GuardedSession(requests.Session):
    """A requests session that only reaches checked addresses, reads bounded answers and raises our errors.

    Follows no redirect, keeps no cookie, reads no proxy or credentials from the environment. A request that was
    sent and not answered raises OutcomeUnknown if its method writes, so does one whose answer can't be read.
    """

    def __init__(
        self,
        *,
        private_hosts: Collection[str],
        resolve: guard.Resolve = guard.system_resolve,
        deadline_seconds: float = DEADLINE_SECONDS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self.deadline_seconds = deadline_seconds
        self.max_bytes = max_bytes
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(private_hosts, resolve))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """Send a prepared request. Raises StepError kinds."""
        streams = bool(kwargs.pop("stream", False))
        writes = bool(kwargs.pop("writes", request.method not in _SAFE))
        kwargs["allow_redirects"] = False
        with deadline(self.deadline_seconds) as limit:
            try:
                response = super().send(request, stream=True, **kwargs)
                if not streams:
                    # requests keeps a body that was read here; its own reading has no bound.
                    body = read(response, self.max_bytes)
                    response.__dict__.update(_content=body, _content_consumed=True)
                    if limit.passed:  # a body without a stated length ends like that too
                        raise TimeoutError
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                raise failure(error, writes=writes, timed_out=limit.passed) from error
            except TooBig as error:
                raise failure(error, writes=writes) from error
        return response

    def get_redirect_target(self, _: requests.Response) -> None:
        """Name no next request: requests would read a redirect's address even if it is not to follow it."""


class TooBig(Exception):
    """An answer is longer than what was allowed."""


def pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield a body as it arrives, unpacked: each read returns after one read of the socket."""
    while piece := response.raw.read1(PIECE, decode_content=True):
        yield piece


def read(response: requests.Response, max_bytes: int) -> bytes:
    """Return a whole body. Raises TooBig."""
    body = bytearray()
    for piece in pieces(response):
        body += piece
        if len(body) > max_bytes:
            response.close()
            raise TooBig(f"an answer of more than {max_bytes} bytes")
    response.raw.release_conn()
    return bytes(body)


def failure(error: Exception, *, writes: bool, timed_out: bool = False) -> StepError:
    """Return what a failure of the network means for a step."""
    cause = _cause(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Transient("net.tls", "No secure connection: the host's certificate is not valid for its name.")
    if isinstance(cause, NewConnectionError | ConnectTimeoutError):
        return Transient("net.unreachable", "The host did not take the connection. Is it up, and is its address right?")
    if writes:
        return OutcomeUnknown("net.no_answer", "The request was sent and no whole answer came.")
    if timed_out or isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError):
        return Transient("net.too_slow", "The host did not answer in time.")
    if isinstance(error, TooBig):
        return Transient("net.too_big", f"The host sent {error}.")
    return Transient("net.no_answer", "The host broke the connection before its answer was complete.")


def _cause(error: BaseException) -> BaseException:
    """Return the innermost failure that requests and urllib3 have wrapped."""
    while True:
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        if not isinstance(inner, Exception) or isinstance(error, NewConnectionError | ConnectTimeoutError):
            return error
        error = inner
