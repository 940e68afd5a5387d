"""The operator's switch: what is paused is not handed out, and nothing is lost."""

from pipeline.steps.models import Pause
from tenants.models import Tenant

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


def pause(scope: Pause.Scope, *, tenant: Tenant | None = None, name: str = "", reason: str = "") -> Pause:
    """Stop handing out what this covers; pausing twice is one pause."""
    found, _ = Pause.objects.get_or_create(scope=scope, tenant=tenant, name=name, defaults={"reason": reason})
    return found


def resume(scope: Pause.Scope, *, tenant: Tenant | None = None, name: str = "") -> bool:
    """Hand it out again; False: it was not paused."""
    deleted, _ = Pause.objects.filter(scope=scope, tenant=tenant, name=name).delete()
    return bool(deleted)
