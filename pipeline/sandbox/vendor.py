"""What all sandboxed CRMs do alike: accounts, limits, faults, contract, and the doors under /_sandbox/ for checkers.

GET    /_sandbox/records?kind=…[&account=…]   what is kept: {"records": [{account, kind, id, parent, body}]}
GET    /_sandbox/journal                      accepted writes: {"journal": [{time, account, kind, id, action, key}]}
GET    /_sandbox/violations                   requests that broke the contract: {"violations": [{request, why}]}
GET    /_sandbox/account?token=…              the account that a token (Salesforce: client id, user name) opens
POST   /_sandbox/faults                       {"faults": [{…}]}: see faults.py
POST   /_sandbox/knobs                        {"<knob>": value}: the vendor's settings, see its `knobs`; of all of them
                                              `entry_lag`: seconds until lists show a logged call
DELETE /_sandbox/faults, /_sandbox/records    forget them
"""

import abc
import collections
import dataclasses
import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.sandbox import contract, page
from pipeline.sandbox.faults import BadFault, Fault, Script
from pipeline.sandbox.server import Answer, Request
from pipeline.sandbox.store import Record, Store, account_of

ADMIN = "/_sandbox/"
VIOLATION = "_violation"
CALL_KEY = re.compile(r"Pipeline call key: ([0-9A-Za-z_-]+)")


@dataclasses.dataclass(frozen=True, slots=True)
class Visit:
    """A request that got in: whose it is, when, and the parts of its path."""

    request: Request
    account: str
    now: float
    parts: Sequence[str]


Route = tuple[str, re.Pattern[str], Callable[[Visit], Answer]]


class Refused(Exception):
    """The request can't be carried out; nothing of it is kept."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.status))
        self.answer = answer


class Vendor(abc.ABC):
    """One sandboxed CRM; `respond` is its whole outside."""

    name: str
    knobs: dict[str, Any]
    person_page: tuple[re.Pattern[str], str]
    """The path of a person's page at the vendor, and the kind of record that it shows."""

    def __init__(self, folder: Path, *, time_scale: float = 1, documents: Sequence[contract.Document]) -> None:
        self.store = Store(self.name, folder)
        self.script = Script(contract.shapes(self.name))
        self.time_scale = time_scale
        self.contract = contract.Contract(*documents)
        self.windows = Windows()
        self.knobs = {"entry_lag": 0, **self.knobs}
        self.refused: set[str] = set()
        """Accounts whose credentials are no longer taken."""
        self.routes = self.paths()

    @abc.abstractmethod
    def paths(self) -> Sequence[Route]:
        """Return what the vendor's API answers to."""

    @abc.abstractmethod
    def account(self, request: Request) -> str:
        """Return the account that the request's credentials open. Raises Refused."""

    @abc.abstractmethod
    def limit(self, visit: Visit) -> dict[str, str]:
        """Count the request and return the headers about its limits. Raises Refused."""

    @abc.abstractmethod
    def invalid(self, why: str) -> Answer:
        """Return the vendor's answer to a request that its API can't read."""

    @abc.abstractmethod
    def missing(self) -> Answer:
        """Return the vendor's answer to a path or a record that doesn't exist."""

    def close(self) -> None:
        """Close the files."""
        self.store.close()

    def respond(self, request: Request) -> Answer:
        """Answer a request."""
        if request.path.startswith(ADMIN):
            return Admin(self).respond(request)
        if shown := page.of(self.name, self.store, request, *self.person_page):
            return shown
        try:
            account = self.account(request)
        except Refused as refused:
            return refused.answer
        fault = self.script.take(request, account)
        replaced = self.script.answer(fault) if fault else None
        if replaced:
            return replaced
        if fault and fault.delay:
            time.sleep(fault.delay)
        answer = self._true_answer(request, account)
        if fault is None:
            return answer
        return dataclasses.replace(
            answer, is_lost=fault.lose == "answer", bytes_per_second=fault.bytes_per_second or None
        )

    def _true_answer(self, request: Request, account: str) -> Answer:
        now = time.time()
        try:
            headers = self.limit(Visit(request, account, now, ()))
            if violation := self.contract.violation(request):
                self._keep_violation(request, account, violation, now)
                return self.invalid(violation)
            with self.store.transaction():
                answer = self._route(request, account, now)
        except Refused as refused:
            return refused.answer
        return dataclasses.replace(answer, headers={**answer.headers, **headers})

    def _route(self, request: Request, account: str, now: float) -> Answer:
        for method, pattern, do in self.routes:
            found = pattern.fullmatch(request.path) if method == request.method else None
            if found:
                return do(Visit(request, account, now, found.groups()))
        return self.missing()

    def _keep_violation(self, request: Request, account: str, why: str, now: float) -> None:
        with self.store.transaction():
            self.store.add(account, VIOLATION, {"request": f"{request.method} {request.path}", "why": why}, now=now)

    def listed(self, entries: Sequence[Record], now: float) -> list[Record]:
        """Return the logged calls that lists show by now: all but those of the last `entry_lag` seconds."""
        return [entry for entry in entries if entry.created <= now - self.knobs["entry_lag"] / self.time_scale]

    def found(self, account: str, kind: str, record_id: str) -> Record:
        """Return a record. Raises Refused."""
        record = self.store.get(account, kind, record_id)
        if record is None:
            raise Refused(self.missing())
        return record


