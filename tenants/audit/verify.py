"""Walks a chain from its first entry and says whether it is whole."""

import dataclasses

from tenants.audit.chain import hash_of
from tenants.audit.models import Entry
from tenants.models import ChainEntry, PlatformEntry, Tenant
from tenants.scope import public, scope

ANCHORED = "audit.anchored"


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What a chain's walk found: how many entries, the head's hash, and what is wrong; empty: it is whole."""

    entries: int
    head: str
    wrong: str = ""


def platform() -> Verdict:
    """Walk the platform's chain."""
    with public():
        return _walked(PlatformEntry, {})


def of(tenant: Tenant) -> Verdict:
    """Walk a tenant's chain, and hold it against the heads that the platform's chain keeps of it."""
    with public():
        kept = PlatformEntry.objects.filter(event=ANCHORED, target="tenant", target_id=str(tenant.pk))
        anchors = {int(one.detail["number"]): str(one.detail["hash"]) for one in kept.iterator()}
    with scope(tenant):
        return _walked(Entry, anchors)


def _walked(chain: type[ChainEntry], anchors: dict[int, str]) -> Verdict:
    number, head = 0, ""
    for entry in chain.objects.order_by("number").iterator(chunk_size=1000):
        if wrong := _wrong(entry, number + 1, head, anchors):
            return Verdict(number, head, wrong)
        number, head = entry.number, entry.hash
    if lost := [anchor for anchor in anchors if anchor > number]:
        return Verdict(number, head, f"entries {number + 1} to {max(lost)} were there once and are gone")
    return Verdict(number, head)


def _wrong(entry: ChainEntry, number: int, head: str, anchors: dict[int, str]) -> str:
    if entry.number != number:
        return f"entry {number} is missing: after it comes {entry.number}"
    if entry.previous != head:
        return f"entry {number} does not follow the one before it: that one was changed, or put in later"
    if entry.hash != hash_of(entry):
        return f"entry {number} ({entry.event}, {entry.at:%Y-%m-%d %H:%M:%S}Z) was changed"
    if anchors.get(number, entry.hash) != entry.hash:
        return f"entry {number} is not the one that the platform's chain knows: the chain was written anew"
    return ""
