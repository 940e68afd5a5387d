"""One run of a scenario: start, send, strike, drain, judge."""

import sys
import threading
import time
from collections.abc import Mapping, Sequence

import psycopg

from benchmarks.faults import checker, nemesis, stack
from benchmarks.faults.checker import Book, Verdict
from benchmarks.faults.nemesis import Strike
from benchmarks.faults.proxy import Mode, Proxy
from benchmarks.faults.scenarios import CRMS, FAULTS, KILL, Scenario
from benchmarks.faults.sender import Sender, deliveries
from benchmarks.faults.stack import Stack

QUIET_LOOKS = 3
"""So many looks in a row must find nothing open."""
TELL_SECONDS = 15


def once(scenario: Scenario, *, seed: int) -> tuple[Verdict, dict[str, Book], int]:
    """Run a scenario once; returns the verdict, what the CRMs hold, and how many requests broke a contract."""
    strikes = nemesis.plan(seed, scenario.blows, span=scenario.span)
    with stack.started(tenants=scenario.tenants, seed=seed, proxies=scenario.proxies, more=scenario.more_workers) as (
        struck,
        doors,
        proxies,
    ):
        tenants = [door.tenant for door in doors]
        sent = deliveries(tenants, scenario.calls, scenario.persons, span=scenario.span, seed=seed)
        host = proxies["recordings"].url if proxies else struck.real["recordings"]
        sender = Sender(struck.bench.port, doors, f"{host}/recordings/{stack.RECORDING}", seed=seed)
        for slug, knobs in scenario.knobs.items():
            struck.knobs(slug, **knobs)
        say(f"seed {seed}: {len(sent)} calls of {len(tenants)} tenants, {len(strikes)} strikes")
        sender.start(sent)
        _strike(strikes, struck, proxies)
        sender.wait()
        stuck = _drain(struck, seconds=scenario.drain)
        books = {slug: checker.read(slug, struck.real[slug]) for slug in CRMS}
        broken = [f"{slug}: {one}" for slug in CRMS for one in checker.violations(struck.real[slug])]
        for line in broken:
            say(f"contract broken by {line}")
        say(f"{struck.restarts} restarts; {len(sender.acked)} of {len(sent)} taken")
        owners = stack.owners(struck.real, tenants)
        return checker.judge(sent, sender.acked, books, owners, stuck=stuck), books, len(broken)


def _strike(strikes: Sequence[Strike], struck: Stack, proxies: Mapping[str, Proxy]) -> None:
    began = time.monotonic()
    for strike in strikes:
        time.sleep(max(began + strike.at - time.monotonic(), 0))
        say(f"{strike.at:5.1f} s  {strike.target}: {strike.way}")
        if strike.way == KILL:
            struck.kill(strike.target, down=strike.seconds)
        elif strike.way in FAULTS.get(strike.target, {}):
            struck.fault(strike.target, FAULTS[strike.target][strike.way])
        else:
            _spoil(proxies[strike.target], Mode(strike.way), strike.seconds)


def _spoil(proxy: Proxy, mode: Mode, seconds: float) -> None:
    def clear() -> None:
        proxy.mode = Mode.CLEAN

    proxy.mode = mode
    threading.Timer(seconds, clear).start()


def _drain(struck: Stack, *, seconds: float) -> int:
    """Wait for the end of every step; returns how many did not end or stopped for good."""
    until, quiet, told = time.monotonic() + seconds, 0, 0.0
    found = (0, 0)
    while quiet < QUIET_LOOKS and time.monotonic() < until:
        time.sleep(1)
        try:
            found = struck.open_steps()
        except psycopg.Error:
            found = (max(found[0], 1), found[1])  # the server is on its way back
        quiet = 0 if found[0] else quiet + 1
        if time.monotonic() - told > TELL_SECONDS:
            told = time.monotonic()
            say(f"draining: {found[0]} steps to go, {found[1]} stopped")
    return sum(found)


def say(text: str) -> None:
    """Tell how the run goes."""
    print(text, file=sys.stderr, flush=True)
