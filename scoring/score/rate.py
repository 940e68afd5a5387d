"""Gives a call its lead and its score, from the newest extraction or, without one, from the call's facts."""

import dataclasses
import hmac
from typing import Any

from calls.call import lookup
from calls.models import Call
from pipeline import errors
from pipeline.steps.stage import Job, Outcome
from scoring.extraction import caller_name, evidence, extract
from scoring.extraction.provider import Fact
from scoring.models import Extraction, Lead, LeadScore
from scoring.score import compute, criteria
from scoring.score.compute import Score
from tenants import provisioning
from tenants.models import Tenant

UNHEARD_CONFIDENCE = 0.4
"""Of a score without a transcript: below every sensible threshold, so that a person looks."""
NETWORK_NAME_CONFIDENCE = 0.3
SOURCE_EMAIL_CONFIDENCE = 0.5
STATED = 0.5
"""From here on a name was said on a call; below, the phone network gave it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Contact:
    """The contact as one call gives it, and how sure its name and address are (0 to 1)."""

    fields: dict[str, Any]
    name_confidence: float
    email_confidence: float


@dataclasses.dataclass(frozen=True, slots=True)
class Rating:
    """A call's score, with its call and extraction; `save` gives it its lead."""

    row: LeadScore
    contact: Contact


def work(job: Job) -> Outcome:
    """Compute the score. Raises Permanent("call.not_found"), Parked("score.bad_profile")."""
    limits = _criteria()
    drawn = job.before if isinstance(job.before, extract.Drawn) else newest(job.subject)
    rating = _by_words(drawn, limits) if drawn else _by_facts(lookup.existing(job.subject), limits)
    return Outcome(summary=f"{rating.row.score}, confidence {rating.row.confidence:.2f}", data=rating)


def save(job: Job, outcome: Outcome) -> None:
    """Find or make the lead, better its contact data, and store the score."""
    rating = outcome.data
    if not isinstance(rating, Rating):
        raise TypeError(f"save needs the Rating that work made, got {type(rating).__name__}.")
    rating.row.lead = _lead(job.tenant, rating)
    rating.row.created_at = job.now
    rating.row.save(force_insert=True)


def lead_key(tenant: Tenant, *, phone: str, external_id: str) -> str:
    """Return the key of the person behind a call: of the far end's number, with a number withheld of the call.

    Never of a number said in the call. The tenant's lead secret never changes, so neither does the key.
    """
    far_end = phone or f"call:{external_id}"
    return hmac.digest(provisioning.lead_secret(tenant), far_end.encode(), "sha256").hex()


def newest(call_id: int) -> extract.Drawn | None:
    """Return the newest extraction from the transcript that counts."""
    extractions = Extraction.objects.filter(transcript=extract.counting(call_id).values("pk")[:1])
    extraction = extractions.select_related("transcript", "call").order_by("-pk").first()
    return extract.Drawn(extraction, extract.lines_of(extraction.transcript)) if extraction else None


def _criteria() -> criteria.Criteria:
    """Return the criteria in force. Raises Parked: a profile that makes no sense waits for a person."""
    try:
        return criteria.load()
    except criteria.BadProfile as error:
        raise errors.Parked("score.bad_profile", f"The scoring profile can't be used. {error}") from error


def _by_words(drawn: extract.Drawn, limits: criteria.Criteria) -> Rating:
    extraction, call = drawn.extraction, drawn.extraction.call
    facts = evidence.from_json(extraction.facts)
    confidence = _confidence(extraction)
    score = compute.of_transcript(
        caller_kind=extraction.caller_kind,
        project_intent=extraction.project_intent,
        facts=facts,
        lines=drawn.lines,
        duration=call.duration,
        confidence=confidence,
        criteria=limits,
    )
    row = LeadScore(call=call, extraction=extraction, caller_kind=extraction.caller_kind, confidence=confidence)
    return _rating(row, score, _contact(call, facts), limits)


