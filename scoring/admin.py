"""A tenant's leads and scores for the platform's staff."""

from django.contrib import admin

from scoring.models import Extraction, Lead, LeadScore
from tenants.admin.look import TenantTable


@admin.register(Lead)
class LeadAdmin(TenantTable):
    """Leads."""

    list_display = ("id", "first_name", "last_name", "phone", "email", "updated_at")
    search_fields = ("phone", "email", "last_name")
    ordering = ("-id",)
    exclude = ("key",)


@admin.register(Extraction)
class ExtractionAdmin(TenantTable):
    """Facts with their evidence."""

    list_display = ("id", "call", "analyzer", "caller_kind", "confidence", "created_at")
    list_filter = ("analyzer", "caller_kind")
    ordering = ("-id",)


@admin.register(LeadScore)
class LeadScoreAdmin(TenantTable):
    """Scores with their parts."""

    list_display = ("id", "call", "lead", "score", "band", "confidence", "created_at")
    list_filter = ("band", "caller_kind")
    ordering = ("-id",)
