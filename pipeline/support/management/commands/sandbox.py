"""Sandboxes of the CRMs and of the recording host."""

import multiprocessing
import signal
import sqlite3
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
HIGHEST_PORT = 65535


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
        parser.add_argument("--port", default="", help="Of one sandbox; 0 (default): any free one")
        parser.add_argument("--ports", default="", help="With `all`: hubspot=8081,salesforce=8082,…")
        parser.add_argument("--state", type=Path, default=settings.VAR_DIR / "sandbox", help="Folder for the records")

    def handle(self, *args: Any, name: str, port: str, ports: str, state: Path, **options: Any) -> None:
        """Serve in this process, or each in one of its own: they share no lock and no interpreter."""
        if name != ALL:
            if ports:
                raise CommandError("--ports is for `all`; one sandbox takes --port, such as --port 8081.")
            _serve(name, _port(port or "0"), state)
            return
        if port:
            raise CommandError("--port is for one sandbox; `all` takes --ports hubspot=8081,salesforce=8082,…")
        _serve_all(_ports(ports), state)


def _serve_all(asked: Mapping[str, int], state: Path) -> None:
    running = [
        multiprocessing.get_context("fork").Process(
            target=_serve_in_child, args=(one, asked.get(one, 0), state), name=one
        )
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
        raise CommandError(f"The sandbox {', '.join(ended)} ended by itself, so all were stopped. Why stands above.")


def _serve_in_child(name: str, port: int, state: Path) -> None:
    try:
        _serve(name, port, state)
    except CommandError as error:
        sys.exit(f"{name}: {error}")


def _serve(name: str, port: int, state: Path) -> None:
    parent = multiprocessing.parent_process()
    try:
        server = servers.serve(name, port=port, state=state, time_scale=settings.TIME_SCALE)
    except (OSError, sqlite3.Error) as error:
        raise CommandError(
            f"The sandbox can't start: {error}. It needs a free port (asked for: {port or 'any'}) and a folder that it"
            f" can write to ({state})."
        ) from error
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
        if name not in servers.NAMES:
            raise CommandError(
                f"{pair!r} names no sandbox. Write for example hubspot=8081; names: {', '.join(servers.NAMES)}."
            )
        found[name] = _port(number)
    return found


def _port(text: str) -> int:
    """Read a port. Raises CommandError."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST_PORT)) and int(text) <= HIGHEST_PORT):
        raise CommandError(f"{text!r} is no port. Write a number up to {HIGHEST_PORT}, such as 8081; 0: any free one.")
    return int(text)
