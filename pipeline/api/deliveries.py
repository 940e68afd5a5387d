"""Deliveries: what came in by webhook and was taken."""

from typing import Any

import django_filters
from django.db.models import F, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from calls.models import WebhookDelivery
from pipeline.api.pages import Pages
from pipeline.api.resource import TenantView


class DeliveryPages(Pages):
    """Newest first."""

    moment = "received_at"


class DeliveryFilter(django_filters.FilterSet):
    """What the list can be narrowed to."""

    since = django_filters.IsoDateTimeFilter("received_at", "gte", label="Received at or after this moment (ISO 8601)")
    until = django_filters.IsoDateTimeFilter("received_at", "lt", label="Received before this moment (ISO 8601)")
    call_id = django_filters.CharFilter("call_ref", max_length=255, label="The source's id of the call")
    event = django_filters.CharFilter("event", max_length=64)

    class Meta:
        model = WebhookDelivery
        fields = ("since", "until", "call_id", "event")


class DeliveryRow(serializers.ModelSerializer[WebhookDelivery]):
    """One delivery, without its body."""

    call_id = serializers.CharField(source="call_ref", help_text="The source's id of the call")
    call = serializers.IntegerField(allow_null=True, help_text="Our id of the call it was merged into; null: not yet")

    class Meta:
        model = WebhookDelivery
        fields = ("id", "received_at", "event", "call_id", "call", "scheme", "content_type", "request_id")


class DeliveryView(TenantView):
    """What list and single delivery share."""

    serializer_class = DeliveryRow

    def get_queryset(self) -> "QuerySet[WebhookDelivery]":
        """Return the tenant's deliveries with their call."""
        return WebhookDelivery.objects.defer("body").annotate(call=F("merged__call"))


@extend_schema_view(get=extend_schema(operation_id="deliveries_list", tags=["deliveries"]))
class Deliveries(mixins.ListModelMixin, DeliveryView):
    """The list."""

    pagination_class = DeliveryPages
    filterset_class = DeliveryFilter

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  (DRF's own signature)
        """List deliveries, newest first."""
        return self.list(request, *args, **kwargs)


@extend_schema_view(get=extend_schema(operation_id="deliveries_retrieve", tags=["deliveries"]))
class OneDelivery(mixins.RetrieveModelMixin, DeliveryView):
    """One delivery."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  (DRF's own signature)
        """Return a delivery."""
        return self.retrieve(request, *args, **kwargs)
