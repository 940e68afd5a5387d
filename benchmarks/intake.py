"""bin/bench intake [--tenants N] [--rounds N] [--seconds N]: accepted webhooks a second, against pgbench.

wrk sends requests that were signed beforehand over 16 connections, each its own call; pgbench writes the same two
rows by the same statement on the same server in alternating rounds. What was answered 200 is counted in the tables
afterwards.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from benchmarks import services
from calls.webhook import signature

CONNECTIONS = 16
THREADS = 1
MAX_PER_SECOND = 8_000
"""More requests a second than this are not prepared; a run that needs more ends early and says so."""
BODY_BYTES = 2150


def main() -> None:
    """Run the benchmark."""
    options = _options()
    wrk = require_wrk()
    with services.started() as bench:
        print("making tables and tenants …", file=sys.stderr)
        bench.migrate()
        bench.django()
        doors = make_tenants(options.tenants)
        bench.start("web")
        run = Intake(bench, doors, wrk, options.seconds)
        run.warm_up()
        rounds = [run.round(number) for number in range(1, options.rounds + 1)]
        report(rounds, tenants=options.tenants, answered=run.accepted, stored=run.stored())


def require_wrk() -> str:
    """Return wrk's path; root on Debian gets the package after being told, else the command is printed: exit 2."""
    if found := shutil.which("wrk"):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("wrk is missing: installing Debian's package wrk (apt-get install wrk) …", file=sys.stderr)
        command = ["apt-get", "install", "-y", "--no-install-recommends", "wrk"]
        told = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(command, stdout=sys.stderr, env=told, check=False).returncode:
            subprocess.run(["apt-get", "update"], stdout=sys.stderr, check=False)
            subprocess.run(command, stdout=sys.stderr, env=told, check=False)
        if found := shutil.which("wrk"):
            return found
    print(
        "This benchmark sends its load by wrk. Install it and run this again: sudo apt-get install wrk", file=sys.stderr
    )
    raise SystemExit(2)


def make_tenants(count: int) -> list[tuple[str, str]]:
    """Make tenants; returns (tenant id, webhook secret) of each."""
    from tenants import provisioning  # noqa: PLC0415  (Django is set up by now)

    made = [provisioning.create(f"bench_{number:04}", name=f"Bench {number}") for number in range(count)]
    return [(one.tenant.slug, one.webhook_secret) for one in made]


