"""Pauses: the operator's switch, for one's own tenant; staff of the platform also for everything."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.sync import registry
from pipeline.api.resource import TenantView
from pipeline.stages import STAGES
from pipeline.steps import pause
from pipeline.steps.pause import Pause
from tenants.audit import actor
from tenants.models import User

NAMES = {Pause.Scope.STAGE: tuple(STAGES), Pause.Scope.CRM: tuple(registry.PROVIDERS)}


class PauseShown(serializers.ModelSerializer[Pause]):
    """What stands still. `everywhere`: for all tenants, which only the platform's staff can change."""

    everywhere = serializers.SerializerMethodField()

    class Meta:
        model = Pause
        fields = ("id", "scope", "name", "everywhere", "since", "reason")
        read_only_fields = fields

    def get_everywhere(self, one: Pause) -> bool:
        """Return whether it covers all tenants."""
        return one.tenant_id is None


class PauseAsked(serializers.Serializer[Any]):
    """What is to stand still."""

    scope = serializers.ChoiceField(choices=[(scope.value, scope.label) for scope in Pause.Scope])
    name = serializers.CharField(
        max_length=32, required=False, allow_blank=True, default="", help_text="The stage or CRM"
    )
    everywhere = serializers.BooleanField(default=False, help_text="For all tenants: staff of the platform only")
    reason = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="For whoever looks later"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the name that the scope needs."""
        scope, name = Pause.Scope(attrs["scope"]), attrs["name"]
        allowed = NAMES.get(scope, ("",))
        if name not in allowed:
            said = f"One of {', '.join(allowed)}." if scope in NAMES else "This scope takes no name."
            raise serializers.ValidationError({"name": said})
        if scope == Pause.Scope.ALL:
            attrs["everywhere"] = True
        elif scope == Pause.Scope.TENANT and attrs["everywhere"]:
            raise serializers.ValidationError({"everywhere": "A tenant is one: use the scope all."})
        return attrs


class Pauses(TenantView):
    """The list, and a new one."""

    serializer_class = PauseShown
    pagination_class = None
    filter_backends = ()

    @extend_schema(operation_id="pauses_list", tags=["pauses"], responses=PauseShown(many=True))
    def get(self, request: Request) -> Response:
        """List what stands still for this tenant, the oldest first."""
        found = [one for one in pause.current() if one.tenant_id in (None, self.tenant.pk)]
        return Response(self.get_serializer(found, many=True).data)

    @extend_schema(operation_id="pauses_create", tags=["pauses"], request=PauseAsked, responses={201: PauseShown})
    def post(self, request: Request) -> Response:
        """Hold the tenant, a stage or a CRM; webhooks are taken as before. Held already: the same answer."""
        asked = PauseAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        made = pause.pause(
            Pause.Scope(wish["scope"]),
            tenant=None if _everywhere(wish["everywhere"], request) else self.tenant,
            name=wish["name"],
            reason=wish["reason"],
            by=actor.of_request(self.page_request),
        )
        return Response(self.get_serializer(made).data, status=201)


class OnePause(TenantView):
    """One pause."""

    serializer_class = PauseShown

    @extend_schema(operation_id="pauses_destroy", tags=["pauses"], responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Let it go on."""
        found = next((one for one in pause.current() if one.pk == pk), None)
        if found is None or found.tenant_id not in (None, self.tenant.pk):
            raise Http404
        _everywhere(found.tenant_id is None, request)
        by = actor.of_request(self.page_request)
        pause.resume(Pause.Scope(found.scope), tenant=found.tenant, name=found.name, by=by)
        return Response(status=204)


def _everywhere(everywhere: bool, request: Request) -> bool:  # noqa: FBT001  (what was asked for)
    """Return whether it is for all tenants. Raises PermissionDenied: only the staff may."""
    if everywhere and not (isinstance(request.user, User) and request.user.is_staff):
        detail = "Only the platform's staff holds or resumes all tenants. Leave out `everywhere`, or ask them."
        raise exceptions.PermissionDenied(detail, "api.staff_only")
    return everywhere
