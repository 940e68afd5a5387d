"""The heartbeat of a process: a thread that says every few seconds "I am alive", and hears "start anew"."""

import atexit
import contextlib
import datetime as dt
import logging
import os
import signal
import socket
import threading

from django.conf import settings
from django.db import DatabaseError, connection

from pipeline import clock
from pipeline.health.models import Process
from tenants.audit import trail
from tenants.audit.actor import Actor

logger = logging.getLogger(__name__)
BEAT_SECONDS = 5
ALIVE_SECONDS = 30
"""Silent for longer, a process counts as gone."""
KEEP = dt.timedelta(days=1)
"""How long a process that is gone is still shown."""


def start(kind: Process.Kind) -> None:
    """Beat from now until this process ends; Postgres away: in silence."""
    one = Process(kind=kind, name=settings.PROCESS_NAME[:64], host=socket.gethostname()[:255], pid=os.getpid())
    one.version = settings.RELEASE
    stop = threading.Event()
    thread = threading.Thread(target=_beats, args=(one, stop), name="heartbeat", daemon=True)
    atexit.register(_end, stop, thread)
    thread.start()


def _end(stop: threading.Event, thread: threading.Thread) -> None:
    stop.set()
    thread.join(2)


def _beats(one: Process, stop: threading.Event) -> None:
    is_told = False
    while not stop.is_set():
        with contextlib.suppress(DatabaseError):
            if beat(one) and not is_told:
                is_told = True
                logger.info("process.restarts", extra={"service": one.name})
                os.kill(one.pid, signal.SIGTERM)  # as a service manager would: it ends after its step
        connection.close()
        stop.wait(BEAT_SECONDS)
    with contextlib.suppress(DatabaseError):
        Process.objects.filter(pk=one.pk).update(ended_at=clock.now())
    connection.close()


def beat(one: Process) -> bool:
    """Write one beat; returns whether the process is asked to start anew."""
    now = clock.now()
    if not Process.objects.filter(pk=one.pk).update(beat_at=now):
        one.beat_at = now
        one.save(force_insert=True)
        Process.objects.filter(beat_at__lt=now - KEEP).delete()
    return Process.objects.filter(pk=one.pk, restart_asked_at__isnull=False).exists()


def known() -> list[Process]:
    """Return the processes of the last day, those alive first, by kind and name."""
    found = Process.objects.order_by("kind", "name", "host", "since")
    return sorted(found, key=lambda one: not is_alive(one))


def is_alive(one: Process) -> bool:
    """Return whether a process has beaten of late and has not ended."""
    return one.ended_at is None and (clock.now() - one.beat_at).total_seconds() <= ALIVE_SECONDS


def alive_workers() -> int:
    """Return how many workers are alive."""
    return sum(is_alive(one) for one in Process.objects.filter(kind=Process.Kind.WORKER))


def restart_workers(*, name: str = "", host: str = "", by: Actor) -> list[Process]:
    """Ask workers that are alive to end after their step, and so to be started anew; returns them."""
    found = Process.objects.filter(kind=Process.Kind.WORKER, restart_asked_at=None)
    narrow = {key: value for key, value in (("name", name), ("host", host)) if value}
    asked = [one for one in found.filter(**narrow).order_by("name", "host") if is_alive(one)]
    if asked:
        Process.objects.filter(pk__in=[one.pk for one in asked]).update(restart_asked_at=clock.now())
        trail.record("workers.restarted", by=by, target="worker", target_id=name, count=len(asked))
    return asked


def still_here(asked: list[Process]) -> list[Process]:
    """Return those of them that have not ended yet."""
    return [one for one in Process.objects.filter(pk__in=[one.pk for one in asked]) if is_alive(one)]
