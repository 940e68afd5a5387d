"""Steps: one call's passage through one stage. Public schema; ids and codes, no personal data."""

from django.db import models
from django.utils import timezone


class State(models.TextChoices):
    """Where a step stands. `queued`: a worker has been told; all else as in docs/reference/glossary.md."""

    WAITING = "waiting", "Waiting"
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PARKED = "parked", "Parked"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Skipped"
    DEAD = "dead", "Dead"


class Step(models.Model):
    """One row a (tenant, stage, subject, target); written only by pipeline.steps and the intake."""

    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, db_index=False)
    stage = models.CharField(max_length=16)
    queue = models.CharField(max_length=16)
    subject = models.BigIntegerField(help_text="Delivery of stage `call`, else call, in the tenant's schema")
    target = models.CharField(max_length=32, default="", blank=True, help_text="CRM of stage `sync`")
    lane = models.CharField(max_length=64, help_text="Steps of one lane never run together")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.SmallIntegerField(default=0)
    losses = models.SmallIntegerField(default=0, help_text="Attempts in a row whose worker vanished")
    recovering = models.BooleanField(default=False, help_text="The last attempt may have had an effect: look first")
    rerun = models.BooleanField(default=False, help_text="Asked for again while it ran")
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    code = models.CharField(max_length=64, default="", blank=True)
    request_id = models.CharField(
        max_length=36,
        db_default="",
        blank=True,
        help_text="Of the delivery that led here: it stands in its log lines",
    )
    worker = models.CharField(max_length=128, default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "stage", "subject", "target"], name="step_once"),
            models.UniqueConstraint(
                fields=["tenant", "lane"], condition=models.Q(state="running"), name="step_lane_runs_one"
            ),
            models.CheckConstraint(
                condition=models.Q(state="running", lease_until__isnull=False, started_at__isnull=False)
                | ~models.Q(state="running"),
                name="step_running_has_lease",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in State]), name="step_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "tenant", "stage", "target", "next_attempt_at", "id"],
                condition=models.Q(state="waiting"),
                name="step_due",
            ),
            models.Index(
                fields=["queue", "next_attempt_at"], condition=models.Q(state="waiting"), name="step_queue_due"
            ),
            models.Index(
                fields=["lease_until"], condition=models.Q(state__in=["queued", "running"]), name="step_leased"
            ),
            models.Index(
                fields=["tenant", "queue"], condition=models.Q(state__in=["queued", "running"]), name="step_in_flight"
            ),
            models.Index(
                fields=["tenant", "created_at"], condition=models.Q(state__in=["dead", "parked"]), name="step_halted"
            ),
        ]


class DeadLetter(Step):
    """A step that waits for a person, in the admin's list of its own."""

    class Meta:
        proxy = True


class Pause(models.Model):
    """An operator's stop: all, one tenant, one stage or one CRM. The relay hands out nothing it covers."""

    class Scope(models.TextChoices):
        ALL = "all", "Everything"
        TENANT = "tenant", "One tenant"
        STAGE = "stage", "One stage"
        CRM = "crm", "One CRM"

    scope = models.CharField(max_length=8, choices=Scope)
    tenant = models.ForeignKey("tenants.Tenant", models.CASCADE, null=True, blank=True)
    name = models.CharField(max_length=32, default="", blank=True, help_text="The stage or CRM")
    since = models.DateTimeField(default=timezone.now)
    reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "tenant", "name"], name="pause_once", nulls_distinct=False)
        ]