class Intake:
    """Rounds of wrk and pgbench on one bench."""

    def __init__(self, bench: services.Bench, doors: list[tuple[str, str]], wrk: str, seconds: float) -> None:
        self.bench = bench
        self.doors = doors
        self.wrk = wrk
        self.seconds = seconds
        self.accepted = 0
        self.sent = 0

    def warm_up(self) -> None:
        """Let every process prepare each tenant's statement, and pgbench's tables grow a little."""
        self._wrk(2.0)
        self._pgbench(1.0)

    def round(self, number: int) -> dict[str, float]:
        """Run wrk, then pgbench; returns the figures."""
        web = self.bench.children["web"].pid
        before = services.cpu_seconds([web])
        found = self._wrk(self.seconds)
        found["web_us"] = (services.cpu_seconds([web]) - before) / found["accepted"] * 1e6
        tps = self._pgbench(self.seconds)
        print(f"round {number}: {found['requests_per_s']:.0f} requests/s, pgbench {tps:.0f}/s", file=sys.stderr)
        return found | {"pgbench_tps": tps, "ratio": found["requests_per_s"] / tps}

    def stored(self) -> int:
        """Return how many deliveries the tenants' tables hold, pgbench's not counted; each must have its step."""
        from django.db import connection  # noqa: PLC0415  (Django is set up by now)

        total = 0
        with connection.cursor() as cursor:
            for slug, _ in self.doors:
                cursor.execute(
                    "SELECT count(*) FILTER (WHERE call_ref NOT LIKE 'PGB%%'),"
                    " count(*) - (SELECT count(*) FROM public.steps_step s JOIN public.tenants_tenant t"
                    " ON t.id = s.tenant_id WHERE t.slug = %s AND s.stage = 'call')"
                    f" FROM t_{slug}.calls_webhookdelivery",
                    [slug],
                )
                deliveries, without_step = cursor.fetchone()
                if without_step:
                    raise SystemExit(f"{slug}: {without_step} deliveries and steps don't belong together")
                total += deliveries
        return total

    def _settle(self) -> None:
        """Write out what the round before left behind, so that neither side pays for the other's checkpoint."""
        with psycopg.connect(self.bench.postgres.url(), autocommit=True) as admin:
            admin.execute("CHECKPOINT")

    def _wrk(self, seconds: float) -> dict[str, float]:
        folder = self.bench.home.run
        requests, script = folder / "requests.bin", folder / "load.lua"
        count = int(MAX_PER_SECOND * seconds)
        write_requests(requests, self.doors, count, first=self.sent, host=f"127.0.0.1:{self.bench.port}")
        script.write_text(LUA.replace("REQUESTS", str(requests)))
        self._settle()
        command = [self.wrk, "-t", str(THREADS), "-c", str(CONNECTIONS), "-d", f"{seconds:g}s", "--timeout", "5s"]
        ran = subprocess.run([*command, "-s", str(script), self.bench.url], capture_output=True, text=True, check=False)
        line = re.search(r"^RESULT (.*)$", ran.stdout, re.MULTILINE)
        if ran.returncode or not line:
            raise SystemExit(f"wrk failed:\n{ran.stdout}\n{ran.stderr}")
        found: dict[str, float] = json.loads(line[1])
        if found["used"] > count:
            raise SystemExit(f"wrk needed more than {count} requests: raise MAX_PER_SECOND in benchmarks/intake.py")
        self.sent += count
        self.accepted += int(found["accepted"])
        return found | {"requests_per_s": found["accepted"] / found["seconds"]}

    def _pgbench(self, seconds: float) -> float:
        from calls.webhook import store  # noqa: PLC0415  (Django is set up by now)
        from tenants.models import Tenant  # noqa: PLC0415

        tenant = Tenant.objects.get(slug=self.doors[0][0])
        script = self.bench.home.run / "pgbench.sql"
        script.write_text(pgbench_script(store.statement_sql(tenant.schema_name, tenant.pk).decode()))
        program = str(self.bench.postgres.binaries() / "pgbench")
        command = [
            program,
            "-n",
            "-M",
            "prepared",
            "-c",
            str(CONNECTIONS),
            "-j",
            "2",
            "-T",
            str(max(1, round(seconds))),
        ]
        self._settle()
        ran = subprocess.run([*command, "-f", script, self.bench.urls.app], capture_output=True, text=True, check=False)
        tps = re.search(r"^tps = ([0-9.]+)", ran.stdout, re.MULTILINE)
        if ran.returncode or not tps:
            raise SystemExit(f"pgbench failed:\n{ran.stdout}\n{ran.stderr}")
        return float(tps[1])


def pgbench_script(statement: str) -> str:
    """Return the intake's statement with values of the same size that pgbench makes by itself."""
    headers = json.dumps({"x-callrail-signature": "sha256=" + "0" * 64, "x-timestamp": "1" * 10, "user-agent": ""})
    values = {
        "$10": "'00000000-0000-4000-8000-000000000000'",
        "$11": "'ref:' || substr(md5(:a::text), 1, 16)",
        "$1": "'00000000-0000-4000-8000-000000000001'::uuid",
        "$2": "'guide'",
        "$3": "'call_completed'",
        "$4": "'PGB' || :a::text || '-' || :b::text",
        "$5": f"convert_to(rpad(:a::text || '-' || :b::text, {BODY_BYTES}, 'x'), 'UTF8')",
        "$6": "sha256(convert_to(:a::text || '-' || :b::text, 'UTF8'))",
        "$7": "'application/json'",
        "$8": f"'{headers}'::jsonb",
        "$9": "'127.0.0.1'::inet",
    }
    for name, value in values.items():
        statement = statement.replace(name, value)
    one_line = " ".join(statement.split())
    return f"\\set a random(1, 2000000000)\n\\set b random(1, 2000000000)\n{one_line};\n"


