"""Pages of the API's lists, newest first, by an opaque cursor: the time and id of the last row.

DRF's own cursor counts rows of one time from their start, so that a row that comes meanwhile moves the page.
"""

import base64
import datetime as dt
import json
from typing import Any

from django.db.models import Q
from rest_framework import exceptions
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

USUAL, MOST = 50, 100
LARGEST = 2**63 - 1
BAD = "This cursor is none that an answer gave. Begin with the first page, and follow `next`."


class Pages(BasePagination):
    """`limit` rows a page; `next` is the address of the one after it, null on the last."""

    moment = ""
    """The time that rows are sorted by before their id; empty: by the id alone."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:  # noqa: ANN401  (DRF's own signature)
        """Return the rows of the page that the query asks for. Raises NotFound, ValidationError."""
        limit = _limit(request.query_params.get("limit", ""))
        order = [f"-{self.moment}", "-pk"] if self.moment else ["-pk"]
        if cursor := request.query_params.get("cursor"):
            queryset = queryset.filter(self._behind(cursor))
        found = list(queryset.order_by(*order)[: limit + 1])
        self._next = None
        if len(found) > limit:
            address = request.build_absolute_uri()
            self._next = replace_query_param(address, "cursor", self._cursor(found[limit - 1]))
        return found[:limit]

    def get_paginated_response(self, data: Any) -> Response:  # noqa: ANN401  (DRF's own signature)
        """Return the page."""
        return Response({"next": self._next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page."""
        next_page = {
            "type": ["string", "null"],
            "format": "uri",
            "description": "The page after it; null: the last one",
        }
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": next_page, "results": schema},
        }

    def get_schema_operation_parameters(self, view: object) -> list[dict[str, Any]]:
        """Describe what a page is asked for by."""
        limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
        return [
            {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "As `next` holds it"},
            {"name": "limit", "in": "query", "schema": limit, "description": "Rows of a page"},
        ]

    def _cursor(self, row: Any) -> str:  # noqa: ANN401  (a row of any model)
        value = getattr(row, self.moment).isoformat() if self.moment else ""
        return base64.urlsafe_b64encode(json.dumps([value, row.pk]).encode()).decode().rstrip("=")

    def _behind(self, cursor: str) -> Q:
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            value, pk = json.loads(text)
            return self._before(value, _id(pk))
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise exceptions.NotFound(BAD, "api.bad_cursor") from error

    def _before(self, value: Any, pk: int) -> Q:  # noqa: ANN401  (what a cursor held)
        if not self.moment:
            return Q(pk__lt=pk)
        moment = dt.datetime.fromisoformat(value).astimezone(dt.UTC)
        return Q(**{f"{self.moment}__lt": moment}) | Q(**{self.moment: moment, "pk__lt": pk})


def _id(value: object) -> int:
    """Return a row's id. Raises ValueError."""
    if isinstance(value, int) and 0 <= value <= LARGEST:
        return value
    raise ValueError(value)


def _limit(text: str) -> int:
    if not text:
        return USUAL
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(MOST)) or not 1 <= int(text) <= MOST:
        raise exceptions.ValidationError({"limit": f"Write a whole number from 1 to {MOST}."})
    return int(text)
