"""The committed intents and results of what goes to a CRM: a row a (person, CRM), a row a (call, CRM).

Each is one statement that commits by itself, under the condition that the step is still this attempt's: a worker
that lost its step to another one changes nothing more. An intent without a result says that the write may have
arrived. `intent_at` is when the first such write began, `sent_at` when the last one was given up.
"""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from crm.sync.provider import Earlier, Known, Receipt
from pipeline import clock
from pipeline.steps import claim
from pipeline.steps.stage import Job
from tenants.postgres import prepared

_LEAD = f"""
INSERT INTO crm_leadsync AS row (lead_id, crm, remote_id, remote_url, parts, intent_at, created_at)
SELECT %(owner)s, %(crm)s, '', '', '{{}}', %(now)s, %(now)s WHERE {claim.HELD}
ON CONFLICT (lead_id, crm) DO UPDATE SET intent_at = coalesce(row.intent_at, EXCLUDED.intent_at), sent_at = NULL
RETURNING id, remote_id, parts, intent_at,
    (SELECT before.sent_at FROM crm_leadsync AS before WHERE before.lead_id = %(owner)s AND before.crm = %(crm)s)
"""  # noqa: S608  (a constant)

# An entry that was made already is not made again: no intent.
_CALL = f"""
INSERT INTO crm_loggedcall AS row (call_id, crm, remote_id, intent_at)
SELECT %(owner)s, %(crm)s, '', %(now)s WHERE {claim.HELD}
ON CONFLICT (call_id, crm) DO UPDATE SET
    intent_at = CASE WHEN row.remote_id = '' THEN coalesce(row.intent_at, EXCLUDED.intent_at) END, sent_at = NULL
RETURNING id, remote_id, '{{}}', intent_at,
    (SELECT before.sent_at FROM crm_loggedcall AS before WHERE before.call_id = %(owner)s AND before.crm = %(crm)s)
"""  # noqa: S608  (a constant)

_LEAD_KEPT = f"""
UPDATE crm_leadsync SET remote_id = %(remote_id)s, remote_url = %(url)s, parts = %(parts)s, synced_at = %(now)s,
    intent_at = CASE WHEN NOT %(settled)s THEN intent_at END
WHERE id = %(id)s AND {claim.HELD}
RETURNING id
"""  # noqa: S608  (a constant)

_CALL_KEPT = f"""
UPDATE crm_loggedcall SET remote_id = %(remote_id)s, logged_at = %(now)s, intent_at = NULL
WHERE id = %(id)s AND {claim.HELD}
RETURNING id
"""  # noqa: S608  (a constant)

_ENDED = {
    table: f"""
    UPDATE {table} SET intent_at = %(intent_at)s, sent_at = %(sent_at)s
    WHERE id = %(id)s AND {claim.HELD}
    RETURNING id
    """  # noqa: S608  (constants)
    for table in ("crm_leadsync", "crm_loggedcall")
}


@dataclasses.dataclass(frozen=True, slots=True)
class Intent:
    """A write that goes out now."""

    job: Job
    table: str
    id: int
    known: Known
    """What earlier writes brought."""
    opened_at: dt.datetime
    intent_at: dt.datetime | None
    """When the first of the earlier writes began whose end is unknown; None: there is none."""
    sent_at: dt.datetime | None
    """When the last of them was given up; None: its worker stopped without a word."""

    @property
    def earlier(self) -> Earlier | None:
        """Return the earlier writes as a connector sees them; one that was never given up may still be at work."""
        if self.intent_at is None:
            return None
        last_ago = _seconds(self.opened_at - self.sent_at) if self.sent_at else 0
        return Earlier(first_ago=_seconds(self.opened_at - self.intent_at), last_ago=last_ago)


def of_lead(job: Job, lead_id: int) -> Intent:
    """Commit that the person goes to the job's CRM. Raises claim.Stale."""
    return _opened("crm_leadsync", _LEAD, job, lead_id)


def of_call(job: Job) -> Intent:
    """Commit that the call is logged in the job's CRM, unless it was (`known.remote_id`). Raises claim.Stale."""
    return _opened("crm_loggedcall", _CALL, job, job.subject)


def keep_lead(intent: Intent, receipt: Receipt, *, settled: bool) -> None:
    """Commit what the CRM answered; not `settled`: more of this write follows. Raises claim.Stale."""
    values = {"remote_id": receipt.remote_id, "url": receipt.url, "parts": json.dumps(dict(receipt.parts))}
    _change(intent, _LEAD_KEPT, {**values, "settled": settled})


def keep_call(intent: Intent, entry_id: str) -> None:
    """Commit the entry that the CRM made. Raises claim.Stale."""
    _change(intent, _CALL_KEPT, {"remote_id": entry_id})


def withdraw(intent: Intent) -> None:
    """Take back what has certainly not arrived; an earlier attempt's intent stays. Raises claim.Stale."""
    sent_at = intent.sent_at or intent.opened_at if intent.intent_at else None
    _change(intent, _ENDED[intent.table], {"intent_at": intent.intent_at, "sent_at": sent_at})


def give_up(intent: Intent) -> None:
    """Commit when the wait for an answer ended: what was sent may still arrive. Raises claim.Stale."""
    values = {"intent_at": intent.intent_at or intent.opened_at, "sent_at": clock.now()}
    _change(intent, _ENDED[intent.table], values)


def _opened(table: str, statement: str, job: Job, owner: int) -> Intent:
    now = clock.now()
    values: dict[str, Any] = {"owner": owner, "crm": job.target, "now": now, **claim.held_by(job)}
    rows = prepared.rows(statement, values)
    if not rows:
        raise claim.Stale(f"step {job.step_id} fence {job.fence}")
    row_id, remote_id, parts, intent_at, sent_at = rows[0]
    known = Known(remote_id, json.loads(parts))
    return Intent(job, table, row_id, known, now, intent_at if intent_at != now else None, sent_at)


def _change(intent: Intent, statement: str, values: Mapping[str, Any]) -> None:
    job = intent.job
    values = {**values, "id": intent.id, "now": clock.now(), **claim.held_by(job)}
    if not prepared.rows(statement, values):
        raise claim.Stale(f"step {job.step_id} fence {job.fence}")


def _seconds(passed: dt.timedelta) -> float:
    """Return seconds as waits count them: they are divided by TIME_SCALE, so time counts that much more."""
    return passed.total_seconds() * settings.TIME_SCALE
