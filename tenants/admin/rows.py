"""Rows of the admin: filters of their own only, every change in the trail."""

import dataclasses
from typing import Any

from django.core.exceptions import BadRequest, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from tenants.audit import trail
from tenants.audit.actor import Actor, Kind, of_request

_FILTER_ENDS = ("", "__exact", "__id__exact", "__isnull")


def staff(request: HttpRequest) -> Actor:
    """Return the member of the platform's staff who sent a request."""
    return dataclasses.replace(of_request(request), kind=Kind.STAFF, role="")


def never(*_: object, **__: object) -> bool:
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

    def changeform_view(self, request: HttpRequest, *given: Any, **more: Any) -> HttpResponse:  # noqa: ANN401  (Django's)
        """Show a row; an id in the address or form that is none is not understood. Raises BadRequest."""
        for name in self.autocomplete_fields:
            asked = (request.POST if request.method == "POST" else request.GET).get(name, "")
            if asked and not asked.isdecimal():
                raise BadRequest(f"{name} is no id")
        answer: HttpResponse = super().changeform_view(request, *given, **more)
        return answer

    def response_action(self, request: HttpRequest, queryset: QuerySet[models.Model]) -> HttpResponse | None:
        """Carry out an action on the chosen rows. Raises BadRequest for an id that is none."""
        try:
            answer: HttpResponse | None = super().response_action(request, queryset)
        except (ValueError, ValidationError) as error:
            raise BadRequest("a chosen row's id is none") from error
        return answer

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
        trail.record(event, by=staff(request), target=type(row).__name__.lower(), target_id=row.pk, fields=fields)


class ReadOnly(NarrowAdmin):
    """Rows that are looked at here and changed elsewhere."""

    has_add_permission = has_change_permission = has_delete_permission = never
