"""bin/bench pipeline [--calls N] [--tenants N]: calls a second through all stages, and their cost in CPU.

One backlog of calls comes in through the web, then relay and workers start. A worker is one process that takes
one task at a time from all queues. Outside parts are stand-ins (benchmarks/standins.py): instant, or (`waiting`)
200 ms each. Counted from the first claim to the last step's end; CPU over web, relay, workers, Postgres, Valkey.
A smaller backlog goes before, and the tables are analyzed, as autovacuum does within a minute of an installation's
life: on tables that were made a moment ago Postgres plans blindly, and commits wait for the disk to take them.
"""

import argparse
import datetime as dt
import http.client
import json
import sys
import time
from pathlib import Path

from benchmarks import services
from calls.webhook import signature
from pipeline.local import environment

LIMIT_SECONDS = 1800
LOOK_SECONDS = 0.5
WAIT_SECONDS = 0.2
QUEUES = ("intake", "audio", "speech", "analysis", "crm")
AIM_CPU_MS = 60


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="bin/bench pipeline", description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--tenants", type=int, default=10)
    options = parser.parse_args()
    with services.started() as bench:
        print("making tables and tenants …", file=sys.stderr)
        bench.migrate()
        bench.django()
        run = Pipeline(bench, calls=options.calls, doors=make_tenants(options.tenants))
        run.warm_up(bench)
        rows = [run.measure(workers, 0.0) for workers in (1, 2)]
        rows += [run.measure(workers, WAIT_SECONDS) for workers in (1, 4)]
    report(rows, calls=options.calls)


def make_tenants(count: int) -> list[tuple[str, str]]:
    """Make tenants connected to three CRMs, sync_delay 0; returns (tenant id, webhook secret) of each."""
    from benchmarks import standins  # noqa: PLC0415  (Django is set up by now)
    from crm.sync import connect  # noqa: PLC0415
    from tenants import configuration, provisioning  # noqa: PLC0415
    from tenants.scope import scope  # noqa: PLC0415

    standins.install()  # their connections need no credentials
    doors = []
    for number in range(count):
        made = provisioning.create(f"bench_{number:02}", name=f"Bench {number}")
        configuration.change(made.tenant, sync_delay=0, analyzer="standin")
        with scope(made.tenant):
            for slug in ("hubspot", "salesforce", "pipedrive"):
                connect.save(slug, {})
        doors.append((made.tenant.slug, made.webhook_secret))
    return doors