class Windows:
    """Counts requests in sliding windows."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], collections.deque[tuple[float, float]]] = collections.defaultdict(
            collections.deque
        )
        self._lock = threading.Lock()

    def spend(self, *name: str, cost: float = 1, most: float, seconds: float, now: float) -> float | None:
        """Take `cost` out of a window; returns what is left, None (nothing taken) if it would be too much."""
        with self._lock:
            seen = self._seen[name]
            while seen and seen[0][0] <= now - seconds:
                seen.popleft()
            spent = sum(amount for _, amount in seen)
            if spent + cost > most:
                return None
            seen.append((now, cost))
            return most - spent - cost


class Admin:
    """The doors under /_sandbox/."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    def respond(self, request: Request) -> Answer:
        """Answer a checker."""
        what = request.path.removeprefix(ADMIN)
        if request.method == "POST" and request.headers.get("content-type") != "application/json":
            return Answer(
                415, {"error": "Send application/json."}
            )  # what a page of another origin may not send unasked
        doors: dict[str, Callable[[Request], Any]] = {
            "GET records": self._records,
            "GET journal": lambda _: {"journal": self._vendor.store.journal()},
            "GET violations": self._violations,
            "GET account": lambda request: {"account": account_of(request.query.get("token", ""))},
            "POST faults": self._faults,
            "POST knobs": self._knobs,
            "DELETE faults": lambda _: self._vendor.script.clear(),
            "DELETE records": lambda _: self._vendor.store.clear(),
        }
        door = doors.get(f"{request.method} {what}")
        if door is None:
            return Answer(404, {"error": f"There is no {request.method} {request.path}.", "doors": sorted(doors)})
        try:
            return Answer(200, door(request) or {})
        except (BadFault, TypeError, KeyError) as error:
            return Answer(400, {"error": str(error)})

    def _records(self, request: Request) -> dict[str, Any]:
        kind, account = request.query.get("kind", ""), request.query.get("account", "")
        return {"records": [dataclasses.asdict(record) for record in self._vendor.store.all(kind, account)]}

    def _violations(self, _: Request) -> dict[str, Any]:
        return {"violations": [record.body for record in self._vendor.store.all(VIOLATION)]}

    def _faults(self, request: Request) -> None:
        for fault in request.json()["faults"]:
            self._vendor.script.add(Fault(**fault))

    def _knobs(self, request: Request) -> dict[str, Any]:
        asked = request.json()
        for token in asked.pop("refuse", []):
            self._vendor.refused.add(account_of(token))
        for token in asked.pop("take_again", []):
            self._vendor.refused.discard(account_of(token))
        if unknown := set(asked) - set(self._vendor.knobs):
            raise KeyError(f"There is no knob {', '.join(sorted(unknown))}.")
        self._vendor.knobs |= asked
        return self._vendor.knobs
