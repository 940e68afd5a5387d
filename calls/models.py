"""Deliveries, calls, recordings and transcripts: tables of a tenant's schema."""

from django.db import models
from django.utils import timezone


class WebhookDelivery(models.Model):
    """One accepted request, kept raw. The intake writes it by SQL (calls/webhook/store.py)."""

    received_at = models.DateTimeField()
    door = models.UUIDField(help_text="tenants.WebhookDoor; no foreign key into public")
    scheme = models.CharField(max_length=16)
    event = models.CharField(max_length=64)
    call_ref = models.CharField(max_length=255, help_text="The source's id of the call")
    body = models.BinaryField(null=True, help_text="Raw; null after retention")
    body_sha256 = models.BinaryField()
    content_type = models.CharField(max_length=255)
    headers = models.JSONField(default=dict)
    remote_addr = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=36)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["door", "event", "body_sha256"], name="delivery_once"),
        ]
        indexes = [
            models.Index(fields=["call_ref"], name="delivery_by_call"),
            models.Index(fields=["-received_at"], name="delivery_newest"),
        ]


class Call(models.Model):
    """One phone call, merged from its deliveries."""

    class Direction(models.TextChoices):
        INBOUND = "inbound", "Inbound"
        OUTBOUND = "outbound", "Outbound"

    source = models.CharField(max_length=16, default="callrail")
    external_id = models.CharField(max_length=255, unique=True)
    direction = models.CharField(max_length=8, choices=Direction, default=Direction.INBOUND)
    caller_id = models.CharField(max_length=64, blank=True, help_text="The far end as the source gave it")
    phone = models.CharField(max_length=16, blank=True, help_text="The far end in E.164; empty: withheld or no number")
    caller_name = models.CharField(max_length=255, blank=True)
    caller_email = models.CharField(max_length=254, blank=True)
    tracking_number = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    duration = models.IntegerField(help_text="Seconds")
    recording_url = models.TextField(blank=True, help_text="May carry a bearer key: masked wherever it is shown")
    marketing_source = models.CharField(max_length=255, blank=True)
    medium = models.CharField(max_length=255, blank=True)
    campaign = models.CharField(max_length=255, blank=True)
    keyword = models.CharField(max_length=255, blank=True)
    gclid = models.CharField(max_length=255, blank=True)
    landing_page_url = models.TextField(blank=True)
    utm = models.JSONField(default=dict, help_text="utm_* as sent")
    sent = models.JSONField(default=dict, help_text="When each value above was sent: time and digest of its delivery")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(duration__gte=0), name="call_duration_positive")]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="call_newest"),
            models.Index(fields=["phone"], name="call_by_phone"),
        ]

    def __str__(self) -> str:
        return self.external_id


class CallDelivery(models.Model):
    """Which deliveries a call was merged from."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="deliveries")
    delivery = models.OneToOneField(WebhookDelivery, models.CASCADE, related_name="merged")


class Recording(models.Model):
    """The audio of a call, in our storage, with what was measured on it."""

    call = models.OneToOneField(Call, models.CASCADE, related_name="recording")
    storage_key = models.CharField(max_length=255)
    url_sha256 = models.BinaryField(help_text="Of the URL it came from: a changed URL is fetched again")
    content_type = models.CharField(max_length=64)
    size = models.BigIntegerField(help_text="Bytes")
    sha256 = models.BinaryField()
    duration = models.FloatField(help_text="Seconds")
    sample_rate = models.IntegerField(help_text="Hz, as recorded")
    channels = models.SmallIntegerField()
    codec = models.CharField(max_length=32)
    snr_db = models.FloatField(null=True)
    quality = models.CharField(max_length=8, help_text="good or poor, by the guide's rule")
    fetched_at = models.DateTimeField()


class Transcript(models.Model):
    """The text of one recording by one engine; the newest one counts."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="transcripts")
    engine = models.CharField(max_length=32)
    model = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=16, blank=True)
    language_confidence = models.FloatField(null=True)
    confidence = models.FloatField(null=True, help_text="0 to 1")
    audio_seconds = models.FloatField()
    created_at = models.DateTimeField(default=timezone.now)
    replaced_at = models.DateTimeField(null=True, help_text="Since when a later recording without words counts")


class Utterance(models.Model):
    """One speaker's turn."""

    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="utterances")
    position = models.IntegerField()
    speaker = models.CharField(max_length=8, help_text="agent, caller or unknown")
    start = models.FloatField(help_text="Seconds from the start of the recording")
    end = models.FloatField()
    text = models.TextField()
    confidence = models.FloatField(null=True)
    words = models.JSONField(default=list, help_text="[[word, start, end, probability], …]")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transcript", "position"], name="utterance_once"),
            models.CheckConstraint(condition=models.Q(end__gte=models.F("start")), name="utterance_forwards"),
        ]
