"""Facts are kept only with the words they came from. Checks any analyzer's findings; reads and writes facts as JSON."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline import errors
from scoring.extraction import clean
from scoring.extraction.provider import (
    CALLER_KINDS,
    FACTS,
    PROJECT_TYPES,
    URGENCIES,
    Evidence,
    Fact,
    Findings,
    Line,
)

BUDGET_LIMIT = 1_000_000_000
TEXT_LIMIT = 500
_ALLOWED = {"project_type": frozenset(PROJECT_TYPES), "urgency": frozenset(URGENCIES) - {"none"}}
_CLEANED = {"stated_phone": clean.phone, "email": clean.email, "first_name": clean.name, "last_name": clean.name}
NO_CONTACT_KINDS = frozenset({"spam", "robocall"})


def checked(findings: Findings, lines: Sequence[Line]) -> Findings:
    """Return the findings without facts that are out of range or whose quotes nobody said.

    Raises Transient("analyzer.bad_answer") for a kind of caller that does not exist.
    """
    if findings.caller_kind not in CALLER_KINDS:
        raise errors.Transient(
            "analyzer.bad_answer", f"The analyzer named a kind of caller that does not exist: {findings.caller_kind!r}."
        )
    texts = {line.position: line for line in lines}
    facts: dict[str, Fact] = {}
    for name in FACTS:
        fact = findings.facts.get(name)
        value = None if fact is None else _value(name, fact.value)
        if fact is None or value is None:
            continue
        found = tuple(piece for piece in (_located(piece, texts) for piece in fact.evidence) if piece)
        if found:
            facts[name] = Fact(value, _share(fact.confidence), found)
    return dataclasses.replace(findings, facts=_consistent(findings, facts), confidence=_share(findings.confidence))


def _value(name: str, value: str | int) -> str | int | None:
    """Return the value as it is kept, None if it can't be one of this fact."""
    if name.startswith("budget"):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return value if whole and 0 < int(value) <= BUDGET_LIMIT else None
    text = str(value).strip()[:TEXT_LIMIT]
    allowed = _ALLOWED.get(name)
    if allowed is not None:
        return text if text in allowed else None
    cleaned = _CLEANED.get(name)
    return cleaned(text) if cleaned else text or None


def _located(piece: Evidence, lines: Mapping[int, Line]) -> Evidence | None:
    """Return the evidence with the quote as the utterance has it, None if the words are not there."""
    line = lines.get(piece.utterance)
    words = piece.quote.split()
    if line is None or not words:
        return None
    found = re.search(r"\s+".join(re.escape(word) for word in words), line.text, re.IGNORECASE)
    return Evidence(line.position, line.start, found.group()) if found else None


def _consistent(findings: Findings, facts: dict[str, Fact]) -> dict[str, Fact]:
    """Drop what contradicts: a range upside down, a project without intent, the contact of a robot."""
    low, high = facts.get("budget_min"), facts.get("budget_max")
    if low and high and int(low.value) > int(high.value):
        del facts["budget_min"], facts["budget_max"]
    gone: set[str] = set()
    if not findings.project_intent:
        gone |= {"project_type", "timeline", "urgency", "budget_min", "budget_max"}
    if findings.caller_kind in NO_CONTACT_KINDS:
        gone |= {"first_name", "last_name", "stated_phone", "email"}
    return {name: fact for name, fact in facts.items() if name not in gone}


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 3)


def to_json(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """Return the facts as they are stored: name → {value, confidence, evidence}."""
    return {
        name: {
            "value": fact.value,
            "confidence": fact.confidence,
            "evidence": [dataclasses.asdict(piece) for piece in fact.evidence],
        }
        for name, fact in facts.items()
    }


def from_json(stored: Mapping[str, Any]) -> dict[str, Fact]:
    """Return stored facts as an analyzer gave them."""
    return {
        name: Fact(fact["value"], fact["confidence"], tuple(Evidence(**piece) for piece in fact["evidence"]))
        for name, fact in stored.items()
    }
