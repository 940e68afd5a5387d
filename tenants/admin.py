"""The platform staff's view of tenants and people. Secrets and bodies are never shown."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm

from tenants.access import suspension
from tenants.audit import actor, trail
from tenants.forms import ChangeUserForm, CreateUserForm
from tenants.models import Membership, RefusedDelivery, Tenant, User, WebhookDoor

admin.site.unregister(Group)  # roles are memberships
FOUND = 302
_FILTER_ENDS = ("", "__exact", "__id__exact", "__isnull")


def _never(*_: object, **__: object) -> bool:
    """Answer a question for permission: nobody, here."""
    return False


class NarrowAdmin(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """Rows that the URL may filter by its list's own filters only.

    Django lets it ask for any field of the table, so that `?secret__startswith=` would tell a secret bit by bit.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow what the filters beside the list ask for."""
        asked = {f"{name}{end}" for name in self.get_list_filter(request) for end in _FILTER_ENDS}
        return lookup in asked and bool(super().lookup_allowed(lookup, value, request))

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001  (Django's)
        """Store the row and, in the same transaction, who changed which of its fields."""
        super().save_model(request, obj, form, change)
        self._record(request, obj, "admin.changed" if change else "admin.added", sorted(form.changed_data))

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        """Delete the row and note who did it."""
        self._record(request, obj, "admin.deleted", [])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[models.Model]) -> None:
        """Delete the rows and note who did it, one entry each."""
        with transaction.atomic():
            for one in queryset:
                self._record(request, one, "admin.deleted", [])
            super().delete_queryset(request, queryset)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: ANN401, FBT001  (Django's)
        """Store the rows below the row, and what was changed of each."""
        super().save_formset(request, form, formset, change)
        for one in formset.new_objects:
            self._record(request, one, "admin.added", [])
        for one, fields in formset.changed_objects:
            self._record(request, one, "admin.changed", sorted(fields))
        for one in formset.deleted_objects:
            self._record(request, one, "admin.deleted", [])

    def _record(self, request: HttpRequest, row: models.Model, event: str, fields: list[str]) -> None:
        by = actor.Actor(actor.Kind.STAFF, actor.of_request(request).user_id)
        trail.record(event, by=by, target=type(row).__name__.lower(), target_id=row.pk, fields=fields)


class ReadOnly(NarrowAdmin):
    """Rows that are looked at here and changed elsewhere."""

    has_add_permission = has_change_permission = has_delete_permission = _never


class MembershipInline(TabularInline):  # type: ignore[misc]
    """A person's roles."""

    model = Membership
    fields = ("tenant", "role")
    extra = 0


@admin.register(Tenant)
class TenantAdmin(NarrowAdmin):
    """Tenants; `create_tenant` makes them, since a schema belongs to each."""

    list_display = ("name", "slug", "state", "created_at")
    list_filter = ("state",)
    search_fields = ("name", "slug")
    ordering = ("name",)
    fields = ("name", "slug", "schema_name", "state", "created_at")
    readonly_fields = ("slug", "schema_name", "state", "created_at")

    # A row without its schema, or the other way round, is damage: create_tenant makes both.
    has_add_permission = has_delete_permission = _never
    actions = ("suspend", "activate")

    @admin.action(description="Suspend", permissions=["change"])
    def suspend(self, request: HttpRequest, tenants: QuerySet[Tenant]) -> None:
        """Stop the chosen tenants."""
        self._tell(request, suspension.suspend(tenants, by=actor.of_request(request)), "Suspended")

    @admin.action(description="Activate", permissions=["change"])
    def activate(self, request: HttpRequest, tenants: QuerySet[Tenant]) -> None:
        """Let the chosen tenants go on."""
        self._tell(request, suspension.activate(tenants, by=actor.of_request(request)), "Activated")

    def _tell(self, request: HttpRequest, changed: Sequence[Tenant], what: str) -> None:
        for one in changed:
            self.log_change(request, one, f"{what}.")
        names = ", ".join(one.name for one in changed)
        told = (
            f"{what}: {names}. It takes effect within 5 seconds."
            if changed
            else "Nothing changed: they were so already."
        )
        self.message_user(request, told, messages.SUCCESS if changed else messages.WARNING)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, NarrowAdmin):  # type: ignore[type-arg]
    """People: password, standing, roles."""

    form = ChangeUserForm
    add_form = CreateUserForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("last_login", "created_at")
    filter_horizontal = ()
    inlines = (MembershipInline,)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Standing", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Times", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002  (Django's name)
        """Change a person's password and note who did it."""
        with transaction.atomic():
            answer = super().user_change_password(request, id, form_url)
            user = self.get_object(request, unquote(id)) if answer.status_code == FOUND else None
            if user:
                self._record(request, user, "admin.changed", ["password"])
        return answer


@admin.register(Membership)
class MembershipAdmin(NarrowAdmin):
    """Who has which role where."""

    list_display = ("user", "tenant", "role", "created_at")
    list_filter = ("role", "tenant")
    list_select_related = ("user", "tenant")
    search_fields = ("user__email", "tenant__slug")
    autocomplete_fields = ("user", "tenant")
    readonly_fields = ("created_at",)
    ordering = ("tenant__slug", "user__email")


@admin.register(WebhookDoor)
class WebhookDoorAdmin(ReadOnly):
    """The ways in for webhooks, without their secrets."""

    list_display = ("tenant", "scheme", "is_open", "previous_valid_until", "created_at")
    list_filter = ("scheme", "is_open")
    list_select_related = ("tenant",)
    search_fields = ("tenant__slug",)
    ordering = ("tenant__slug",)
    fields = ("id", "tenant", "scheme", "is_open", "previous_valid_until", "created_at")


@admin.register(RefusedDelivery)
class RefusedDeliveryAdmin(ReadOnly):
    """Requests that were refused: why and when, never their bodies."""

    list_display = ("received_at", "tenant", "status", "code", "reason")
    list_filter = ("code", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("tenant__slug", "request_id")
    ordering = ("-received_at",)
    show_full_result_count = False
    fields = (
        "received_at",
        "tenant",
        "door",
        "status",
        "code",
        "reason",
        "timestamp_header",
        "content_type",
        "body_bytes",
        "request_id",
    )
