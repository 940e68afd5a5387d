"""The platform staff's view of tenants and people. Secrets and bodies are never shown."""

from collections.abc import Sequence
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm

from tenants.access import grants, suspension
from tenants.admin import look
from tenants.admin.rows import NarrowAdmin, ReadOnly, never, staff
from tenants.audit.models import Entry
from tenants.forms import ChangeUserForm, CreateUserForm, MembershipForm
from tenants.models import ApiGrant, Invitation, Membership, PlatformEntry, RefusedDelivery, Tenant, User, WebhookDoor

admin.site.unregister(Group)  # roles are memberships
admin.site.unregister(EmailAddress)  # an account has one address: the user's own
FOUND = 302


class MembershipInline(TabularInline):  # type: ignore[misc]
    """A person's roles."""

    model = Membership
    form = MembershipForm
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
    has_add_permission = has_delete_permission = never
    actions = ("look_into", "suspend", "activate")

    @admin.action(description="Suspend", permissions=["change"])
    def suspend(self, request: HttpRequest, tenants: QuerySet[Tenant]) -> None:
        """Stop the chosen tenants."""
        self._tell(request, suspension.suspend(tenants, by=staff(request)), "Suspended")

    @admin.action(description="Activate", permissions=["change"])
    def activate(self, request: HttpRequest, tenants: QuerySet[Tenant]) -> None:
        """Let the chosen tenants go on."""
        self._tell(request, suspension.activate(tenants, by=staff(request)), "Activated")

    @admin.action(description="Look into", permissions=["view"])
    def look_into(self, request: HttpRequest, tenants: QuerySet[Tenant]) -> HttpResponse:  # noqa: ARG002  (Django's)
        """Go to the page that asks for the reason."""
        chosen = tenants.first()
        return redirect(reverse("admin:look") + (f"?tenant={chosen.pk}" if chosen else ""))

    def get_urls(self) -> list[URLPattern]:
        """Return the pages of tenants, and the one that chooses a tenant to look into."""
        return [path("look/", self.admin_site.admin_view(look.page), name="look"), *super().get_urls()]

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
        ("Standing", {"fields": ("is_active", "is_staff", "is_superuser", "is_proven")}),
        ("Times", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001  (Django's)
        """Store the person; the tokens of an account that is closed end."""
        super().save_model(request, obj, form, change)
        if isinstance(obj, User) and not obj.is_active:
            grants.revoke_all(obj, reason="closed")

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

    form = MembershipForm

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


@admin.register(Invitation)
class InvitationAdmin(ReadOnly):
    """Who is invited where; the link is kept nowhere."""

    list_display = ("email", "tenant", "role", "created_at", "expires_at")
    list_filter = ("role", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("email", "tenant__slug")
    ordering = ("-created_at",)
    fields = ("tenant", "email", "role", "created_at", "expires_at")


@admin.register(ApiGrant)
class ApiGrantAdmin(ReadOnly):
    """What sign-ins to the API opened."""

    list_display = ("user", "tenant", "created_at", "expires_at", "revoked_at")
    list_filter = ("tenant",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__email", "tenant__slug")
    ordering = ("-created_at",)
    fields = ("id", "user", "tenant", "refreshes", "created_at", "expires_at", "revoked_at")


class TrailAdmin(ReadOnly):
    """Entries of a chain."""

    list_display = ("number", "at", "event", "actor", "actor_id", "target", "target_id")
    list_filter = ("event", "actor")
    search_fields = ("event", "target_id", "request_id")
    ordering = ("-number",)
    show_full_result_count = False


@admin.register(PlatformEntry)
class PlatformEntryAdmin(TrailAdmin):
    """The platform's trail."""


@admin.register(Entry)
class EntryAdmin(look.TenantTable, TrailAdmin):
    """The tenant's trail."""
