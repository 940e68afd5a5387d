"""Gives a running step back when its worker has to stop: restarts, however many in a row, bury no healthy call."""

import logging
from collections.abc import Callable

from pipeline.steps import claim as steps
from pipeline.steps.claim import Claim, End, Tried
from pipeline.steps.models import State
from tenants.models import Tenant
from tenants.scope import scope

logger = logging.getLogger(__name__)
STOPPED = "worker.stopped"
_TEXT = "The worker was told to stop, as an update does, before the work had ended. Another one begins it again."


def give_back(claim: Claim, tenant: Tenant, tried: Callable[[str, str, float], Tried]) -> None:
    """Let another worker take the step at once; no attempt is spent and no loss counted: it is not the step's fault.

    What the work did before it was cut off is not known, so it is looked up first. Raises Stale: it is no longer
    this worker's.
    """
    how = End(State.WAITING, STOPPED, unspent=True, recovering=True, losses=claim.losses)
    with scope(tenant):
        steps.end(claim, how, tried("stopped", _TEXT, 0))
    logger.warning("step.given_back", extra={"tenant": tenant.slug, "step": claim.id, "stage": claim.stage})
