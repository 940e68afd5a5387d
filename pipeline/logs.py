"""Log lines as JSON, one an event: a constant message, values as fields, secrets masked."""

import datetime as dt
import json
import logging

from pipeline.redact import redact

_PLAIN = frozenset(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime", "taskName"}


REQUEST_ID = "pipeline.request_id"
"""Where a request's META keeps the id that its error page shows."""


class Redact(logging.Filter):
    """Masks secrets and phone numbers in the message, its arguments and its extra fields."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask in place; keep every record."""
        record.msg, record.args = redact(record.getMessage()), ()
        for name, value in list(record.__dict__.items()):
            if name not in _PLAIN and isinstance(value, str):
                record.__dict__[name] = redact(value)
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line; `severity` is the word that Cloud Logging reads."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        fields = {name: value for name, value in record.__dict__.items() if name not in _PLAIN}
        meta = getattr(fields.pop("request", None), "META", {})  # the request itself holds what callers searched for
        if REQUEST_ID in meta:
            fields["request_id"] = meta[REQUEST_ID]
        line = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "severity": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **fields,
        }
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, default=str)
