"""Errors of the API as RFC 9457 problems: status, a stable code, what happened and what to do next."""

import http
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler as plain_handler

from pipeline.logs import REQUEST_ID
from tenants.access import tries

MEDIA_TYPE = "application/problem+json"
CODES: dict[type[Exception], str] = {
    exceptions.ParseError: "api.malformed",
    exceptions.ValidationError: "api.invalid",
    exceptions.NotAuthenticated: "api.token_missing",
    exceptions.PermissionDenied: "api.forbidden",
    exceptions.NotFound: "api.not_found",
    exceptions.MethodNotAllowed: "api.method",
    exceptions.NotAcceptable: "api.not_acceptable",
    exceptions.UnsupportedMediaType: "api.content_type",
    exceptions.Throttled: "api.rate_limited",
}
TEXTS = {
    "api.forbidden": "Your role in this tenant does not allow this. Ask an owner or admin of the tenant.",
    "api.not_found": "There is no such thing in this tenant. Check the id.",
}


class Problem(exceptions.APIException):
    """An error with a code of its own."""

    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:  # noqa: ANN401  (JSON)
        super().__init__(detail, code)
        self.status_code = status
        self.more = more


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the problem that an error is, None: a bug of ours, which Django's handler answers."""
    if isinstance(error, tries.TooMany):
        error = exceptions.Throttled(error.seconds, str(error), "api.too_many_tries")
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    answer = plain_handler(error, context)
    if answer is None or not isinstance(error, exceptions.APIException):
        return None
    code = _code(error)
    more = error.more if isinstance(error, Problem) else {}
    if isinstance(error, exceptions.ValidationError):
        more = {"errors": list(_entries(error.detail))}
    answer.data = body(answer.status_code, code, _detail(error, code), _id(context["request"]), **more)
    answer.content_type = MEDIA_TYPE
    # Whatever the view renders: a problem is JSON.
    context["request"].accepted_renderer, context["request"].accepted_media_type = JSONRenderer(), MEDIA_TYPE
    return answer


def broken(request: HttpRequest) -> JsonResponse:
    """Return the problem of a bug of ours, with the id that its line in the log has."""
    detail = (
        "The answer failed on our side, and nothing was changed by halves. Try again; name the request_id to support."
    )
    return JsonResponse(body(500, "internal", detail, _id(request)), status=500, content_type=MEDIA_TYPE)


def unreadable(request: HttpRequest) -> JsonResponse:
    """Return the problem of a request that Django itself refused: a host that is not ours, too many fields."""
    detail = "The request can't be read. Check its Host header, its encoding and the number of its fields."
    return JsonResponse(body(400, "api.malformed", detail, _id(request)), status=400, content_type=MEDIA_TYPE)


def body(status: int, code: str, detail: str, request_id: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  (JSON)
    """Return a problem's members."""
    title = http.HTTPStatus(status).phrase
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        **more,
    }


def _code(error: exceptions.APIException) -> str:
    own = getattr(error.detail, "code", "")
    if isinstance(own, str) and "." in own:
        return own
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), "api.invalid")


def _detail(error: exceptions.APIException, code: str) -> str:
    if isinstance(error, exceptions.ValidationError):
        return "Some values make no sense; `errors` names each with what it must be."
    if code == "api.rate_limited":
        return "Too many requests. Go on after the seconds that Retry-After says."
    return TEXTS.get(code) or str(error.detail)


def _entries(detail: Any, path: str = "") -> Any:  # noqa: ANN401  (DRF's nest of lists and dictionaries)
    """Yield {field, message} of every message in DRF's nest."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            nested = "" if name == api_settings.NON_FIELD_ERRORS_KEY else f".{name}" if path else str(name)
            yield from _entries(inner, path + nested)
    elif isinstance(detail, list):
        for inner in detail:
            yield from _entries(inner, path)
    else:
        yield {"field": path, "message": str(detail)}


def _id(request: Request | HttpRequest) -> str:
    return str(request.META.get(REQUEST_ID, ""))
