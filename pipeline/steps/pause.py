"""The operator's switch: what is paused is not handed out, and nothing is lost."""

from django.db import transaction

from pipeline.steps.models import Pause
from tenants.audit import trail
from tenants.audit.actor import SYSTEM, Actor
from tenants.models import Tenant

__all__ = ["PAUSED", "Pause", "current", "pause", "resume"]

# Asked by the relay of what it hands out, and again at the claim; `s` is anything with a step's tenant, stage, target.
# A tenant that is not active is paused as a whole.
PAUSED = """
(NOT EXISTS (SELECT FROM tenants_tenant t WHERE t.id = s.tenant_id AND t.state = 'ACTIVE')
OR EXISTS (SELECT FROM steps_pause p WHERE p.scope = 'all'
    OR (p.scope = 'tenant' AND p.tenant_id = s.tenant_id)
    OR (p.scope = 'stage' AND p.name = s.stage AND (p.tenant_id IS NULL OR p.tenant_id = s.tenant_id))
    OR (p.scope = 'crm' AND s.stage = 'sync' AND p.name = s.target
        AND (p.tenant_id IS NULL OR p.tenant_id = s.tenant_id))))
"""


def pause(
    scope: Pause.Scope, *, tenant: Tenant | None = None, name: str = "", reason: str = "", by: Actor = SYSTEM
) -> Pause:
    """Stop handing out what this covers; pausing twice is one pause, with the first one's reason."""
    with transaction.atomic():
        found, is_new = Pause.objects.get_or_create(scope=scope, tenant=tenant, name=name, defaults={"reason": reason})
        if is_new:
            trail.record("pause.set", by=by, tenant=tenant, target=scope.value, target_id=name)
    return found


def resume(scope: Pause.Scope, *, tenant: Tenant | None = None, name: str = "", by: Actor = SYSTEM) -> bool:
    """Hand it out again; False: it was not paused."""
    with transaction.atomic():
        deleted, _ = Pause.objects.filter(scope=scope, tenant=tenant, name=name).delete()
        if deleted:
            trail.record("pause.lifted", by=by, tenant=tenant, target=scope.value, target_id=name)
    return bool(deleted)


def current() -> list[Pause]:
    """Return what is paused now, the oldest first."""
    return list(Pause.objects.select_related("tenant").order_by("since", "pk"))
