"""An installation whose processes can be struck and come back: what bin/up starts, speech and facts by stand-ins."""

import contextlib
import dataclasses
import json
import os
import random
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psycopg

from benchmarks import services
from benchmarks.faults.proxy import Proxy
from benchmarks.faults.sender import Door
from pipeline.local import environment, ports, processes
from pipeline.local.processes import Process
from pipeline.local.services import Service

TIME_SCALE = "10"
"""A wait of 5 minutes takes 30 s here; leases last as long as ever."""
APP, WORKER_APP = "pipeline.celery:app", "benchmarks.faults.worker:app"
SERVERS = ("postgres", "valkey")
TARGETS = ("web", "relay", *(one.name for one in processes.WORKERS), *SERVERS)
RECORDING = "spanish_espeak.opus.ogg"
LOOK_SECONDS = 0.2
NAMES = {"hubspot": "access_token", "salesforce": "client_id", "pipedrive": "api_token"}
"""The part of the credentials that names the account."""


class Stack:
    """The processes of one run."""

    def __init__(self, bench: services.Bench, real: Mapping[str, str], *, seed: int, more: Sequence[Process]) -> None:
        self.bench = bench
        self._processes = (*processes.DEPLOYED, *more)
        self.real = real
        """The sandboxes' own URLs, past any proxy."""
        self.restarts = 0
        self._servers = {"postgres": Service("Postgres", bench.postgres), "valkey": Service("Valkey", bench.valkey)}
        self._chance = random.Random(seed)
        self._down_until: dict[str, float] = {}
        self._stopped = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Start everything and keep it running."""
        for process in self._processes:
            self._spawn(process, answers=process.answers)
        self._keeper.start()

    def stop(self) -> None:
        """Restart nothing any more."""
        self._stopped.set()
        self._keeper.join()

    def kill(self, name: str, *, down: float) -> None:
        """End a process with all its children, or a server, by SIGKILL; it comes back after so many seconds."""
        self._down_until[name] = time.monotonic() + down
        with contextlib.suppress(ProcessLookupError):
            if name in SERVERS:
                pid = self._servers[name].server.pid()
                if pid:
                    os.kill(pid, signal.SIGKILL)
            else:
                os.killpg(self.bench.children[name].pid, signal.SIGKILL)

    def fault(self, slug: str, fault: Mapping[str, object]) -> None:
        """Tell a sandbox what goes wrong with its next requests (pipeline/sandbox/faults.py)."""
        self._tell(slug, "faults", {"faults": [fault]})

    def knobs(self, slug: str, **knobs: object) -> None:
        """Set a sandbox's knobs."""
        self._tell(slug, "knobs", knobs)

    def _tell(self, slug: str, door: str, told: Mapping[str, object]) -> None:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.real[slug]}/_sandbox/{door}", json.dumps(told).encode(), headers)
        urllib.request.urlopen(request, timeout=30).close()

    def open_steps(self) -> tuple[int, int]:
        """Return how many steps are yet to end, and how many stopped for good. Raises psycopg.Error."""
        with psycopg.connect(self.bench.urls.app, connect_timeout=5) as connection:
            row = connection.execute(
                "SELECT count(*) FILTER (WHERE state NOT IN ('done', 'skipped', 'dead', 'parked')),"
                " count(*) FILTER (WHERE state IN ('dead', 'parked')) FROM public.steps_step"
            ).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    def _spawn(self, process: Process, *, answers: bool = False) -> None:
        bench = self.bench
        blanks = {"host": "127.0.0.1", "port": str(bench.port), "run": str(bench.home.run)}
        argv = process.command(**blanks)
        told = environment.of_process(process, bench.values) | {"TIME_SCALE": TIME_SCALE}
        if process.queue:
            argv = [WORKER_APP if part == APP else part for part in argv]
            told["SPEECH_ENGINE"] = "standin"
        bench.spawn(process.name, environment.program(argv, Path(sys.executable)), told, answers=answers)

    def _keep(self) -> None:
        by_name = {process.name: process for process in self._processes}
        while not self._stopped.wait(LOOK_SECONDS):
            for name, service in self._servers.items():
                if time.monotonic() >= self._down_until.get(name, 0) and service.revive():
                    self.restarts += 1
            for name, child in list(self.bench.children.items()):
                ended = name in by_name and child.poll() is not None
                if ended and time.monotonic() >= self._down_until.get(name, 0):
                    self._spawn(by_name[name])
                    self.restarts += 1
                    self._down_until[name] = time.monotonic() + self._chance.uniform(0.5, 1.5)


