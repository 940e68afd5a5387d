"""Runs due steps in the test's process, by the product's own relay and engine, without a broker."""

from collections.abc import Sequence

from django.conf import settings

from pipeline.stages import STAGES
from pipeline.steps import relay, run
from pipeline.steps.stage import Stages

ROUNDS = 100


def drain(stages: Stages = STAGES, *, queues: Sequence[str] = ()) -> int:
    """Run what is due, and what that makes due, until nothing is; returns how many steps were handed out.

    `queues`: those that the worker serves; none: as if each queue had its own.
    """
    handed = 0
    pairs: list[tuple[int, int]] = []
    for _ in range(ROUNDS):
        pairs.clear()
        for queue in relay.due_queues():
            relay.round_of(queue, free=settings.QUEUE_WINDOW, publish=lambda _, more: pairs.extend(more))
        if not pairs:
            return handed
        for step_id, tenant_id in pairs:
            run.step(step_id, tenant_id=tenant_id, stages=stages, queues=queues)
        handed += len(pairs)
    raise AssertionError(f"steps are still due after {ROUNDS} rounds: a stage makes itself due again")
