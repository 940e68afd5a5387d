"""How connectors reach their CRM: each exchange is reported, each failure of the network becomes one of our errors."""

import dataclasses
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from crm.sync.provider import Earlier, Observe, Sent
from pipeline import errors
from pipeline.net import client, transport

LONGEST_TEXT = 2_000
SETTLE_SECONDS = 60.0
"""A request that was given up may still be at work, and lists lag behind: so long nothing is made again."""
PASSING = frozenset({408, 425})
"""Refusals that say nothing against the request: time-out, too early."""
_FORMS = ("/oauth2/token", "/services/Soap/")


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What a CRM answered: its body read as JSON, or its text where it is none."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def is_error(self) -> bool:
        """Return whether the status is not a 2xx."""
        return not 200 <= self.status < 300  # noqa: PLR2004  (HTTP's own numbers)

    def text(self, *path: str) -> str:
        """Return a text inside the body, empty if it isn't there."""
        found = self.body
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, str) else ""


class Session(transport.GuardedSession):
    """A session for SDKs that bring their own requests; `base_url` takes the place of the host they call."""

    def __init__(self, config: Mapping[str, str], *, crm: str, observe: Observe, base_url: str = "") -> None:
        super().__init__(private_hosts=private_hosts(config))
        self._crm = crm
        self._observe = observe
        self._base_url = base_url.rstrip("/")

    def send(self, request: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (requests' own types stay in pipeline.net)
        """Send a prepared request, to `base_url` if there is one. Raises StepError kinds."""
        if self._base_url:
            parts = urlsplit(request.url)
            request.url = self._base_url + parts.path + (f"?{parts.query}" if parts.query else "")
        path, sent = shown_path(request.url), _sent_body(request.url, request.body)
        begun = time.monotonic()
        try:
            response = super().send(request, **kwargs)
        except errors.StepError as error:
            self._observe(Sent(request.method, path, sent, None, error.code, time.monotonic() - begun))
            raise unanswered(error, self._crm) from error
        seconds = time.monotonic() - begun
        answer = "" if _is_form(request.url) and response.ok else parsed(response.content)
        self._observe(Sent(request.method, path, sent, response.status_code, answer, seconds))
        return response


def reply(response: Any) -> Reply:  # noqa: ANN401  (requests' Response)
    """Return what a session's response says."""
    return Reply(response.status_code, response.headers, parsed(response.content))


def exchange(
    http: client.Client,
    method: str,
    path: str,
    *,
    crm: str,
    observe: Observe,
    json: object = None,
    params: Mapping[str, str | int] | None = None,
) -> Reply:
    """Send one request through pipeline.net's client and report it. Raises StepError kinds."""
    begun = time.monotonic()
    try:
        answer = http.request(method, path, json=json, params=params, writes=method != "GET")
    except errors.StepError as error:
        observe(Sent(method, path, json, None, error.code, time.monotonic() - begun))
        raise unanswered(error, crm) from error
    body = parsed(answer.body)
    observe(Sent(method, path, json, answer.status, body, answer.seconds))
    return Reply(answer.status, answer.headers, body)


def unanswered(error: errors.StepError, crm: str) -> errors.StepError:
    """Return a failure of the network as the CRM's, in words."""
    if isinstance(error, errors.OutcomeUnknown):
        text = f"{crm} did not answer: what was sent may or may not be stored there. The next try looks first."
        return errors.OutcomeUnknown("crm.no_answer", text)
    return type(error)(error.code, f"{crm}: {error.text}", wait=error.wait)


def unavailable(crm: str, status: int, *, may_have_stored: bool, wait: float | None = None) -> errors.StepError:
    """Return what a 5xx means: after a write that has no key, nobody knows whether it was stored."""
    text = f"{crm} is not available (it answered {status}). It is tried again by itself; see {crm}'s status page."
    kind = errors.OutcomeUnknown if may_have_stored else errors.Transient
    return kind("crm.unavailable", text, wait=wait)


def let_settle(crm: str, earlier: Earlier | None) -> None:
    """Put off making something again while the write before may still arrive. Raises Transient."""
    if earlier and earlier.last_ago < SETTLE_SECONDS:
        text = f"{crm} did not answer a moment ago and shows nothing yet. It is looked for again before it is made."
        raise errors.Transient("crm.not_visible_yet", text, wait=SETTLE_SECONDS - earlier.last_ago)


def private_hosts(config: Mapping[str, str]) -> list[str]:
    """Return the hosts that are allowed besides public addresses."""
    return [host for host in config.get("private_hosts", "").split(",") if host]


def page_url(config: Mapping[str, str], url: str) -> str:
    """Return where a person sees a record: the vendor's page, or a sandbox's where one takes the vendor's place."""
    base = config.get("base_url", "").rstrip("/")
    return base + shown_path(url) if urlsplit(base).netloc in private_hosts(config) else url


def parsed(body: bytes) -> Any:  # noqa: ANN401  (a vendor's payload)
    """Return a body read as JSON, else its text, cut."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode("utf-8", "replace")[:LONGEST_TEXT]


def shown_path(url: str) -> str:
    """Return a URL without its host."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _is_form(url: str) -> bool:
    """Return whether this is a sign-in: its bodies hold credentials and are kept nowhere."""
    return any(part in url for part in _FORMS)


def _sent_body(url: str, body: str | bytes | None) -> Any:  # noqa: ANN401  (JSON)
    if not body or _is_form(url):
        return None
    return parsed(body.encode() if isinstance(body, str) else body)
