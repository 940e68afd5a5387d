"""What drf-spectacular can't know of our API: how to sign in, and the problems that every answer may be."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

PROBLEM = {
    "type": "object",
    "description": "RFC 9457: what happened and what to do next",
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable; docs/reference/error-codes.md lists them"},
        "request_id": {"type": "string", "format": "uuid"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}
METHODS = {"get", "post", "put", "patch", "delete"}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # found by subclassing
    """Describes the bearer token."""

    target_class = "tenants.access.bearer.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def only_resources(endpoints: list[tuple[Any, ...]], **_: object) -> list[tuple[Any, ...]]:
    """Leave what lies under /v1."""
    return [one for one in endpoints if one[0].startswith("/v1/")]


def add_problems(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Say in every operation that any other answer is a problem."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for method, operation in path.items():
            if method in METHODS:
                operation["responses"]["default"] = {"description": "A problem", "content": content}
    return result
