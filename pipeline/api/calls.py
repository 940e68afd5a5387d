"""Calls: the list with its filters, one call whole, a replay."""

from typing import Any, cast

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from calls.models import Call
from crm.models import LeadSync
from crm.sync import registry
from pipeline import clock
from pipeline.api.pages import Pages
from pipeline.api.problems import Problem
from pipeline.api.resource import TenantView
from pipeline.dashboard import callpage, listing, replay, words
from pipeline.steps import status
from scoring.extraction import extract
from tenants.audit import actor
from tenants.models import Membership


class CallPages(Pages):
    """Newest first."""

    moment = "started_at"


class CallFilter(django_filters.FilterSet):
    """What the list can be narrowed to; the words are those of the dashboard's filters."""

    since = django_filters.IsoDateTimeFilter("started_at", "gte", label="Started at or after this moment (ISO 8601)")
    until = django_filters.IsoDateTimeFilter("started_at", "lt", label="Started before this moment (ISO 8601)")
    q = django_filters.CharFilter(method="noted", max_length=200, label="A name, three digits of a number, a call id")
    status = django_filters.ChoiceFilter(method="noted", choices=[(word.value, word.value) for word in status.Word])
    band = django_filters.ChoiceFilter(method="noted", choices=[(band, band) for band in words.BANDS])
    kind = django_filters.ChoiceFilter(method="noted", choices=[(kind, kind) for kind in words.KINDS])
    crm = django_filters.ChoiceFilter(
        method="noted",
        choices=[(sign + slug, sign + slug) for slug in registry.PROVIDERS for sign in ("", "-")],
        label="Logged in this CRM; with a minus: not logged there",
    )

    class Meta:
        model = Call
        fields = ("since", "until", "q", "status", "band", "kind", "crm")

    def noted(self, queryset: "QuerySet[Call]", name: str, value: str) -> "QuerySet[Call]":
        """Leave it to filter_queryset: the dashboard's list knows what these mean."""
        return queryset

    def filter_queryset(self, queryset: "QuerySet[Call]") -> "QuerySet[Call]":
        """Narrow by time here, by all else as the dashboard does."""
        found = super().filter_queryset(queryset)
        asked = {name: self.form.cleaned_data.get(name) or "" for name in ("q", "status", "band", "kind", "crm")}
        tenant = cast(Membership, cast(Request, self.request).auth).tenant
        return listing.narrowed(found, tenant, listing.Wish(**asked), now=clock.now())


class StatusShown(serializers.Serializer[Any]):
    """Where a call stands."""

    word = serializers.CharField(help_text="Pending, Processing, Waiting, Needs attention, Done or Skipped")
    code = serializers.CharField(help_text="Why it stands so: docs/reference/error-codes.md")
    stage = serializers.CharField()
    crm = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True, help_text="When it goes on by itself, if it waits for that")

    def to_representation(self, stands: status.Status) -> dict[str, Any]:
        """Return the word and the step that it is about."""
        step = stands.step
        of_step = {"code": step.code, "stage": step.stage, "crm": step.target} if step else {}
        plain = dict.fromkeys(("code", "stage", "crm"), "") | of_step
        return super().to_representation({"word": stands.word, "until": stands.until} | plain)


class CallRow(serializers.Serializer[Any]):
    """One call of the list."""

    id = serializers.IntegerField(source="pk")
    call_id = serializers.CharField(source="external_id", help_text="The source's id")
    started_at = serializers.DateTimeField()
    duration_seconds = serializers.IntegerField(source="duration")
    caller = serializers.CharField(help_text="The name heard, else the source's, else the number")
    number = serializers.CharField(help_text="Empty: it stands as the caller, or was withheld")
    came_from = serializers.CharField(source="source", help_text="The marketing source")
    project = serializers.CharField()
    kind = serializers.CharField(source="caller_kind", help_text="Of the caller; empty: not scored yet")
    score = serializers.IntegerField(allow_null=True, help_text="0 to 100")
    band = serializers.CharField()
    status = StatusShown()


class RecordingShown(serializers.Serializer[Any]):
    """What was measured on the recording."""

    content_type = serializers.CharField()
    bytes = serializers.IntegerField(source="size")
    seconds = serializers.FloatField(source="duration")
    quality = serializers.CharField()
    snr_db = serializers.FloatField(allow_null=True)


class LineShown(serializers.Serializer[Any]):
    """One line of the transcript."""

    start = serializers.FloatField(help_text="Seconds")
    end = serializers.FloatField()
    speaker = serializers.CharField()
    text = serializers.CharField()


