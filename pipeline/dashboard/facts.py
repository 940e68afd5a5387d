"""The lead and its score as the call page shows them: fields with their evidence, parts with their reasons."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from calls.models import Call
from pipeline.dashboard import words
from pipeline.dashboard.tags import phone, took
from scoring.extraction.provider import Fact
from scoring.models import LeadScore, ScoringProfile
from scoring.score import criteria

_URGENCY = {
    "emergency": "Emergency",
    "within_month": "Within a month",
    "within_3_months": "Within 3 months",
    "within_year": "Within a year",
    "planning": "Planning",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One field of the lead; an empty value is shown as "not provided"."""

    label: str
    value: str
    at: float | None = None
    """The second of the recording where it was said."""
    is_copied: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One of the score's five parts; widths in percent of the widest track."""

    label: str
    points: float
    most: float
    why: str
    quote: str
    at: float | None
    fill: float
    track: float


@dataclasses.dataclass(frozen=True, slots=True)
class Doubt:
    """A threshold that a score falls below: the setting's name, and what it means."""

    name: str
    words: str


def caller(call: Call, score: LeadScore | None) -> str:
    """Return what to call the caller: the name heard, else the source's, else the number."""
    contact: Mapping[str, Any] = score.contact if score else {}
    heard = " ".join(str(contact[key]) for key in ("first_name", "last_name") if contact.get(key))
    return heard or call.caller_name or phone(call.phone) or call.caller_id or "Number withheld"


def wants(facts: Mapping[str, Fact]) -> tuple[str, str]:
    """Return the project, and below it when and for how much, in the list's words."""
    when = _said(facts, "timeline")
    return _capital(_said(facts, "project_type")), " · ".join(word for word in (when, budget(facts)) if word)


def fields(call: Call, score: LeadScore | None, facts: Mapping[str, Fact]) -> list[Field]:
    """Return the lead's fields in the page's order; what nobody said is there, empty."""
    contact: Mapping[str, Any] = score.contact if score else {}
    name = " ".join(str(contact[key]) for key in ("first_name", "last_name") if contact.get(key)) or call.caller_name
    email = str(contact.get("email") or _said(facts, "email") or call.caller_email)
    made = [
        Field("Name", name, _when(facts, "first_name", "last_name"), is_copied=True),
        Field("Phone", phone(call.phone) or call.caller_id, None, is_copied=True),
        Field("E-mail", email, _when(facts, "email"), is_copied=True),
        Field("Project", _capital(_said(facts, "project_type")), _when(facts, "project_type")),
        Field("Details", _said(facts, "project_details"), _when(facts, "project_details")),
        Field("Timeline", _said(facts, "timeline"), _when(facts, "timeline")),
        Field("Urgency", _URGENCY.get(_said(facts, "urgency"), ""), _when(facts, "urgency")),
        Field("Budget", budget(facts), _when(facts, "budget_min", "budget_max")),
        Field("Source", source(call)),
    ]
    if said := _said(facts, "stated_phone"):
        made.insert(2, Field("Number said", phone(said), _when(facts, "stated_phone"), is_copied=True))
    return made


def parts(score: LeadScore) -> list[Part]:
    """Return the parts of the score in the guide's order."""
    widest = max((float(part["most"]) for part in score.parts), default=1) or 1
    return [_part(part, widest) for part in score.parts]


def doubts(score: LeadScore) -> list[Doubt]:
    """Return why a score needs review, in words; the limits are those that it was computed by."""
    if not score.below_thresholds:
        return []
    try:
        limits = criteria.of_version(score.profile_version)
    except (ScoringProfile.DoesNotExist, criteria.BadProfile):
        return [Doubt(name, name) for name in score.below_thresholds]
    said = {
        "min_call_duration": f"shorter than {took(limits.min_call_duration)}",
        "min_confidence_score": f"confidence below {limits.min_confidence_score:g}",
        "required_project_intent": "no project intent",
    }
    return [Doubt(name, said.get(name, name)) for name in score.below_thresholds]


def budget(facts: Mapping[str, Fact]) -> str:
    """Return the budget: a range, "to $40,000", "from $5,000"."""
    low, high = (facts[name].value if name in facts else None for name in ("budget_min", "budget_max"))
    if low and high:
        return f"${low:,}" if low == high else f"${low:,} \N{EN DASH} {high:,}"
    return f"from ${low:,}" if low else f"to ${high:,}" if high else ""


def source(call: Call) -> str:
    """Return where the call came from: Google Ads · "kitchen remodel austin"."""
    keyword = f"“{call.keyword}”" if call.keyword else ""
    return " · ".join(word for word in (call.marketing_source, call.campaign, keyword) if word)


def kind(score: LeadScore | None) -> str:
    """Return the kind of caller in words, empty for a lead."""
    return words.kind(score.caller_kind) if score and score.caller_kind != "lead" else ""


def _part(part: Mapping[str, Any], widest: float) -> Part:
    points, most = float(part["points"]), float(part["most"])
    evidence: Sequence[Mapping[str, Any]] = part.get("evidence") or ()
    first = evidence[0] if evidence else {}
    return Part(
        label=words.kind(str(part["name"]).removesuffix("_weight")),
        points=points,
        most=most,
        why=str(part.get("why") or ""),
        quote=str(first.get("quote") or ""),
        at=first.get("start"),
        fill=round(100 * points / widest, 1),
        track=round(100 * most / widest, 1),
    )


def _said(facts: Mapping[str, Fact], name: str) -> str:
    return str(facts[name].value) if name in facts else ""


def _when(facts: Mapping[str, Fact], *names: str) -> float | None:
    starts = [piece.start for name in names if name in facts for piece in facts[name].evidence]
    return min(starts, default=None)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
