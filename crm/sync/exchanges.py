"""Keeps each request to a CRM and its answer as a call's history, secrets masked."""

import json
import math
from collections.abc import Sequence
from typing import Any

from django.db import connection

from crm.sync.provider import Sent
from pipeline import clock
from pipeline.redact import redact, storable
from pipeline.steps.stage import Job

SECRET_NAMES = frozenset({"access_token", "refresh_token", "client_secret", "password", "api_token", "sessionId"})
LONGEST = 4_000
MOST_ENTRIES = 50
DEEPEST = 8
_KEEP = """
INSERT INTO crm_exchange (call_id, crm, step_id, attempt, at, method, path, request, status, answer, seconds)
SELECT %(call)s, %(crm)s, %(step)s, %(attempt)s, %(at)s, sent.* FROM jsonb_to_recordset(%(sent)s) AS sent
    (method text, path text, request jsonb, status smallint, answer jsonb, seconds float8)
"""


def keep(job: Job, sent: Sequence[Sent]) -> None:
    """Store what one attempt sent and was answered, in one statement."""
    if not sent:
        return
    rows = [
        {
            "method": one.method,
            "path": redact(one.path),
            "request": masked(one.request),
            "status": one.status,
            "answer": masked(one.answer),
            "seconds": one.seconds,
        }
        for one in sent
    ]
    values: dict[str, Any] = {"call": job.subject, "crm": job.target, "step": job.step_id, "attempt": job.attempt}
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, {**values, "at": clock.now(), "sent": json.dumps(rows)})


def masked(value: Any, *, name: str = "", depth: int = 0) -> Any:  # noqa: ANN401  (whatever JSON there is)
    """Return JSON with secrets masked and phone numbers down to four digits, long parts cut; ids stay whole."""
    if name in SECRET_NAMES:
        return "***"
    if isinstance(value, dict) and depth < DEEPEST:
        items = list(value.items())[:MOST_ENTRIES]
        return {storable(str(key)): masked(inner, name=str(key), depth=depth + 1) for key, inner in items}
    if isinstance(value, list) and depth < DEEPEST:
        return [masked(inner, name=name, depth=depth + 1) for inner in value[:MOST_ENTRIES]]
    if isinstance(value, str):
        cut = value[:LONGEST]
        return storable(cut) if _is_id(name, cut) else redact(cut)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON as Python reads it has them, Postgres' has not
    return value if isinstance(value, bool | int | float | None) else str(type(value).__name__)


def _is_id(name: str, value: str) -> bool:
    """Return whether it is a record's id; a field of the tenant's, say caller_id, may hold a number with its +."""
    return (name.lower() == "id" or name.endswith(("_id", "Id"))) and not value.startswith("+")
