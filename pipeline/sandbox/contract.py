"""Checks requests against the vendors' OpenAPI descriptions in contracts/ (openapi-core)."""

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

from pipeline.sandbox.server import Request

FOLDER = Path(__file__).resolve().parent / "contracts"
_HOST = "http://sandbox"


class Contract:
    """The descriptions of one vendor."""

    def __init__(self, *documents: "Document") -> None:
        self._apis = [_read(document) for document in documents]

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


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A description: `prefix` stands before its paths on our server, `version` takes the place of `written`."""

    name: str
    prefix: str = ""
    written: str = ""
    version: str = ""


@functools.cache
def _read(document: Document) -> Any:  # noqa: ANN401  (imported below)
    """Read a description once a process: it takes most of a second."""
    import openapi_core  # noqa: PLC0415  (slow, and only the sandboxes need it)

    read: dict[str, Any] = json.loads((FOLDER / document.name).read_text(encoding="utf-8"))
    read["servers"] = [{"url": _HOST + document.prefix}]
    if document.written:
        paths = read["paths"].items()
        read["paths"] = {path.replace(document.written, document.version): rest for path, rest in paths}
    return openapi_core.OpenAPI.from_dict(read)


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
