"""The judge: compares what was sent with what the CRMs hold. It asks the sandboxes, never the product."""

import collections
import dataclasses
import itertools
import json
import re
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.faults.sender import Delivery

ORDER = ("hubspot", "salesforce", "pipedrive")
PERSONS = {"hubspot": "contacts", "salesforce": "Lead", "pipedrive": "person"}
ENTRIES = {"hubspot": "calls", "salesforce": "Task", "pipedrive": "note"}
_PHONE = re.compile(r"512\D{0,3}555\D{0,3}(\d{4})")
_CALL = re.compile(r"Call: (\S+), ")


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """A record of a sandbox: whose account it lies in, what it is about, when it was made (Unix time)."""

    account: str
    about: str
    """Of a person the number, of a logged call its id; empty: neither was found in it."""
    created: float


@dataclasses.dataclass(frozen=True, slots=True)
class Book:
    """What one CRM holds, of all accounts."""

    persons: Sequence[Held]
    entries: Sequence[Held]


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """The counts of a run; all but the first two must be 0."""

    runs: int = 0
    acked: int = 0
    lost: int = 0
    """Acked calls that are not in each of the tenant's CRMs."""
    unexpected: int = 0
    """Records of nobody's call or number."""
    duplicated: int = 0
    """Records beyond the first of a person or call."""
    out_of_order: int = 0
    """Calls that a later CRM logged before an earlier one."""
    wrong_tenant: int = 0
    """Records in the account of another tenant."""
    stuck: int = 0
    """Steps that did not end."""

    def __add__(self, other: "Verdict") -> "Verdict":
        mine, theirs = dataclasses.asdict(self), dataclasses.asdict(other)
        return Verdict(**{name: count + theirs[name] for name, count in mine.items()})

    @property
    def is_clean(self) -> bool:
        """Return whether nothing went wrong."""
        return not any(count for name, count in dataclasses.asdict(self).items() if name not in {"runs", "acked"})


def read(slug: str, url: str) -> Book:
    """Ask a sandbox what it holds."""
    persons = [Held(one["account"], _found(_PHONE, one, "512555"), one["created"]) for one in _all(url, PERSONS[slug])]
    entries = [Held(one["account"], _found(_CALL, one, ""), one["created"]) for one in _all(url, ENTRIES[slug])]
    return Book(persons, entries)


def violations(url: str) -> list[Any]:
    """Return the requests that broke the vendor's contract."""
    with urllib.request.urlopen(f"{url}/_sandbox/violations", timeout=30) as answer:
        found: list[Any] = json.load(answer)["violations"]
    return found


def account(url: str, token: str) -> str:
    """Return the name of the account that a token opens."""
    with urllib.request.urlopen(f"{url}/_sandbox/account?token={token}", timeout=30) as answer:
        return str(json.load(answer)["account"])


def judge(
    sent: Sequence[Delivery],
    acked: Iterable[str],
    books: Mapping[str, Book],
    owners: Mapping[str, Mapping[str, str]],
    *,
    stuck: int,
) -> Verdict:
    """Compare. `owners`: of each CRM, the tenant of each account."""
    calls, phones = {one.call_id: one for one in sent}, {one.phone: one.tenant for one in sent}
    taken = [calls[call_id] for call_id in acked]
    verdicts = [
        _of_kind(held, whose, owners[slug])
        for slug, book in books.items()
        for held, whose in (
            (book.entries, {call_id: one.tenant for call_id, one in calls.items()}),
            (book.persons, phones),
        )
    ]
    lost = sum(not all(_holds(books[slug], one, owners[slug]) for slug in books) for one in taken)
    total = Verdict(runs=1, acked=len(taken), lost=lost, out_of_order=_out_of_order(books), stuck=stuck)
    return sum(verdicts, total)


def _of_kind(held: Sequence[Held], whose: Mapping[str, str], owners: Mapping[str, str]) -> Verdict:
    times = collections.Counter((one.account, one.about) for one in held if one.about in whose)
    return Verdict(
        unexpected=sum(one.about not in whose for one in held),
        duplicated=sum(count - 1 for count in times.values()),
        wrong_tenant=sum(one.about in whose and owners.get(one.account) != whose[one.about] for one in held),
    )


def _holds(book: Book, call: Delivery, owners: Mapping[str, str]) -> bool:
    def in_own(held: Sequence[Held], about: str) -> bool:
        return any(one.about == about and owners.get(one.account) == call.tenant for one in held)

    return in_own(book.entries, call.call_id) and in_own(book.persons, call.phone)


def _out_of_order(books: Mapping[str, Book]) -> int:
    """Count the calls of which a later CRM has an entry that is older than the earlier one's, or has it alone."""
    made = [{one.about: one.created for one in books[slug].entries} for slug in ORDER if slug in books]
    wrong = {
        call_id
        for before, after in itertools.pairwise(made)
        for call_id, moment in after.items()
        if before.get(call_id, float("inf")) > moment
    }
    return len(wrong)


def _all(url: str, kind: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}/_sandbox/records?kind={kind}", timeout=60) as answer:
        records: list[dict[str, Any]] = json.load(answer)["records"]
    return records


def _found(pattern: re.Pattern[str], record: Mapping[str, Any], before: str) -> str:
    match = pattern.search(json.dumps(record["body"]))
    return before + match[1] if match else ""