@contextlib.contextmanager
def started(
    *, tenants: int, seed: int, proxies: bool, more: Sequence[str]
) -> Iterator[tuple[Stack, list[Door], dict[str, Proxy]]]:
    """Start it all with tenants that have accounts of their own in each sandbox; it is gone at the end.

    `more`: queues that get a second worker.
    """
    at = {name: ports.free() for name in processes.SANDBOXES}
    real = {name: f"http://127.0.0.1:{port}" for name, port in at.items()}
    between = {name: Proxy(port).start() for name, port in at.items()} if proxies else {}
    seen = {name: between[name].url if name in between else url for name, url in real.items()}
    with services.started(sandboxes=seen) as bench:
        _sandboxes(bench, at, real)
        bench.migrate()
        os.environ["TIME_SCALE"] = TIME_SCALE
        bench.django()
        doors = _tenants(tenants)
        stack = Stack(bench, real, seed=seed, more=[_second(queue) for queue in more])
        try:
            stack.start()
            yield stack, doors, between
        finally:
            stack.stop()
            for proxy in between.values():
                proxy.close()


def _second(queue: str) -> Process:
    """Return another worker of a queue, as a second host has it."""
    one = processes.worker(queue)
    argv = tuple(part.replace(f"{queue}@", f"{queue}-2@") for part in one.argv)
    return dataclasses.replace(one, name=f"{one.name}-2", argv=argv)


def credentials(tenant: str) -> dict[str, dict[str, str]]:
    """Return what opens the tenant's own account at each CRM."""
    domain = tenant.replace("_", "-")
    return {
        "hubspot": {"access_token": f"pat-na1-{tenant}-0123456789"},
        "salesforce": {
            "domain": domain,
            "client_id": f"{tenant}-key",
            "client_secret": f"{tenant}-secret",
        },
        "pipedrive": {"domain": domain, "api_token": f"{tenant.replace('_', '')}0123456789abcdef"},
    }


def _sandboxes(bench: services.Bench, at: Mapping[str, int], real: Mapping[str, str]) -> None:
    told = {"sandbox_ports": ",".join(f"{name}={port}" for name, port in at.items())}
    argv = processes.SANDBOX.command(**told, sandbox_state=str(bench.home.var / "sandbox"))
    values = environment.of_process(processes.SANDBOX, bench.values) | {"TIME_SCALE": TIME_SCALE}
    bench.spawn("sandboxes", environment.program(argv, Path(sys.executable)), values)
    until = time.monotonic() + services.READY_SECONDS
    waiting = [f"{url}/_sandbox/account?token=x" for name, url in real.items() if name in NAMES]
    while waiting:
        try:
            urllib.request.urlopen(waiting[-1], timeout=2).close()
            waiting.pop()
        except OSError:
            if time.monotonic() > until:
                raise SystemExit(f"The sandboxes did not start; see {bench.home.logs}/sandboxes.log.") from None
            time.sleep(LOOK_SECONDS)


def _tenants(count: int) -> list[Door]:
    from benchmarks import standins  # noqa: PLC0415  (Django is set up by now)
    from crm.sync import connect  # noqa: PLC0415
    from tenants import configuration, provisioning  # noqa: PLC0415
    from tenants.scope import scope  # noqa: PLC0415

    standins.install_engines()
    doors = []
    for number in range(count):
        made = provisioning.create(f"fault_{number}", name=f"Fault {number}")
        configuration.change(made.tenant, analyzer="standin")
        with scope(made.tenant):
            for slug, values in credentials(made.tenant.slug).items():
                connect.save(slug, values)
        doors.append(Door(made.tenant.slug, made.webhook_secret))
    return doors


def owners(real: Mapping[str, str], tenants: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return, of each CRM, the tenant of each account."""
    from benchmarks.faults import checker  # noqa: PLC0415  (it reads what this module starts)

    return {
        slug: {checker.account(real[slug], credentials(tenant)[slug][name]): tenant for tenant in tenants}
        for slug, name in NAMES.items()
    }
