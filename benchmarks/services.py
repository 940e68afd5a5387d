"""Services that a benchmark starts and stops itself: a Postgres with fsync, a Valkey, processes of the installation.

    with services.started() as bench:
        bench.migrate()
        bench.django()          # from here on this process may use the models, as the app's role
        bench.start("web")

Everything lies in a temporary folder that is removed at the end; nothing of bin/up's is touched.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg

from pipeline.local import database, environment, ports, processes
from pipeline.local.home import ROOT, Home
from pipeline.local.postgres import Postgres
from pipeline.local.valkey import Valkey

READY_SECONDS = 60
STOP_SECONDS = 15
NO_SANDBOXES = dict.fromkeys(processes.SANDBOXES, "http://127.0.0.1:9")


class Bench:
    """What runs for one benchmark."""

    def __init__(self, home: Home, postgres: Postgres, valkey: Valkey, sandboxes: Mapping[str, str]) -> None:
        self.home = home
        self.postgres = postgres
        self.valkey = valkey
        self.urls = database.embedded(postgres.start(), home)
        self.port = ports.free()
        self.url = f"http://127.0.0.1:{self.port}"
        redis_url = valkey.start()
        self.values = environment.build(home, urls=self.urls, redis_url=redis_url, url=self.url, sandboxes=sandboxes)
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def manage(self, *words: str, told: Mapping[str, str] | None = None) -> None:
        """Run a management command as the owner; its output goes to standard error."""
        env = environment.of_command(self.values, as_owner=True) | {"DATABASE_ROLE": "owner"} | dict(told or {})
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=env, stdout=sys.stderr, check=True)

    def migrate(self) -> None:
        """Make the tables and the template of a tenant's schema."""
        self.manage("migrate", "--verbosity", "0")

    def django(self) -> None:
        """Set Django up in this process, on this bench's database as the app's role."""
        os.environ.update(environment.of_command(self.values, as_owner=True))
        os.environ["DJANGO_SETTINGS_MODULE"] = "pipeline.settings"
        import django  # noqa: PLC0415  (its settings read the environment that was just set)

        django.setup()

    def analyze(self) -> None:
        """Have the planner know every table, as autovacuum does within a minute; what is unwritten goes to the disk."""
        with psycopg.connect(self.urls.owner, autocommit=True) as owner:
            owner.execute("VACUUM ANALYZE")
        os.sync()

    def start(self, name: str, *, settings: Mapping[str, str] | None = None, as_name: str = "") -> int:
        """Start a process of pipeline/local/processes.py; returns its id. Web is waited for until it answers."""
        process = next(one for one in processes.DEPLOYED if one.name == name)
        blanks = {"host": "127.0.0.1", "port": str(self.port), "run": str(self.home.run)}
        command = environment.program(process.command(**blanks), Path(sys.executable))
        return self.spawn(
            as_name or name,
            command,
            environment.of_process(process, self.values) | dict(settings or {}),
            answers=process.answers,
        )

    def spawn(self, name: str, command: list[str], told: Mapping[str, str], *, answers: bool = False) -> int:
        """Start any command as one of the bench's processes, its output in a log; returns its id."""
        with (self.home.logs / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(told),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.children[name] = child
        if answers:
            self._wait_for(name)
        return child.pid

    def stop(self, name: str) -> None:
        """End one process and all it started, and wait for it."""
        child = self.children.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def cpu_seconds(self) -> float:
        """Return the processor time so far of everything that runs here: processes, Postgres, Valkey."""
        roots = [child.pid for child in self.children.values()]
        roots += [pid for pid in (self.postgres.pid(), self.valkey.pid()) if pid]
        return cpu_seconds(roots)

    def close(self) -> None:
        """Stop everything."""
        for name in list(self.children):
            self.stop(name)
        self.valkey.stop()
        self.postgres.stop("immediate")

    def _wait_for(self, name: str) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self.children[name].poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.url}/v1/callrail/webhook", timeout=2)
            except urllib.error.HTTPError:
                return  # 405: it answers
            except OSError:
                time.sleep(0.1)
        log = (self.home.logs / f"{name}.log").read_text(errors="replace")
        raise SystemExit(f"{name} did not start. The end of its log:\n{log[-3000:]}")


@contextlib.contextmanager
def started(*, max_connections: int = 200, sandboxes: Mapping[str, str] = NO_SANDBOXES) -> Iterator[Bench]:
    """Start Postgres (fsync on) and Valkey in a temporary folder; everything is stopped and removed at the end."""
    # mkdtemp's folder is ours alone; the servers may run as another account, which has to enter it.
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o755)
    home = Home(ROOT, folder, folder)
    home.make()
    bench = None
    signal.signal(signal.SIGTERM, _end)
    try:
        postgres = Postgres(home.services, max_connections=max_connections)
        bench = Bench(home, postgres, Valkey(home.services), sandboxes)
        yield bench
    finally:
        if bench:
            bench.close()
        shutil.rmtree(folder, ignore_errors=True)


def _end(_signal: int, _frame: object) -> None:
    """End as Ctrl-C does: what was started is stopped."""
    raise SystemExit(128 + signal.SIGTERM)


def cpu_seconds(roots: list[int]) -> float:
    """Return the processor time of processes and their living and ended children, in seconds (Linux)."""
    parents: dict[int, list[int]] = {}
    times: dict[int, float] = {}
    tick = os.sysconf("SC_CLK_TCK")
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        parents.setdefault(int(fields[1]), []).append(pid)
        times[pid] = sum(int(field) for field in fields[11:15]) / tick
    total, open_pids = 0.0, list(roots)
    while open_pids:
        pid = open_pids.pop()
        total += times.get(pid, 0)
        open_pids += parents.get(pid, [])
    return total
