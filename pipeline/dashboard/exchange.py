"""A request to a CRM and its answer, as text."""

import dataclasses
import datetime as dt
import json
from typing import Any

from crm.models import Exchange

LONGEST = 4000
FAILED = 400


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """One exchange, as the page shows it; secrets were masked when it was kept."""

    line: str
    at: dt.datetime
    request: str
    status: int | None
    is_refused: bool
    answer: str
    seconds: float


def shown(exchange: Exchange) -> Shown:
    """Return the exchange in the page's form."""
    return Shown(
        line=f"{exchange.method} {exchange.path}",
        at=exchange.at,
        request=_text(exchange.request),
        status=exchange.status,
        is_refused=exchange.status is None or exchange.status >= FAILED,
        answer=_text(exchange.answer),
        seconds=exchange.seconds,
    )


def _text(value: Any) -> str:  # noqa: ANN401  (whatever JSON the CRM sent)
    if value in (None, ""):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… {len(text) - LONGEST} characters more"
