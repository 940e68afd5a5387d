"""Keeps each request to a CRM and its answer as a call's history, secrets masked."""

from collections.abc import Sequence
from typing import Any

from crm.models import Exchange
from crm.sync.provider import Sent
from pipeline.redact import redact
from pipeline.steps.stage import Job

SECRET_NAMES = frozenset({"access_token", "refresh_token", "client_secret", "password", "api_token", "sessionId"})
LONGEST = 4_000
MOST_ENTRIES = 50
DEEPEST = 8


def keep(job: Job, sent: Sequence[Sent]) -> None:
    """Store what one attempt sent and was answered."""
    Exchange.objects.bulk_create(
        Exchange(
            call_id=job.subject,
            crm=job.target,
            step_id=job.step_id,
            attempt=job.attempt,
            method=one.method,
            path=redact(one.path),
            request=masked(one.request),
            status=one.status,
            answer=masked(one.answer),
            seconds=one.seconds,
        )
        for one in sent
    )


def masked(value: Any, *, name: str = "", depth: int = 0) -> Any:  # noqa: ANN401  (whatever JSON there is)
    """Return JSON with secrets masked and phone numbers down to four digits, long parts cut; ids stay whole."""
    if name in SECRET_NAMES:
        return "***"
    if isinstance(value, dict) and depth < DEEPEST:
        items = list(value.items())[:MOST_ENTRIES]
        return {key: masked(inner, name=str(key), depth=depth + 1) for key, inner in items}
    if isinstance(value, list) and depth < DEEPEST:
        return [masked(inner, name=name, depth=depth + 1) for inner in value[:MOST_ENTRIES]]
    if isinstance(value, str):
        cut = value[:LONGEST].replace("\x00", "")
        return cut if _is_id(name) else redact(cut)
    return value if isinstance(value, bool | int | float | None) else str(type(value).__name__)


def _is_id(name: str) -> bool:
    return name.lower() == "id" or name.endswith(("_id", "Id"))
