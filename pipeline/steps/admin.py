"""The platform staff's view of the step engine: steps to look at, dead letters to try again, pauses, processes."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from pipeline.steps import letters
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import DeadLetter, Pause, State, Step
from tenants.admin.look import TenantTable
from tenants.admin.rows import NarrowAdmin, ReadOnly, staff
from tenants.audit import trail


@admin.register(Step)
class StepAdmin(ReadOnly):
    """Steps, read-only: only pipeline.steps.claim writes them."""

    list_display = ("id", "tenant", "stage", "target", "subject", "state", "attempts", "code", "next_attempt_at")
    list_filter = ("state", "stage", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("code", "tenant__slug")
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnly):
    """Steps that wait for a person: out of attempts, or for something to be put right first."""

    list_display = ("id", "tenant", "stage", "target", "subject", "state", "attempts", "code", "finished_at")
    list_filter = ("state", "stage", "code", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("code", "tenant__slug")
    ordering = ("-id",)
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        """Return those that stopped."""
        stopped: QuerySet[Step] = super().get_queryset(request).filter(state__in=(State.DEAD, State.PARKED))
        return stopped

    @admin.action(description="Try again", permissions=["view"])
    def try_again(self, request: HttpRequest, steps: QuerySet[Step]) -> None:
        """Make the chosen steps due now, with a fresh budget of attempts."""
        chosen = list(steps.select_related("tenant"))
        for step in chosen:
            with transaction.atomic():
                letters.replay(step)
                trail.record(
                    "step.replayed",
                    by=staff(request),
                    tenant=step.tenant,
                    target="step",
                    target_id=step.pk,
                    stage=step.stage,
                    subject=step.subject,
                    crm=step.target,
                )
        self.message_user(
            request,
            f"{len(chosen)} due now; their later stages follow. They leave this list at once.",
            messages.SUCCESS,
        )


@admin.register(Attempt)
class AttemptAdmin(TenantTable):
    """What each try of a step came to."""

    list_display = ("id", "started_at", "stage", "target", "subject", "number", "outcome", "code", "text")
    list_filter = ("stage", "outcome")
    search_fields = ("code",)
    ordering = ("-id",)


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
