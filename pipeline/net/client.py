"""HTTP to one vendor: deadlines, bounded answers, JSON, and refusals of the network as our errors."""

import dataclasses
import json as jsons
import time
from collections.abc import Collection, Mapping
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict

from pipeline.errors import Transient
from pipeline.net import guard, transport


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What the host answered, whole; any status, a redirect too."""

    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes
    seconds: float

    @property
    def is_error(self) -> bool:
        """Return whether the status is not a 2xx."""
        return not 200 <= self.status < 300  # noqa: PLR2004  (HTTP's own numbers)

    def json(self) -> Any:  # noqa: ANN401  (a vendor's payload)
        """Return the body read as JSON. Raises Transient `net.not_json`: a proxy's page instead of the API's answer."""
        try:
            return jsons.loads(self.body)
        except ValueError as error:
            kind = self.headers.get("Content-Type", "no content type").split(";")[0][:60]
            raise Transient(
                "net.not_json",
                f"The host answered {self.status} with {kind} instead of JSON. Is the address right, or is it down?",
            ) from error


class Client:
    """Speaks to one base URL. Not for URLs from outside: those go through fetch.py."""

    def __init__(
        self,
        base_url: str,
        *,
        private_hosts: Collection[str],
        headers: Mapping[str, str] | None = None,
        connect: float = transport.CONNECT_SECONDS,
        read: float = transport.READ_SECONDS,
        deadline: float = transport.DEADLINE_SECONDS,
        max_bytes: int = transport.MAX_BYTES,
        resolve: guard.Resolve = guard.system_resolve,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._timeout = (connect, read)
        self._session = transport.GuardedSession(
            private_hosts=private_hosts, resolve=resolve, deadline_seconds=deadline, max_bytes=max_bytes
        )
        self._session.headers.update({"Accept": "application/json", "User-Agent": "lead-pipeline", **(headers or {})})

    def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        form: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        writes: bool = False,
    ) -> Answer:
        """Send a request and return its answer, whatever the status.

        `writes`: sent twice it would have its effect twice. Raises Transient (`net.unreachable`, `net.tls`,
        `net.no_answer`, `net.too_slow`, `net.too_big`), OutcomeUnknown `net.no_answer` (writes only: it was sent
        and no whole answer came), Permanent `net.blocked_address`.
        """
        begun = time.monotonic()
        prepared = self._session.prepare_request(
            requests.Request(
                method, self._base + path, json=json, data=form, params=params, headers=dict(headers or {})
            )
        )
        response = self._session.send(prepared, timeout=self._timeout, writes=writes)
        return Answer(
            response.status_code,
            CaseInsensitiveDict(response.headers),
            response.content,
            time.monotonic() - begun,
        )

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()
