"""Connections to CRMs and what was written to them: tables of a tenant's schema."""

import uuid

from django.db import models
from django.utils import timezone

from tenants.fields import SealedField


class CrmConnection(models.Model):
    """One tenant's credentials and options for one CRM."""

    class State(models.TextChoices):
        ACTIVE = "ACTIVE", "Connected"
        NEEDS_ATTENTION = "NEEDS_ATTENTION", "Needs attention"
        OFF = "OFF", "Off"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=32, unique=True, help_text="hubspot, salesforce, pipedrive")
    config = models.JSONField(default=dict, help_text="Fields that are no secret")
    secrets = SealedField(table="crm_connection", default="", help_text="Sealed JSON of the secret fields")
    state = models.CharField(max_length=16, choices=State, default=State.ACTIVE)
    reason = models.TextField(default="", blank=True)
    prepared_at = models.DateTimeField(null=True, help_text="When the CRM was found to have what we need there")
    preparing_until = models.DateTimeField(null=True, help_text="A worker is making it until then: others wait")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)


class FieldMapping(models.Model):
    """A version of one CRM's mapping: remote field ← template."""

    connection = models.ForeignKey(CrmConnection, models.CASCADE, related_name="mappings")
    version = models.IntegerField()
    rows = models.JSONField(help_text='{"firstname": "{{caller_name.first}}", "lifecyclestage": {"if_new": "lead"}, …}')
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "version"], name="mapping_version_once")]


class LeadSync(models.Model):
    """The one record of one person in one CRM."""

    lead = models.ForeignKey("scoring.Lead", models.CASCADE, related_name="syncs")
    crm = models.CharField(max_length=32)
    remote_id = models.CharField(max_length=128, blank=True)
    remote_url = models.TextField(blank=True)
    parts = models.JSONField(
        default=dict, help_text="Ids of what belongs to it by kind: Pipedrive's lead of the person"
    )
    intent_at = models.DateTimeField(null=True, help_text="Set, committed, while a write is out whose end is not known")
    sent_at = models.DateTimeField(
        null=True, help_text="When the last such write was given up; null: it may be at work"
    )
    created_at = models.DateTimeField(default=timezone.now)
    synced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "crm"], name="lead_once_a_crm"),
            models.CheckConstraint(
                condition=models.Q(remote_id="") | models.Q(synced_at__isnull=False), name="lead_sync_paired"
            ),
        ]


class LoggedCall(models.Model):
    """The one log entry of one call in one CRM."""

    call = models.ForeignKey("calls.Call", models.CASCADE, related_name="logged")
    crm = models.CharField(max_length=32)
    remote_id = models.CharField(max_length=128, blank=True)
    intent_at = models.DateTimeField(null=True, help_text="Set, committed, while a write is out whose end is not known")
    sent_at = models.DateTimeField(
        null=True, help_text="When the last such write was given up; null: it may be at work"
    )
    logged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "crm"], name="call_logged_once_a_crm")]


class Exchange(models.Model):
    """One request to a CRM and its answer, secrets masked: the history of a call's sync."""

    call = models.ForeignKey("calls.Call", models.CASCADE, related_name="exchanges")
    crm = models.CharField(max_length=32)
    step_id = models.BigIntegerField()
    attempt = models.SmallIntegerField()
    at = models.DateTimeField(default=timezone.now)
    method = models.CharField(max_length=8)
    path = models.TextField()
    request = models.JSONField(null=True)
    status = models.SmallIntegerField(null=True, help_text="Null: no answer came")
    answer = models.JSONField(null=True)
    seconds = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["call", "crm", "id"], name="exchange_by_call")]
