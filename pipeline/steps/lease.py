"""Keeps the running step's lease alive; ends a process that lost it, or whose work outlives its time limit or a stop.

Work can't be stopped from outside but by ending its process: whatever else it would have done goes with it.
C code that keeps Python's lock (an expression that backtracks for ever) would starve the keeper too: a watchdog
that needs no lock, faulthandler's, ends the process then, with the place where it stood on the error stream.
"""

import dataclasses
import faulthandler
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, connection

from pipeline.steps import claim as steps
from pipeline.steps import shutdown

logger = logging.getLogger(__name__)
OVERTIME_EXIT = 70
LOST_EXIT = 71
STOPPED_EXIT = 0
STALLED_EXIT = 1
"""faulthandler's own."""
ERROR_STREAM = 2
"""The descriptor: Celery puts an object without one in the place of sys.stderr."""
LOOK_SECONDS = 1.0
AGAIN_SECONDS = 2.0
"""Until a renewal that failed is tried again: Postgres may be back long before the lease ends."""


@dataclasses.dataclass(slots=True)
class _Held:
    claim: steps.Claim
    deadline: float
    overtime: Callable[[], None]
    stopped: Callable[[], None]
    renew_at: float


_held: dict[int, _Held] = {}
_lock = threading.Lock()
_keeper: tuple[int, threading.Thread] | None = None


@contextmanager
def kept(
    claim: steps.Claim, time_limit: float, *, overtime: Callable[[], None], stopped: Callable[[], None]
) -> Iterator[None]:
    """Renew the claim's lease every 20 s while the block runs.

    Past its time limit `overtime` is called, in another thread, and the process ends. It ends as well if the lease
    went to another worker (a frozen machine, a network that was cut): two must not write to the outside. And when the
    worker was told to stop and the work does not end in time, after `stopped`, which gives the step back.
    """
    now = time.monotonic()
    with _lock:
        _held[claim.id] = _Held(claim, now + time_limit, overtime, stopped, now + settings.STEP_LEASE_RENEW_SECONDS)
        _start_keeper()
        _watch()
    try:
        yield
    finally:
        with _lock:
            _held.pop(claim.id, None)
            _watch()


def _watch() -> None:
    """Set the watchdog anew while anything is held; to be called under the lock."""
    if _held:
        faulthandler.dump_traceback_later(settings.STEP_STALL_SECONDS, exit=True, file=ERROR_STREAM)
    else:
        faulthandler.cancel_dump_traceback_later()


def _start_keeper() -> None:
    global _keeper  # noqa: PLW0603  (one keeper a process; a fork needs its own)
    if _keeper is None or _keeper[0] != os.getpid() or not _keeper[1].is_alive():
        thread = threading.Thread(target=_keep, name="lease-keeper", daemon=True)
        _keeper = (os.getpid(), thread)
        thread.start()


def _keep() -> None:
    while True:
        time.sleep(min(LOOK_SECONDS, settings.STEP_LEASE_RENEW_SECONDS / 4))
        with _lock:
            held = list(_held.values())
            _watch()
        if shutdown.is_over():
            _leave(held)
        for one in held:
            now = time.monotonic()
            if now > one.deadline:
                _end_overtime(one)
            elif now > one.renew_at:
                one.renew_at = now + _renew(one)


def _renew(one: _Held) -> float:
    """Prolong the lease; returns the seconds until the next time."""
    try:
        is_ours = steps.renew(one.claim)
    except Error:
        logger.warning("step.lease_not_renewed", extra={"step": one.claim.id, "stage": one.claim.stage})
        connection.close()
        return AGAIN_SECONDS
    if not is_ours and _is_held(one):
        logger.critical("step.lease_lost", extra={"step": one.claim.id, "stage": one.claim.stage})
        os._exit(LOST_EXIT)
    return float(settings.STEP_LEASE_RENEW_SECONDS)


def _end_overtime(one: _Held) -> None:
    try:
        one.overtime()
    except Exception:
        logger.exception("step.overtime_not_kept", extra={"step": one.claim.id, "stage": one.claim.stage})
    if _is_held(one):
        logger.critical("step.overtime", extra={"step": one.claim.id, "stage": one.claim.stage})
        os._exit(OVERTIME_EXIT)


def _leave(held: list[_Held]) -> None:
    """Give back what still runs and end the process; where that fails the work goes on, and this is tried again."""
    given = [one for one in held if _is_given_back(one)]
    if given == held and any(_is_held(one) for one in given):
        os._exit(STOPPED_EXIT)


def _is_given_back(one: _Held) -> bool:
    try:
        one.stopped()
    except steps.Stale:
        pass  # another worker's by now, or ended in this instant
    except Exception:
        logger.exception("step.not_given_back", extra={"step": one.claim.id, "stage": one.claim.stage})
        connection.close()
        return False
    return True


def _is_held(one: _Held) -> bool:
    """Say whether its work still goes on: it may have ended by itself in this instant."""
    with _lock:
        return _held.get(one.claim.id) is one
