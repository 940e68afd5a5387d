"""A tenant's calls for the platform's staff: never a delivery's body, a recording's address or its sound."""

from django.contrib import admin
from unfold.admin import TabularInline

from calls.models import Call, Recording, Transcript, Utterance, WebhookDelivery
from tenants.admin.look import TenantTable


@admin.register(Call)
class CallAdmin(TenantTable):
    """Calls."""

    list_display = ("id", "external_id", "started_at", "phone", "caller_name", "duration", "marketing_source")
    search_fields = ("external_id", "phone", "caller_name")
    ordering = ("-id",)
    exclude = ("recording_url", "sent")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(TenantTable):
    """Deliveries."""

    list_display = ("id", "received_at", "event", "call_ref", "scheme", "request_id")
    list_filter = ("event", "scheme")
    search_fields = ("call_ref", "request_id")
    ordering = ("-id",)
    fields = ("received_at", "door", "scheme", "event", "call_ref", "content_type", "remote_addr", "request_id")


@admin.register(Recording)
class RecordingAdmin(TenantTable):
    """What is known of recordings."""

    list_display = ("id", "call", "content_type", "size", "duration", "quality", "fetched_at")
    list_filter = ("quality",)
    ordering = ("-id",)
    exclude = ("storage_key", "url_sha256")


class UtteranceInline(TabularInline):  # type: ignore[misc]  # unfold ships no types
    """What was said."""

    model = Utterance
    fields = ("start", "speaker", "text", "confidence")
    extra = 0
    can_delete = False


@admin.register(Transcript)
class TranscriptAdmin(TenantTable):
    """Transcripts with their lines."""

    list_display = ("id", "call", "engine", "language", "confidence", "audio_seconds", "created_at")
    ordering = ("-id",)
    inlines = (UtteranceInline,)