class Pipeline:
    """Rounds of one backlog each."""

    def __init__(self, bench: services.Bench, *, calls: int, doors: list[tuple[str, str]]) -> None:
        self.bench = bench
        self.calls = calls
        self.doors = doors
        self.round = 0

    def warm_up(self, bench: services.Bench) -> None:
        """Let a tenth of the calls go through, and have the planner know the tables."""
        print("a smaller backlog first …", file=sys.stderr)
        calls, self.calls = self.calls, max(1, self.calls // 10)
        self.measure(1, 0.0)
        self.calls = calls
        bench.analyze()

    def measure(self, workers: int, wait: float) -> dict[str, float]:
        """Post a backlog while everything is paused, let it go, wait for its end; returns the figures.

        The processor time starts with the first post: starting processes is no cost of a call.
        """
        from pipeline import clock  # noqa: PLC0415  (Django is set up by now)
        from pipeline.steps import pause  # noqa: PLC0415
        from pipeline.steps.models import Pause  # noqa: PLC0415

        self.round += 1
        names = [f"worker-{self.round}-{number}" for number in range(1, workers + 1)]
        pause.pause(Pause.Scope.ALL, reason="bin/bench pipeline")
        self._start(names, wait)
        before = self.bench.cpu_seconds()
        since = clock.now()
        self._post_backlog()
        pause.resume(Pause.Scope.ALL)
        seconds = self._wait_for_the_end(since)
        cpu = self.bench.cpu_seconds() - before
        for name in [*names, "relay", "web"]:
            self.bench.stop(name)
        row = {"workers": workers, "wait": wait, "calls_per_s": self.calls / seconds, "cpu_ms": cpu / self.calls * 1000}
        print(f"{workers} workers, {wait * 1000:.0f} ms a part: {row['calls_per_s']:.1f} calls/s", file=sys.stderr)
        return row

    def _start(self, workers: list[str], wait: float) -> None:
        self.bench.start("web")
        self.bench.start("relay")
        for name in workers:
            self._start_worker(name, wait)
        self._wait_for_line("relay", "relay.leads")
        for name in workers:
            self._wait_for_line(name, " ready.")

    def _start_worker(self, name: str, wait: float) -> None:
        command = [
            "celery",
            "-A",
            "benchmarks.standin_worker:app",
            "worker",
            "--pool",
            "solo",
            "--hostname",
            f"{name}@bench",
        ]
        command += ["--queues", ",".join(QUEUES), "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        told = {
            **environment.of_command(self.bench.values, as_owner=False),
            "STANDIN_WAIT": str(wait),
            "PROCESS_NAME": name,
        }
        self.bench.spawn(name, environment.program(command, Path(sys.executable)), told)

    def _wait_for_line(self, name: str, line: str) -> None:
        log = self.bench.home.logs / f"{name}.log"
        until = time.monotonic() + services.READY_SECONDS
        while line not in log.read_text(errors="replace"):
            if time.monotonic() > until:
                raise SystemExit(f"{name} did not start. The end of its log:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)

    def _post_backlog(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.bench.port, timeout=30)
        for number in range(self.calls):
            slug, secret = self.doors[number % len(self.doors)]
            call = {
                "call_id": f"CAL{self.round}-{number}",
                "tenant_id": slug,
                "caller_id": f"+1512555{number % 10000:04}",
                "duration": "100",
                "recording_url": f"https://recordings.invalid/{self.round}/{number}.wav",
            }
            body, stamp = json.dumps(call).encode(), str(int(time.time()))
            headers = {"Content-Type": "application/json", "x-timestamp": stamp}
            headers["x-callrail-signature"] = signature.sign(body, stamp, secret.encode())
            connection.request("POST", "/v1/callrail/webhook", body, headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise SystemExit(f"The backlog was refused: {answer.status} {answer.read().decode()}")
            answer.read()
        connection.close()

    def _wait_for_the_end(self, since: dt.datetime) -> float:
        """Return the seconds from the first claim to the last end of the steps that were born since then."""
        from django.db import connection  # noqa: PLC0415  (Django is set up by now)

        until = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FILTER (WHERE state NOT IN ('done', 'skipped')),"
                    " count(*) FILTER (WHERE state IN ('dead', 'parked')),"
                    " count(*) FILTER (WHERE state = 'done' AND stage = 'sync' AND target = 'pipedrive'),"
                    " extract(epoch FROM max(finished_at) - min(started_at)) FROM steps_step WHERE created_at >= %s",
                    [since],
                )
                not_ended, halted, synced, seconds = cursor.fetchone()
            if halted:
                raise SystemExit(f"{halted} steps stopped; see the workers' logs in {self.bench.home.logs}.")
            if not not_ended and synced == self.calls:
                return float(seconds)
        raise SystemExit(f"The backlog was not worked off within {LIMIT_SECONDS} s.")


def report(rows: list[dict[str, float]], *, calls: int) -> None:
    """Print the table, and the JSON line last."""
    instant = {str(row["workers"]): round(row["calls_per_s"], 1) for row in rows if not row["wait"]}
    waiting = {str(row["workers"]): round(row["calls_per_s"], 2) for row in rows if row["wait"]}
    cpu = round(rows[0]["cpu_ms"], 1)
    print(f"\n{calls} calls      workers   calls/s   CPU ms a call")
    for row in rows:
        kind = f"{row['wait'] * 1000:.0f} ms a part" if row["wait"] else "instant"
        print(f"{kind:16}{row['workers']:6.0f}{row['calls_per_s']:10.1f}{row['cpu_ms']:12.1f}")
    print(
        f"\naims: CPU ≤ {AIM_CPU_MS} ms a call; 2 workers ≥ 0.9 x 2000 / CPU = {0.9 * 2000 / cpu:.1f} calls/s;", end=" "
    )
    print(f"waiting: 4 workers ≥ 3.5 x 1 = {3.5 * waiting['1']:.2f} calls/s")
    print(json.dumps({"calls_per_s": instant, "waiting_calls_per_s": waiting, "cpu_ms_per_call": cpu}))


if __name__ == "__main__":
    main()
