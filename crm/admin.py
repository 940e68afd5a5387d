"""A tenant's CRMs for the platform's staff: connections without their secrets, what was sent and answered."""

from django.contrib import admin

from crm.models import CrmConnection, Exchange, LeadSync, LoggedCall
from tenants.admin.look import TenantTable


@admin.register(CrmConnection)
class CrmConnectionAdmin(TenantTable):
    """Connections, without their secrets."""

    list_display = ("slug", "state", "reason", "updated_at")
    list_filter = ("state",)
    ordering = ("slug",)
    fields = ("slug", "config", "state", "reason", "prepared_at", "created_at", "updated_at")


@admin.register(LeadSync)
class LeadSyncAdmin(TenantTable):
    """Which record is which lead."""

    list_display = ("id", "lead", "crm", "remote_id", "synced_at")
    list_filter = ("crm",)
    search_fields = ("remote_id",)
    ordering = ("-id",)


@admin.register(LoggedCall)
class LoggedCallAdmin(TenantTable):
    """Which entry is which call."""

    list_display = ("id", "call", "crm", "remote_id", "logged_at")
    list_filter = ("crm",)
    search_fields = ("remote_id",)
    ordering = ("-id",)


@admin.register(Exchange)
class ExchangeAdmin(TenantTable):
    """Requests and answers, as they are kept: masked."""

    list_display = ("id", "at", "call", "crm", "method", "path", "status")
    list_filter = ("crm", "status")
    ordering = ("-id",)
