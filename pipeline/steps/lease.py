"""Keeps the running step's lease alive, and ends a process whose work outlives its stage's time limit."""

import dataclasses
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, connection

from pipeline.steps import claim as steps

logger = logging.getLogger(__name__)
OVERTIME_EXIT = 70


@dataclasses.dataclass(slots=True)
class _Held:
    claim: steps.Claim
    deadline: float
    renew_at: float


_held: dict[int, _Held] = {}
_lock = threading.Lock()
_keeper: tuple[int, threading.Thread] | None = None


@contextmanager
def kept(claim: steps.Claim, time_limit: float) -> Iterator[None]:
    """Renew the claim's lease every 20 s while the block runs.

    Work that outlives its time limit can't be stopped from outside but by ending its process: the lease then
    runs out, the attempt stays counted, and another worker takes the step.
    """
    with _lock:
        _held[claim.id] = _Held(
            claim, time.monotonic() + time_limit, time.monotonic() + settings.STEP_LEASE_RENEW_SECONDS
        )
        _start_keeper()
    try:
        yield
    finally:
        with _lock:
            _held.pop(claim.id, None)


def _start_keeper() -> None:
    global _keeper  # noqa: PLW0603  (one keeper a process; a fork needs its own)
    if _keeper is None or _keeper[0] != os.getpid() or not _keeper[1].is_alive():
        thread = threading.Thread(target=_keep, name="lease-keeper", daemon=True)
        _keeper = (os.getpid(), thread)
        thread.start()


def _keep() -> None:
    while True:
        time.sleep(1)
        now = time.monotonic()
        with _lock:
            held = list(_held.values())
        for one in held:
            if now > one.deadline:
                logger.critical("step.overtime", extra={"step": one.claim.id, "stage": one.claim.stage})
                os._exit(OVERTIME_EXIT)
            if now > one.renew_at:
                one.renew_at = now + settings.STEP_LEASE_RENEW_SECONDS
                _renew(one.claim)


def _renew(claim: steps.Claim) -> None:
    try:
        if not steps.renew(claim):
            logger.warning("step.lease_lost", extra={"step": claim.id, "stage": claim.stage})
    except DatabaseError:
        logger.warning("step.lease_not_renewed", extra={"step": claim.id, "stage": claim.stage})
        connection.close()
