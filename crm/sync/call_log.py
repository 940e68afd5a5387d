"""A call as it is logged in a CRM."""

import hashlib
import hmac

from crm.mapping import template
from crm.mapping.variables import Facts, display_name
from crm.sync.provider import CallLog
from tenants import provisioning
from tenants.models import Tenant

KEY_LENGTH = 40
LONGEST_TITLE = 200
LONGEST_BODY = 20_000


def of(tenant: Tenant, facts: Facts) -> CallLog:
    """Return the entry for a call."""
    call, score = facts.call, facts.score
    title = f"{call.direction.capitalize()} call, {display_name(facts.lead)}: lead score {score.score} ({score.band})"
    return CallLog(
        key=key(tenant, call.external_id),
        title=title[:LONGEST_TITLE],
        body=template.inert(_body(facts))[:LONGEST_BODY],
        started_at_ms=int(call.started_at.timestamp() * 1000),
        duration_seconds=call.duration,
        phone=call.phone,
        direction=call.direction,
    )


def key(tenant: Tenant, external_id: str) -> str:
    """Return the call's key in CRMs: tells nothing of the tenant and is the same for ever."""
    return hmac.new(provisioning.lead_secret(tenant), f"logged:{external_id}".encode(), hashlib.sha256).hexdigest()[
        :KEY_LENGTH
    ]


def _body(facts: Facts) -> str:
    call, score = facts.call, facts.score
    source = " / ".join(filter(None, (call.marketing_source, call.medium, call.campaign, call.keyword)))
    lines = {
        "": facts.summary,
        "Call": f"{call.external_id}, {call.started_at:%Y-%m-%d %H:%M} UTC, {call.duration} s",
        "Lead score": f"{score.score} of 100 ({score.band}), confidence {score.confidence:.2f}",
        "Project": ", ".join(str(facts.contact[name]) for name in _PROJECT if facts.contact.get(name)),
        "Source": source,
        "Landing page": call.landing_page_url,
    }
    return "\n".join(f"{label}: {text}" if label else text for label, text in lines.items() if text)


_PROJECT = ("project_type", "project_details", "timeline", "urgency")
