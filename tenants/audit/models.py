"""The trail of a tenant's changes; the platform's is tenants.models.PlatformEntry."""

from django.db import models

from tenants.models import ChainEntry


class Entry(ChainEntry):
    """A change in one tenant."""

    class Meta:
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["event", "-number"], name="audit_by_event")]