def _by_facts(call: Call, limits: criteria.Criteria) -> Rating:
    """Rate a call that nobody transcribed: with a number it is a lead to call back, else nobody can be."""
    kind = "lead" if call.phone else "unknown"
    score = compute.of_call_facts(
        caller_kind=kind,
        direction=call.direction,
        duration=call.duration,
        confidence=UNHEARD_CONFIDENCE,
        criteria=limits,
    )
    row = LeadScore(call=call, caller_kind=kind, confidence=UNHEARD_CONFIDENCE)
    return _rating(row, score, _contact(call, {}), limits)


def _rating(row: LeadScore, score: Score, contact: Contact, limits: criteria.Criteria) -> Rating:
    row.profile_version = limits.version
    row.score, row.band = score.score, score.band
    row.parts = [dataclasses.asdict(part) for part in score.parts]
    row.below_thresholds = list(score.below_thresholds)
    row.contact = contact.fields
    return Rating(row, contact)


def _confidence(extraction: Extraction) -> float:
    """Return how sure the score is: the analyzer's word, weighed down by a transcript that is unsure itself."""
    heard = extraction.transcript.confidence
    return round(extraction.confidence * (1 if heard is None else 0.5 + 0.5 * heard), 3)


def _contact(call: Call, facts: dict[str, Fact]) -> Contact:
    """Gather the contact: what was said first, then what the call's source gave."""
    first, last = (str(facts[name].value) if name in facts else "" for name in ("first_name", "last_name"))
    name_confidence = max(
        (facts[name].confidence for name in ("first_name", "last_name") if name in facts), default=0.0
    )
    if first or last:
        name_confidence = max(STATED, name_confidence)
    else:
        first, last = caller_name.person(call.caller_name)
        name_confidence = NETWORK_NAME_CONFIDENCE if first or last else 0.0
    email = facts.get("email")
    address = str(email.value) if email else call.caller_email
    said = {
        name: facts[name].value if name in facts else None
        for name in (
            "stated_phone",
            "project_type",
            "project_details",
            "timeline",
            "urgency",
            "budget_min",
            "budget_max",
        )
    }
    fields = {"first_name": first, "last_name": last, "phone": call.phone, "email": address, **said}
    source = SOURCE_EMAIL_CONFIDENCE if address else 0.0
    return Contact(fields, name_confidence, max(STATED, email.confidence) if email else source)


def _lead(tenant: Tenant, rating: Rating) -> Lead:
    """Return the lead, locked, with contact data no worse than before.

    A call stays with the lead that it once got, even if a later delivery brings the number that was withheld:
    that lead may stand in the CRMs by now.
    """
    call, contact = rating.row.call, rating.contact
    leads = Lead.objects.select_for_update(of=["self"], no_key=True)
    lead = leads.filter(scores__call=call).order_by("scores__pk").first()
    if lead is None:
        key = lead_key(tenant, phone=call.phone, external_id=call.external_id)
        Lead.objects.bulk_create([Lead(key=key)], ignore_conflicts=True)
        lead = leads.get(key=key)
    if _is_better_name(lead, contact):
        lead.first_name, lead.last_name = contact.fields["first_name"], contact.fields["last_name"]
        lead.name_confidence = contact.name_confidence
    if contact.fields["email"] and contact.email_confidence >= lead.email_confidence:
        lead.email, lead.email_confidence = contact.fields["email"], contact.email_confidence
    lead.phone = lead.phone or contact.fields["phone"]
    lead.save()
    return lead


def _is_better_name(lead: Lead, contact: Contact) -> bool:
    """Return whether the call's name is better: said beats the network's, of two that were said the whole one stays."""
    new = (contact.fields["first_name"], contact.fields["last_name"])
    if not any(new):
        return False
    old = (lead.first_name, lead.last_name)
    return _rank(new, contact.name_confidence) >= _rank(old, lead.name_confidence)


def _rank(name: tuple[str, str], confidence: float) -> tuple[bool, int, float]:
    return confidence >= STATED, sum(map(bool, name)), confidence
