"""How bodies are read: UTF-8, and what can't be read is a problem of who sent it."""

from typing import IO, Any

from django.core.exceptions import SuspiciousOperation
from rest_framework import exceptions, parsers

TOO_DEEP = "The JSON is nested too deeply. Send the object that the schema shows."
NOT_UTF8 = "The form can't be read. Send it in UTF-8, with the fields that the schema shows."


class Json(parsers.JSONParser):
    """JSON; too many brackets are refused as any other nonsense is."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:  # noqa: ANN401  (DRF's own signature)
        """Return the value. Raises ParseError."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError(TOO_DEEP) from error


class Form(parsers.FormParser):
    """A form in UTF-8, whatever its header calls the encoding."""

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:  # noqa: ANN401  (DRF's own signature)
        """Return the fields. Raises ParseError."""
        try:
            return super().parse(stream, media_type, {**(parser_context or {}), "encoding": "utf-8"})
        except (UnicodeError, SuspiciousOperation) as error:
            raise exceptions.ParseError(NOT_UTF8) from error
