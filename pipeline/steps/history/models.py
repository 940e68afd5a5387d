"""What one attempt of a step came to; only ever added to."""

from django.db import models


class Attempt(models.Model):
    """One try at a step, in words a person reads; holds no secret and no whole phone number."""

    step_id = models.BigIntegerField()
    stage = models.CharField(max_length=16)
    subject = models.BigIntegerField()
    target = models.CharField(max_length=32, default="")
    number = models.SmallIntegerField()
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    outcome = models.CharField(
        max_length=16, help_text="done, skipped, retry, rate_limited, parked, dead, lost, stopped"
    )
    code = models.CharField(max_length=64, default="")
    text = models.TextField(default="")
    next_attempt_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=128, default="")

    class Meta:
        indexes = [models.Index(fields=["step_id", "id"], name="attempt_by_step")]
