"""Steps: where each call stands at each stage and CRM."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pipeline.api.resource import TenantView
from pipeline.stages import STAGES
from pipeline.steps import letters

CHOICES = letters.Step._meta.get_field("state").choices  # noqa: SLF001  (documented by Django)


class StepFilter(django_filters.FilterSet):
    """What the list can be narrowed to."""

    state = django_filters.MultipleChoiceFilter(choices=CHOICES, label="May be given several times")
    stage = django_filters.ChoiceFilter(choices=[(stage, stage) for stage in STAGES])
    crm = django_filters.CharFilter("target", max_length=32, label="Of stage sync: this CRM")
    call = django_filters.NumberFilter(method="of_call", max_value=2**63 - 1, label="Our id of the call")
    code = django_filters.CharFilter("code", max_length=64, label="The error code it stopped or waits with")

    class Meta:
        model = letters.Step
        fields = ("state", "stage", "crm", "call", "code")

    def of_call(self, queryset: "QuerySet[letters.Step]", name: str, value: Any) -> "QuerySet[letters.Step]":  # noqa: ANN401  (django-filter's own signature)
        """Leave one call's own steps."""
        return queryset.exclude(stage="call").filter(subject=int(value))


class StepRow(serializers.ModelSerializer[letters.Step]):
    """One step."""

    crm = serializers.CharField(source="target", help_text="Of stage sync; else empty")
    call = serializers.SerializerMethodField(help_text="Our id of the call; null: a step of stage call, of a delivery")
    delivery = serializers.SerializerMethodField(help_text="The delivery of a step of stage call; else null")

    class Meta:
        model = letters.Step
        fields = (
            *("id", "stage", "crm", "call", "delivery", "state", "attempts", "code", "next_attempt_at"),
            *("created_at", "started_at", "finished_at", "request_id"),
        )

    def get_call(self, step: letters.Step) -> int | None:
        """Return the call of a call's step."""
        return None if step.stage == "call" else step.subject

    def get_delivery(self, step: letters.Step) -> int | None:
        """Return the delivery of a delivery's step."""
        return step.subject if step.stage == "call" else None


class StepView(TenantView):
    """What list and single step share."""

    serializer_class = StepRow
    queryset = letters.Step.objects.none()

    def get_queryset(self) -> "QuerySet[letters.Step]":
        """Return the tenant's steps."""
        return letters.of_tenant(self.tenant)


@extend_schema_view(get=extend_schema(operation_id="steps_list", tags=["steps"]))
class Steps(mixins.ListModelMixin, StepView):
    """The list."""

    filterset_class = StepFilter

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  (DRF's own signature)
        """List steps, newest first."""
        return self.list(request, *args, **kwargs)


@extend_schema_view(get=extend_schema(operation_id="steps_retrieve", tags=["steps"]))
class OneStep(mixins.RetrieveModelMixin, StepView):
    """One step."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  (DRF's own signature)
        """Return a step."""
        return self.retrieve(request, *args, **kwargs)
