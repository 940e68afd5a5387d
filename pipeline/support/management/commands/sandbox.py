"""Sandboxes of the CRMs and of the recording host."""

import multiprocessing
import signal
import sys
import threading
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.sandbox import servers
from pipeline.sandbox.server import Server

ALL = "all"
STOPPING = (signal.SIGTERM, signal.SIGINT)
LOOK_SECONDS = 0.5


class Command(BaseCommand):
    """Serve one sandbox, or all, until stopped."""

    help = (
        "Serves sandboxes of HubSpot, Salesforce, Pipedrive and CallRail's recording host on this machine: real HTTP, "
        "records that stay, the vendors' errors and limits. Prints a line when one is ready; ends on SIGTERM."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which sandbox, its port and where it keeps its records."""
        parser.add_argument("name", choices=[*servers.NAMES, ALL])
        parser.add_argument("--port", type=int, default=0, help="0 (default): any free one")
        parser.add_argument("--ports", default="", help="With `all`: hubspot=8081,salesforce=8082,…")
        parser.add_argument("--state", type=Path, default=settings.VAR_DIR / "sandbox", help="Folder for the records")

    def handle(self, *args: Any, name: str, port: int, ports: str, state: Path, **options: Any) -> None:
        """Serve in this process, or each in one of its own: they share no lock and no interpreter."""
        if name != ALL:
            _serve(name, port, state)
            return
        asked = _ports(ports)
        running = [
            multiprocessing.get_context("fork").Process(target=_serve, args=(one, asked.get(one, 0), state), name=one)
            for one in servers.NAMES
        ]
        for process in running:
            process.start()
        stop = threading.Event()
        for number in STOPPING:
            signal.signal(number, lambda *_: stop.set())
        while not stop.wait(LOOK_SECONDS) and all(process.is_alive() for process in running):
            pass
        ended = [process.name for process in running if not process.is_alive()]
        for process in running:
            process.terminate()
            process.join()
        if ended and not stop.is_set():
            raise CommandError(
                f"The sandbox {', '.join(ended)} ended by itself, so all were stopped. Is its port taken?"
            )


def _serve(name: str, port: int, state: Path) -> None:
    parent = multiprocessing.parent_process()
    server = servers.serve(name, port=port, state=state, time_scale=settings.TIME_SCALE)
    for number in STOPPING:
        # `stop` waits for the loop that this very thread runs.
        signal.signal(number, lambda *_: threading.Thread(target=server.stop).start())
    if parent is not None:
        # Killed outright, the parent can stop nobody, and whoever starts anew would find the ports taken.
        threading.Thread(target=_stop_after, args=(parent, server), daemon=True).start()
    sys.stdout.write(f"{name} {server.url}\n")
    sys.stdout.flush()
    server.serve()


def _stop_after(parent: BaseProcess, server: Server) -> None:
    parent.join()
    server.stop()


def _ports(text: str) -> Mapping[str, int]:
    """Read `hubspot=8081,…`. Raises CommandError."""
    found = {}
    for pair in filter(None, text.split(",")):
        name, _, number = pair.partition("=")
        if name not in servers.NAMES or not number.isdigit():
            raise CommandError(
                f"{pair!r} is no port. Write for example hubspot=8081; names: {', '.join(servers.NAMES)}."
            )
        found[name] = int(number)
    return found
