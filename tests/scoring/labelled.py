"""Labelled calls as lines, and how well findings agree with their labels."""

import dataclasses
import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scoring.extraction.provider import CallContext, Line

HERE = Path(__file__).resolve().parent
FACTS = {"first": "first_name", "last": "last_name", "phone": "stated_phone", "email": "email", "type": "project_type"}
FACTS |= {"min": "budget_min", "max": "budget_max", "urg": "urgency"}
SPEAKERS = {"A": "agent", "C": "caller"}


@dataclasses.dataclass(frozen=True, slots=True)
class Labelled:
    """A call, its lines, and the facts that a careful reader finds."""

    id: str
    lines: tuple[Line, ...]
    context: CallContext
    gold: Mapping[str, Any]


def context(*, caller_id: str = "+15125550100", duration: int = 120) -> CallContext:
    return CallContext(caller_id, "", duration, "inbound", dt.datetime(2025, 9, 13, 15, tzinfo=dt.UTC))


def talk(*said: str) -> list[Line]:
    """Return lines of "A: …" (agent), "C: …" (caller), "U: …" (unknown), five seconds apart."""
    speakers = {**SPEAKERS, "U": "unknown", "O": "other"}
    return [Line(at, speakers[one[0]], at * 5.0, at * 5.0 + 4, one[3:]) for at, one in enumerate(said)]


def sales_calls() -> list[Labelled]:
    """Return the 52 calls of calls.jsonl."""
    rows = [json.loads(line) for line in (HERE / "calls.jsonl").read_text(encoding="utf-8").splitlines()]
    return [
        Labelled(
            row["id"],
            tuple(
                Line(at, one["speaker"], one["start_s"], one["end_s"], one["text"])
                for at, one in enumerate(row["utterances"])
            ),
            context(caller_id=row["caller_id"], duration=row["duration_s"]),
            row["gold"],
        )
        for row in rows
    ]


def own_calls() -> Iterator[Labelled]:
    """Yield the calls of extraction/calls.txt."""
    text = (HERE / "extraction" / "calls.txt").read_text(encoding="utf-8")
    for number, block in enumerate(re.split(r"^# ", text, flags=re.MULTILINE)[1:]):
        head, *said = block.strip().splitlines()
        kind, _, rest = head.partition(" ")
        told = {match.group(1): match.group(2).strip() for match in re.finditer(r"(\w+)=(.*?)(?= \w+=|$)", rest)}
        gold: dict[str, Any] = {name: told.get(short) for short, name in FACTS.items()}
        gold |= {name: gold[name] and int(gold[name]) for name in ("budget_min", "budget_max")}
        gold["caller_kind"], gold["do_not_call"] = kind, told.get("dnc") == "1"
        intent = told.get("intent", "1" if kind in {"lead", "voicemail"} else "0")
        gold["project_intent"] = intent == "1"
        yield Labelled(f"own-{number}", tuple(talk(*said)), context(duration=int(told.get("dur", 60))), gold)


def plain(value: object) -> object:
    """Return a value as it is compared: letters of names without case, accents and signs; the rest as it is."""
    if not isinstance(value, str) or "@" in value or value.startswith("+"):
        return value
    folded = unicodedata.normalize("NFKD", value.lower())
    return re.sub(r"[^a-z0-9]", "", folded)


def precision_and_recall(pairs: Sequence[tuple[object, object]]) -> tuple[float, float]:
    """Return both for (gold, found); a wrong value counts against both, an absent one against recall only."""
    same = sum(gold is not None and plain(gold) == plain(found) for gold, found in pairs)
    found = sum(found is not None for _, found in pairs)
    gold = sum(gold is not None for gold, _ in pairs)
    return same / (found or 1), same / (gold or 1)


def rank_correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Return Spearman's coefficient, ties averaged."""
    ranks = []
    for values in (left, right):
        places: dict[float, list[int]] = {}
        for place, value in enumerate(sorted(values)):
            places.setdefault(value, []).append(place)
        ranks.append([sum(places[value]) / len(places[value]) for value in values])
    means = [sum(row) / len(row) for row in ranks]
    a, b = ([value - mean for value in row] for row, mean in zip(ranks, means, strict=True))
    product = sum(x * y for x, y in zip(a, b, strict=True))
    return float(product / (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5)
