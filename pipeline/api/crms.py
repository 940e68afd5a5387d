"""The tenant's CRMs: where each stands; credentials, switch and place."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import CrmConnection
from crm.sync import connect, overview, plan, registry
from pipeline.api.resource import TenantView
from tenants.audit import actor


class ConnectionShown(serializers.Serializer[overview.Row]):
    """One CRM; credentials are never shown."""

    slug = serializers.CharField()
    name = serializers.CharField(source="label")
    place = serializers.IntegerField(help_text="In the order that calls go to them, from 1")
    state = serializers.ChoiceField(choices=["not_connected", "active", "needs_attention", "off"])
    reason = serializers.SerializerMethodField(help_text="What needs a person")
    account = serializers.CharField()
    stopped = serializers.IntegerField(source="halted", help_text="Calls that stopped there")

    def get_reason(self, row: overview.Row) -> str:
        """Return why it needs attention."""
        return row.connection.reason if row.connection else ""


class ConnectionAsked(serializers.Serializer[Any]):
    """What is to change; what is left out stays."""

    is_on = serializers.BooleanField(required=False, help_text="Whether calls go there")
    place = serializers.IntegerField(required=False, min_value=1, max_value=99)
    credentials = serializers.DictField(
        child=serializers.CharField(max_length=1000, allow_blank=True),
        required=False,
        help_text="By the fields' names; a stored secret that is left out stays",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for something to change."""
        if not attrs:
            raise serializers.ValidationError("Send is_on, place or credentials.")
        return attrs


class Crms(TenantView):
    """The list."""

    serializer_class = ConnectionShown
    pagination_class = None
    filter_backends = ()

    @extend_schema(operation_id="crms_list", tags=["crms"], responses=ConnectionShown(many=True))
    def get(self, request: Request) -> Response:
        """List the CRMs in the order that calls go to them."""
        return Response(self.get_serializer(overview.rows(self.tenant), many=True).data)


class OneCrm(TenantView):
    """One CRM."""

    serializer_class = ConnectionShown

    @extend_schema(operation_id="crms_update", tags=["crms"], request=ConnectionAsked, responses=ConnectionShown)
    def patch(self, request: Request, slug: str) -> Response:
        """Store credentials, switch it on or off, give it another place. What waited for it goes on."""
        if slug not in registry.PROVIDERS:
            raise Http404
        asked = ConnectionAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        self._change(slug, asked.validated_data)
        row = next(row for row in overview.rows(self.tenant) if row.slug == slug)
        return Response(self.get_serializer(row).data)

    def _change(self, slug: str, wish: dict[str, Any]) -> None:
        by = actor.of_request(self.page_request)
        if "credentials" in wish:
            try:
                connect.save(slug, wish["credentials"], by=by)
            except connect.BadConnection as error:
                raise serializers.ValidationError({"credentials": str(error)}) from error
        if "is_on" in wish:
            connection = CrmConnection.objects.filter(slug=slug).first()
            if connection is None:
                raise serializers.ValidationError({"is_on": "It is not connected yet. Send its credentials first."})
            connect.switch(connection, on=wish["is_on"], by=by)
        if "place" in wish:
            plan.move(self.tenant, slug, to=wish["place"] - 1, by=by)
