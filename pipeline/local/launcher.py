"""Brings an installation up in this process: servers, tables, processes, demo tenant; takes all down at the end."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pipeline.env import BadEnvironment
from pipeline.local import environment, identity, ports, processes, services, state
from pipeline.local.child import Child, end_orphans
from pipeline.local.database import NoDatabase
from pipeline.local.home import Home
from pipeline.local.postgres import NoPostgres
from pipeline.local.processes import Process
from pipeline.local.supervisor import DoesNotStart, Supervisor
from pipeline.local.valkey import NoValkey

WANTED_PORTS = {"web": 8000, "hubspot": 8011, "salesforce": 8012, "pipedrive": 8013, "recordings": 8014}
SCHEMA_FILES = ("*/migrations/*.py", "pipeline/**/migrations/*.py", "tenants/schemas/*.py")
TROUBLE = (DoesNotStart, NoPostgres, NoValkey, NoDatabase, BadEnvironment)


class Launcher:
    """One installation while it runs in this process."""

    def __init__(self, home: Home, *, say: Callable[[str], None]) -> None:
        self.home = home
        self.url = ""
        self.sandboxes: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self._ports: dict[str, int] = {}
        self._is_ready = self._is_state_lost = False
        self._say = say
        self.supervisor = Supervisor(say=say, services=services.of(home))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Bring everything up for the block, and take it down after it, whatever happens.

        Raises state.AlreadyRunning, Stopped, one of TROUBLE.
        """
        self.home.make()
        with state.held(self.home), self._signals():
            self._clear_up()
            try:
                self._bring_up()
                yield
            finally:
                if self.supervisor.is_asked_to_stop:
                    self._say("\nstopping; Ctrl-C again stops at once")
                self.supervisor.stop()
                state.forget(self.home)

    def follow(self) -> None:
        """Look after the processes until asked to stop. Raises Stopped."""
        while True:
            if self.supervisor.tick() or state.read(self.home) is None:
                self._keep_state(is_ready=True)

    def demo_call(self, result: Path) -> int:
        """Run a demo call, shown on our standard output; returns its exit code. Raises Stopped."""
        return self.command(*demo_call_words(self.url, self.sandboxes, result))

    def command(self, *words: str, as_owner: bool = False, log: str = "") -> int:
        """Run a management command while looking after the rest; returns its exit code. Raises Stopped.

        With `log` its output goes there, else to our own standard output.
        """
        written = self.home.logs / f"{log or 'command'}.log"
        written.touch(mode=0o600)
        with written.open("ab") as kept:
            running = subprocess.Popen(
                [sys.executable, "manage.py", *words],
                cwd=self.home.checkout,
                env=environment.of_command(self.values, as_owner=as_owner),
                stdin=subprocess.DEVNULL,
                stdout=kept if log else None,
                stderr=subprocess.STDOUT if log else None,
                start_new_session=True,
            )
        try:
            while running.poll() is None:
                if self.supervisor.tick():
                    self._keep_state(is_ready=self._is_ready)
        finally:
            if running.poll() is None:
                running.kill()
                running.wait()
        return running.returncode

    def _bring_up(self) -> None:
        if self.home.is_outside:
            self._say(f"data lies in {self.home.data}: the servers' account can't enter {self.home.checkout}")
        for service in self.supervisor.services:
            self._say(f"starting {service.name}")
        started = services.start(self.home, self.supervisor.services)
        self._choose_ports()
        self.values = environment.build(
            self.home, urls=started.urls, redis_url=started.redis_url, url=self.url, sandboxes=self.sandboxes
        )
        stamp = self.home.services / "migrated"
        current = stamp.exists() and stamp.read_text() == self._schema_digest()
        if not current:
            self._migrate()
        self._start_processes()
        if current:  # nothing to change, so the look at it need not be waited for
            self._migrate()
        self._one_shot("preparing the demo tenant", "demo", as_owner=True)
        self.supervisor.wait_until_ready(self._answering())
        self._is_ready = True
        self._keep_state(is_ready=True)

    def _migrate(self) -> None:
        self._one_shot("bringing the tables up to date", "migrate", as_owner=True)
        (self.home.services / "migrated").write_text(self._schema_digest())

    def _start_processes(self) -> None:
        """Start all; web alone until it answers, so that the URL is there while the rest still loads."""
        for title, some in (("web", [processes.WEB]), ("relay, workers, scheduler and sandboxes", processes.BEHIND)):
            self._say(f"starting {title}")
            self.supervisor.start((process, self._child(process)) for process in some)
            self._keep_state(is_ready=False)
            if some == [processes.WEB]:
                self.supervisor.wait_until_ready(self._answering())

    def _one_shot(self, title: str, command: str, *, as_owner: bool) -> None:
        self._say(title)
        log = self.home.logs / f"{command}.log"
        start = log.stat().st_size if log.exists() else 0
        if self.command(command, as_owner=as_owner, log=command):
            end = log.read_bytes()[start:].decode(errors="replace").strip().splitlines()[-15:]
            raise DoesNotStart(f"`manage.py {command}` failed. The end of {log}:\n" + "\n".join(end))

    def _child(self, process: Process) -> Child:
        blanks = {"host": "127.0.0.1", "port": str(self._ports["web"]), "run": str(self.home.run)}
        blanks["sandbox_state"] = str(self.home.sandbox)
        blanks["sandbox_ports"] = ",".join(f"{name}={self._ports[name]}" for name in processes.SANDBOXES)
        return Child(
            process.name,
            environment.program(process.command(**blanks), Path(sys.executable)),
            environment=environment.of_process(process, self.values),
            folder=self.home.checkout,
            log=self.home.logs / f"{process.name}.log",
        )

    def _answering(self) -> dict[str, list[int]]:
        return {"web": [self._ports["web"]], "sandboxes": [self._ports[name] for name in processes.SANDBOXES]}

    def _choose_ports(self) -> None:
        """Take the ports of last time where they are free: bookmarks and connections stay valid."""
        remembered = self.home.services / "ports.json"
        wanted = WANTED_PORTS | ports.remembered(remembered)
        self._ports = {name: ports.free(wanted[name]) for name in WANTED_PORTS}
        remembered.write_text(json.dumps(self._ports))
        if self._ports["web"] != wanted["web"]:
            self._say(f"port {wanted['web']} is taken by another program; web listens on {self._ports['web']}")
        self.url = f"http://127.0.0.1:{self._ports['web']}"
        self.sandboxes = {name: f"http://127.0.0.1:{self._ports[name]}" for name in processes.SANDBOXES}

    def _keep_state(self, *, is_ready: bool) -> None:
        now = state.State(
            supervisor=identity.own(),
            processes=self.supervisor.identities(),
            environment=self.values,
            sandboxes=self.sandboxes,
            url=self.url,
            is_ready=is_ready,
        )
        try:
            state.write(self.home, now)
            self._is_state_lost = False
        except OSError as error:  # a full disk ends nothing that runs; the next look tries again
            if not self._is_state_lost:
                self._say(f"what runs can't be written down: {error}. bin/manage may not find it until there is space")
            self._is_state_lost = True

    def _clear_up(self) -> None:
        """End what a supervisor left that was killed: it is written down who that was."""
        left = state.read(self.home)
        ended = end_orphans(left.processes) if left else []
        if ended:
            self._say(f"ended what an earlier start left: {', '.join(ended)}")

    def _schema_digest(self) -> str:
        """Return what the tables of this database are made from; another database has another one."""
        files = sorted(file for pattern in SCHEMA_FILES for file in self.home.checkout.glob(pattern))
        where = self.values["DATABASE_OWNER_URL"].rpartition("@")[2]
        return hashlib.sha256(b"".join(file.read_bytes() for file in files) + where.encode()).hexdigest()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(_number: int, _frame: FrameType | None) -> None:
            self.supervisor.ask_to_stop()

        before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def demo_call_words(url: str, sandboxes: Mapping[str, str], result: Path) -> list[str]:
    """Return the management command of a demo call."""
    return ["demo", "--call", "--web", url, "--recordings", sandboxes["recordings"], "--result", str(result)]
