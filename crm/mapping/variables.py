"""The variables that mappings may use: one table; editor, docs and values follow it."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from calls.models import Call
from scoring.models import Lead, LeadScore

RATINGS = {"hot": "Hot", "warm": "Warm"}


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """What a call's variables are read from."""

    call: Call
    lead: Lead
    score: LeadScore
    primary_crm_id: str = ""

    @property
    def contact(self) -> Mapping[str, Any]:
        """Return the contact as this call gave it."""
        contact: Mapping[str, Any] = self.score.contact
        return contact

    @property
    def summary(self) -> str:
        """Return what the call was about, empty without a transcript."""
        return self.score.extraction.summary if self.score.extraction else ""


@dataclasses.dataclass(frozen=True, slots=True)
class Variable:
    """One variable: what it is, and how it is read; no value is an empty text."""

    label: str
    read: Callable[[Facts], object]


def full_name(lead: Lead) -> str:
    """Return the person's name, empty if none is known."""
    return f"{lead.first_name} {lead.last_name}".strip()


def display_name(lead: Lead) -> str:
    """Return a name for a record that must have one: the person's, else the number's."""
    return full_name(lead) or (f"Caller {lead.phone}" if lead.phone else "Caller, number withheld")


def _of_contact(name: str) -> Callable[[Facts], object]:
    return lambda facts: facts.contact.get(name)


def _utm(name: str) -> Callable[[Facts], object]:
    return lambda facts: facts.call.utm.get(name)


VARIABLES: Mapping[str, Variable] = {
    "caller_name": Variable("Caller's name", lambda facts: full_name(facts.lead)),
    "caller_name.first": Variable("Caller's first name", lambda facts: facts.lead.first_name),
    "caller_name.last": Variable("Caller's last name", lambda facts: facts.lead.last_name),
    "caller_email": Variable("Caller's e-mail address", lambda facts: facts.lead.email),
    "caller_phone": Variable("Caller's number, +15125550147", lambda facts: facts.lead.phone),
    "call.id": Variable("The source's id of the call", lambda facts: facts.call.external_id),
    "call.direction": Variable("inbound or outbound", lambda facts: facts.call.direction),
    "call.started_at": Variable("Start, ISO 8601 in UTC", lambda facts: facts.call.started_at.isoformat()),
    "call.duration": Variable("Seconds", lambda facts: facts.call.duration),
    "call.tracking_number": Variable("The number that was called", lambda facts: facts.call.tracking_number),
    "call.summary": Variable("What the call was about", lambda facts: facts.summary),
    "lead.display_name": Variable("Name, else the number", lambda facts: display_name(facts.lead)),
    "lead.kind": Variable("Kind of caller: lead, voicemail …", lambda facts: facts.score.caller_kind),
    "lead.project_type": Variable("Kind of project", _of_contact("project_type")),
    "lead.project_details": Variable("The project in the caller's words", _of_contact("project_details")),
    "lead.timeline": Variable("When it is wanted", _of_contact("timeline")),
    "lead.urgency": Variable("emergency, within_month …", _of_contact("urgency")),
    "lead.budget_min": Variable("Budget, from", _of_contact("budget_min")),
    "lead.budget_max": Variable("Budget, to", _of_contact("budget_max")),
    "score.total": Variable("Lead score, 0 to 100", lambda facts: facts.score.score),
    "score.band": Variable("hot, warm, cold or not_a_lead", lambda facts: facts.score.band),
    "score.rating": Variable("Hot, Warm or Cold", lambda facts: RATINGS.get(facts.score.band, "Cold")),
    "score.confidence": Variable("Confidence of the score, 0 to 1", lambda facts: round(facts.score.confidence, 2)),
    "source.name": Variable("Marketing source", lambda facts: facts.call.marketing_source),
    "source.medium": Variable("Medium", lambda facts: facts.call.medium),
    "source.campaign": Variable("Campaign", lambda facts: facts.call.campaign),
    "source.keyword": Variable("Keyword", lambda facts: facts.call.keyword),
    "source.gclid": Variable("Google click id", lambda facts: facts.call.gclid),
    "source.landing_page": Variable("Landing page", lambda facts: facts.call.landing_page_url),
    "source.utm_source": Variable("utm_source", _utm("utm_source")),
    "source.utm_medium": Variable("utm_medium", _utm("utm_medium")),
    "source.utm_campaign": Variable("utm_campaign", _utm("utm_campaign")),
    "source.utm_term": Variable("utm_term", _utm("utm_term")),
    "source.utm_content": Variable("utm_content", _utm("utm_content")),
    "primary_crm_id": Variable("The record's id in the primary CRM", lambda facts: facts.primary_crm_id),
}


def values(facts: Facts) -> dict[str, str]:
    """Return every variable's value for a call, as text."""
    read = {name: variable.read(facts) for name, variable in VARIABLES.items()}
    return {name: "" if value is None else str(value) for name, value in read.items()}