class EvidenceShown(serializers.Serializer[Any]):
    """Where a fact was said."""

    quote = serializers.CharField()
    start = serializers.FloatField(help_text="Second of the recording")


class FactShown(serializers.Serializer[Any]):
    """One fact with what was said for it."""

    name = serializers.CharField()
    value = serializers.JSONField()
    confidence = serializers.FloatField()
    evidence = EvidenceShown(many=True)


class CrmShown(serializers.ModelSerializer[LeadSync]):
    """What a CRM holds of this call's lead."""

    class Meta:
        model = LeadSync
        fields = ("crm", "remote_id", "remote_url", "synced_at")


class CallWhole(CallRow):
    """One call with all that was found."""

    recording = RecordingShown(allow_null=True)
    transcript = LineShown(many=True)
    facts = FactShown(many=True)
    score_parts = serializers.SerializerMethodField(help_text="The parts of the score with their reasons")
    crms = CrmShown(many=True)
    delivery_ids = serializers.ListField(child=serializers.IntegerField())

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_score_parts(self, whole: dict[str, Any]) -> Any:  # noqa: ANN401  (JSON as it was stored)
        """Return the parts as they were computed."""
        return whole["score_parts"]


class ReplayAsked(serializers.Serializer[Any]):
    """From where a call runs again."""

    stage = serializers.ChoiceField(choices=list(words.STAGES))
    crm = serializers.CharField(
        max_length=32, required=False, allow_blank=True, default="", help_text="With stage sync: from this CRM on"
    )


class Replayed(serializers.Serializer[Any]):
    """What runs again."""

    detail = serializers.CharField()


class Calls(TenantView):
    """The list."""

    serializer_class = CallRow
    pagination_class = CallPages
    filterset_class = CallFilter

    def get_queryset(self) -> "QuerySet[Call]":
        """Return the tenant's calls, newest first."""
        return Call.objects.all()

    @extend_schema(operation_id="calls_list", tags=["calls"])
    def get(self, request: Request) -> Response:
        """List calls, newest first."""
        page = self.paginate_queryset(listing.ranked(self.filter_queryset(self.get_queryset())))
        rows = listing.rows(self.tenant, page or [], now=clock.now())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class OneCall(TenantView):
    """One call."""

    serializer_class = CallWhole

    @extend_schema(operation_id="calls_retrieve", tags=["calls"])
    def get(self, request: Request, pk: int) -> Response:
        """Return a call with recording, transcript, facts, score and what the CRMs hold."""
        return Response(self.get_serializer(_whole(self, _found(pk))).data)


class CallReplay(TenantView):
    """A call's way back."""

    serializer_class = ReplayAsked

    @extend_schema(operation_id="calls_replay", tags=["calls"], responses={202: Replayed})
    def post(self, request: Request, pk: int) -> Response:
        """Run a call again from a stage; what comes after follows. Nothing is doubled."""
        call = _found(pk)
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        stage, target = asked.validated_data["stage"], asked.validated_data["crm"]
        by = actor.of_request(self.page_request)
        try:
            label = replay.from_stage(call, tenant=self.tenant, stage=stage, target=target, by=by)
        except replay.Refused as error:
            raise Problem(409, "api.not_replayable", str(error)) from error
        return Response({"detail": f"{label} runs again, and what comes after it."}, status=202)


def _found(pk: int) -> Call:
    try:
        return callpage.find(pk)
    except Call.DoesNotExist as error:
        raise Http404 from error


def _whole(view: TenantView, call: Call) -> dict[str, Any]:
    [row] = listing.rows_of(view.tenant, [call.pk], now=clock.now())
    lead = callpage.lead(call)
    transcript = extract.newest_transcript(call.pk)
    syncs = LeadSync.objects.filter(lead_id=lead.score.lead_id).exclude(remote_id="") if lead.score else ()
    return {
        **{name: getattr(row, name) for name in row.__dataclass_fields__},
        "recording": getattr(call, "recording", None),
        "transcript": extract.lines_of(transcript) if transcript else (),
        "facts": [
            {"name": name, "value": fact.value, "confidence": fact.confidence, "evidence": fact.evidence}
            for name, fact in lead.facts.items()
        ],
        "score_parts": lead.score.parts if lead.score else [],
        "crms": syncs,
        "delivery_ids": list(call.deliveries.order_by("delivery_id").values_list("delivery_id", flat=True)),
    }
