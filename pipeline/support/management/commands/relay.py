"""The relay process."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection

from pipeline.celery import hint
from pipeline.health import heartbeat
from pipeline.health.models import Process
from pipeline.steps.relay import Relay


class Command(BaseCommand):
    """Hand due steps to the workers until stopped."""

    help = "Hands due steps to the workers' queues. Start two for a stand-by; one leads."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or SIGINT; a lost Postgres is waited for."""
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        heartbeat.start(Process.Kind.RELAY)
        while not stop.is_set():
            try:
                Relay(hint).run(stop.is_set)
            except (OperationalError, InterfaceError) as error:
                self.stderr.write(f"relay: Postgres is away ({type(error).__name__}); trying again in 1 s")
                connection.close()
                stop.wait(1)
