"""Checks requests against the vendors' OpenAPI descriptions in contracts/ (openapi-core)."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.sandbox.server import Request

FOLDER = Path(__file__).resolve().parent / "contracts"
_HOST = "http://sandbox"


class Contract:
    """The descriptions of one vendor."""

    def __init__(self, *documents: Mapping[str, Any]) -> None:
        import openapi_core  # noqa: PLC0415  (slow, and only the sandboxes need it)

        self._apis = [openapi_core.OpenAPI.from_dict(dict(document)) for document in documents]

    def violation(self, request: Request) -> str:
        """Return what is wrong with the request, empty: nothing."""
        from openapi_core.exceptions import OpenAPIError  # noqa: PLC0415  (as above)
        from openapi_core.templating.paths.exceptions import PathError  # noqa: PLC0415  (as above)

        unknown = ""
        for api in self._apis:
            try:
                api.validate_request(_Wire(request))
            except PathError:
                unknown = f"{request.method} {request.path} is not part of the contract."
            except OpenAPIError as error:
                return _text(error)
            else:
                return ""
        return unknown


def document(name: str, *, prefix: str = "", paths: Callable[[str], str] = lambda path: path) -> dict[str, Any]:
    """Read a description; `prefix` stands before its paths on our server, `paths` rewrites each."""
    read: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    read["servers"] = [{"url": _HOST + prefix}]
    read["paths"] = {paths(path): operations for path, operations in read["paths"].items()}
    return read


def shapes(name: str) -> dict[str, dict[str, Any]]:
    """Read a vendor's error bodies, by their id."""
    listed = json.loads((FOLDER / name / "error_shapes.json").read_text(encoding="utf-8"))
    return {shape["id"]: shape for shape in listed}


class _Wire:
    """A request as openapi-core reads it."""

    def __init__(self, request: Request) -> None:
        from openapi_core.datatypes import RequestParameters  # noqa: PLC0415  (as above)
        from werkzeug.datastructures import Headers, ImmutableMultiDict  # noqa: PLC0415  (comes with openapi-core)

        self.host_url = _HOST
        self.path = request.path
        self.method = request.method.lower()
        self.body = request.body or None
        self.content_type = request.headers.get("content-type", "application/json").split(";")[0]
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.query),
            header=Headers(list(request.headers.items())),
            cookie=ImmutableMultiDict(),
        )


def _text(error: Exception) -> str:
    """Return the reasons, without the values that were sent."""
    reasons = getattr(error.__cause__, "schema_errors", None)
    if reasons:
        return "; ".join(f"{'/'.join(map(str, reason.path))}: {_reason(reason)}" for reason in reasons)
    return f"{type(error).__name__}: {str(error)[:200]}"


def _reason(error: Any) -> str:  # noqa: ANN401  (jsonschema's error)
    return f"breaks {error.validator} {json.dumps(error.validator_value, default=str)[:120]}"
