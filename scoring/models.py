"""Extractions, leads and scores: tables of a tenant's schema."""

from django.db import models
from django.utils import timezone


class Extraction(models.Model):
    """Facts drawn from a transcript, each with its evidence; the newest of a call counts."""

    call = models.ForeignKey("calls.Call", models.CASCADE, related_name="extractions")
    transcript = models.ForeignKey("calls.Transcript", models.CASCADE)
    analyzer = models.CharField(max_length=32)
    caller_kind = models.CharField(max_length=20)
    project_intent = models.BooleanField()
    do_not_call = models.BooleanField(default=False)
    facts = models.JSONField(
        help_text="name → {value, confidence, evidence: [{utterance, start, quote}]}; absent: not provided"
    )
    summary = models.TextField(blank=True)
    confidence = models.FloatField(help_text="0 to 1")
    created_at = models.DateTimeField(default=timezone.now)


class Lead(models.Model):
    """The person or company that calls are about: one a lead key."""

    key = models.CharField(max_length=64, unique=True, help_text="HMAC of the far end's number; never recomputed")
    phone = models.CharField(max_length=16, blank=True)
    first_name = models.CharField(max_length=128, blank=True)
    last_name = models.CharField(max_length=128, blank=True)
    email = models.CharField(max_length=254, blank=True)
    name_confidence = models.FloatField(
        default=0, help_text="0 to 1; below 0.5 the phone network's, not said on a call"
    )
    email_confidence = models.FloatField(default=0, help_text="0 to 1")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)


class ScoringProfile(models.Model):
    """A version of the tenant's weights and thresholds (the guide's scoring_config, quality_thresholds)."""

    version = models.IntegerField(unique=True)
    scoring_config = models.JSONField()
    quality_thresholds = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)


class LeadScore(models.Model):
    """A call's lead score; the newest of a call counts."""

    call = models.ForeignKey("calls.Call", models.CASCADE, related_name="scores")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="scores")
    extraction = models.ForeignKey(
        Extraction, models.CASCADE, null=True, help_text="Null: scored from the call's facts"
    )
    profile_version = models.IntegerField(help_text="0: the guide's defaults")
    caller_kind = models.CharField(max_length=20)
    score = models.SmallIntegerField()
    band = models.CharField(max_length=12, help_text="hot, warm, cold, not_a_lead")
    confidence = models.FloatField()
    parts = models.JSONField(help_text="[{name, points, most, why, evidence}] in the guide's order")
    below_thresholds = models.JSONField(default=list, help_text="Names of quality_thresholds it falls below")
    contact = models.JSONField(default=dict, help_text="The contact as this call gives it")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(score__gte=0, score__lte=100), name="score_in_range"),
        ]
        indexes = [models.Index(fields=["call", "-id"], name="score_newest")]
