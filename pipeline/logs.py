"""Log lines as JSON, one an event: a constant message, values as fields, the ids that are bound, secrets masked.

Whoever logs uses `logging`: lines of libraries take the same way. What belongs to a request or an attempt is bound
once by structlog.contextvars (tenants/middleware.py, pipeline/steps/run.py).
"""

import datetime as dt
import logging
from typing import Any

import structlog
from structlog.types import EventDict

from pipeline.redact import masked

REQUEST_ID = "pipeline.request_id"
"""Where a request's META keeps the id that its answer and its error page show."""


class JsonLines(structlog.stdlib.ProcessorFormatter):
    """One JSON object a line; `severity` is the word that Cloud Logging reads."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[structlog.contextvars.merge_contextvars, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.processors.format_exc_info,
                _line,
                structlog.processors.JSONRenderer(default=str),
            ],
        )


def _line(_logger: object, _method: str, event: EventDict) -> dict[str, Any]:
    """Return the fields of a line in its order, masked."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog")
    request = event.pop("request", None)  # the request itself holds what callers searched for
    if REQUEST_ID in (meta := getattr(request, "META", {})):
        event["request_id"] = meta[REQUEST_ID]
    first = {
        "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
        "severity": record.levelname,
        "logger": record.name,
        "message": event.pop("event"),
    }
    line: dict[str, Any] = masked({**first, **event})
    return line
