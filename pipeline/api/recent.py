"""The tenant's last errors, with the guide's pattern of each."""

from typing import Any

import redis
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pipeline import clock
from pipeline.api.pages import MOST
from pipeline.api.problems import Problem
from pipeline.api.resource import TenantView
from pipeline.health import patterns, recent


class ErrorsAsked(serializers.Serializer[Any]):
    """How many, and how far back."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=10)
    since = serializers.DateTimeField(default=None, allow_null=True, help_text="One hour ago unless told")


class PatternShown(serializers.Serializer[Any]):
    """What an error likely is."""

    name = serializers.CharField()
    issue = serializers.CharField(help_text="Likely issue")
    fix = serializers.CharField(help_text="Quick fix")


class ErrorShown(serializers.Serializer[Any]):
    """One error."""

    at = serializers.DateTimeField()
    service = serializers.CharField()
    severity = serializers.CharField()
    event = serializers.CharField()
    code = serializers.CharField()
    text = serializers.CharField()
    request_id = serializers.CharField()
    pattern = PatternShown(allow_null=True)


class Errors(TenantView):
    """The list."""

    serializer_class = ErrorShown
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        operation_id="errors_list", tags=["errors"], parameters=[ErrorsAsked], responses=ErrorShown(many=True)
    )
    def get(self, request: Request) -> Response:
        """List the newest warnings and errors of this tenant's calls, secrets and numbers masked."""
        asked = ErrorsAsked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        since = asked.validated_data["since"] or clock.now() - recent.SPAN
        try:
            found = recent.newest(limit=asked.validated_data["limit"], since=since, tenant=self.tenant.slug)
        except redis.RedisError as error:
            detail = "Redis, which keeps the last errors, did not answer. Try again in a minute."
            raise Problem(503, "api.unavailable", detail) from error
        shown = [
            {"pattern": patterns.of(f"{one.event} {one.text}", one.code)}
            | {name: getattr(one, name) for name in one.__dataclass_fields__}
            for one in found
        ]
        return Response(self.get_serializer(shown, many=True).data)