def write_requests(path: Path, doors: list[tuple[str, str]], count: int, *, first: int, host: str) -> None:
    """Write so many signed requests to a file, each after its length in 8 digits."""
    stamp = str(int(time.time()))
    keys = [(slug, secret.encode()) for slug, secret in doors]
    filler = "x" * (BODY_BYTES - 230)
    head = (
        f"POST /v1/callrail/webhook HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"x-timestamp: {stamp}\r\nx-callrail-signature: "
    )
    with path.open("wb") as file:
        for number in range(first, first + count):
            slug, key = keys[number % len(keys)]
            body = (
                f'{{"call_id": "CAL{number:032}", "tenant_id": "{slug}", "caller_id": "+1555{number % 10_000_000:07}",'
                f' "duration": "180", "start_time": "2026-01-01T10:00:00Z", "source": "google", "note": "{filler}"}}'
            ).encode()
            request = f"{head}{signature.sign(body, stamp, key)}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
            file.write(b"%08d" % len(request) + request)
        file.flush()
        os.fsync(file.fileno())  # or the system would write it out beside the commits that are measured


LUA = """
used, accepted, refused = 0, 0, 0
local file
function init(args) file = io.open("REQUESTS", "rb") end
function request()
  local size = file:read(8)
  used = used + 1
  if not size then return wrk.format("GET", "/none") end
  return file:read(tonumber(size))
end
function response(status, headers, body)
  if status == 200 and body:find('"accepted"', 1, true) then accepted = accepted + 1 else refused = refused + 1 end
end
local threads = {}
function setup(thread) table.insert(threads, thread) end
function done(summary, latency, requests)
  local e = summary.errors
  local t = threads[1]
  io.write(string.format(
    'RESULT {"accepted": %d, "errors": %d, "used": %d, "seconds": %.3f, "p50_ms": %.2f, "p99_ms": %.2f}\\n',
    t:get("accepted"), t:get("refused") + e.connect + e.read + e.write + e.timeout, t:get("used"),
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


def report(rounds: list[dict[str, float]], *, tenants: int, answered: int, stored: int) -> None:
    """Print the table and the line. Exits if the tables hold less than was answered."""
    medians = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    print(
        f"{'round':>8} {'requests/s':>11} {'pgbench/s':>10} {'ratio':>6} {'p50 ms':>7} {'p99 ms':>7} {'errors':>7}"
        f" {'web CPU us':>11}"
    )
    for name, one in [*((str(number), one) for number, one in enumerate(rounds, 1)), ("median", medians)]:
        print(
            f"{name:>8} {one['requests_per_s']:>11.0f} {one['pgbench_tps']:>10.0f} {one['ratio']:>6.2f}"
            f" {one['p50_ms']:>7.1f} {one['p99_ms']:>7.1f} {one['errors']:>7.0f} {one['web_us']:>11.0f}"
        )
    # wrk leaves without reading the last answer of each connection: those deliveries are stored all the same.
    runs = len(rounds) + 1
    print(f"{tenants} tenants; answered 'accepted': {answered}; in the tables: {stored}")
    if not answered <= stored <= answered + CONNECTIONS * runs:
        raise SystemExit("The tables do not hold what was answered.")
    line = {
        "requests_per_s": round(medians["requests_per_s"]),
        "pgbench_tps": round(medians["pgbench_tps"]),
        "ratio": round(medians["ratio"], 3),
        "p50_ms": medians["p50_ms"],
        "p99_ms": medians["p99_ms"],
        "errors": int(sum(one["errors"] for one in rounds)),
        "tenants": tenants,
    }
    print(json.dumps(line))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench intake", description=__doc__)
    parser.add_argument("--tenants", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    return parser.parse_args()


if __name__ == "__main__":
    main()
