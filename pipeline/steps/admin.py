"""The platform staff's view of the step engine: steps to look at, pauses to set and lift."""

from typing import Any

from django import forms
from django.contrib import admin

from pipeline.steps.models import Pause, Step
from tenants.admin import NarrowAdmin, ReadOnly


@admin.register(Step)
class StepAdmin(ReadOnly):
    """Steps, read-only: only pipeline.steps.claim writes them."""

    list_display = ("id", "tenant", "stage", "target", "subject", "state", "attempts", "code", "next_attempt_at")
    list_filter = ("state", "stage", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("code", "tenant__slug")
    ordering = ("-id",)
    show_full_result_count = False


class PauseForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A pause that covers what its scope says."""

    class Meta:
        model = Pause
        fields = ("scope", "tenant", "name", "reason")

    def clean(self) -> dict[str, Any]:
        """Refuse a scope without its tenant or name."""
        given = super().clean() or {}
        scope = given.get("scope")
        if scope == Pause.Scope.TENANT and not given.get("tenant"):
            self.add_error("tenant", "Choose the tenant to pause.")
        if scope in (Pause.Scope.STAGE, Pause.Scope.CRM) and not given.get("name"):
            self.add_error("name", "Write the name of the stage or CRM to pause, such as transcript or hubspot.")
        if scope == Pause.Scope.ALL and given.get("tenant"):
            self.add_error("tenant", "Everything is paused for all tenants: leave this empty, or choose One tenant.")
        return given


@admin.register(Pause)
class PauseAdmin(NarrowAdmin):
    """What is paused; deleting a pause resumes it."""

    form = PauseForm
    list_display = ("scope", "tenant", "name", "since", "reason")
    list_select_related = ("tenant",)
    ordering = ("-since",)
