"""The scenarios: who is struck in which ways while calls come in."""

import dataclasses
import sys
import threading
import time
from collections.abc import Callable, Sequence

import psycopg

from benchmarks.faults import checker, nemesis, stack
from benchmarks.faults.checker import Verdict
from benchmarks.faults.nemesis import Strike
from benchmarks.faults.proxy import Mode, Proxy
from benchmarks.faults.sender import Door, Sender, deliveries
from benchmarks.faults.stack import Stack

TENANTS = 5
SPAN = 75.0
"""Seconds in which calls come in and the nemesis strikes."""
DRAIN_SECONDS = 300
QUIET_LOOKS = 3
"""So many looks in a row must find nothing open."""
KILL = "kill"


@dataclasses.dataclass(frozen=True, slots=True)
class Scenario:
    """What is struck, and how."""

    targets: Sequence[str]
    ways: Sequence[str]
    proxies: bool


SCENARIOS = {
    "kill": Scenario(stack.TARGETS, (KILL,), proxies=False),
    "network": Scenario(
        ("hubspot", "salesforce", "pipedrive", "recordings"),
        tuple(mode for mode in Mode if mode is not Mode.CLEAN) * 2,
        proxies=True,
    ),
}


def run(scenario: Scenario, *, seed: int, count: int) -> Verdict:
    """Run a scenario once and judge it."""
    strikes = nemesis.plan(seed, scenario.targets, scenario.ways, span=SPAN)
    with stack.started(tenants=TENANTS, seed=seed, proxies=scenario.proxies) as (struck, doors, proxies):
        sent = deliveries([door.tenant for door in doors], count, span=SPAN)
        sender = _sender(struck, doors, proxies, seed)
        _say(f"seed {seed}: {count} deliveries of {TENANTS} tenants, {len(strikes)} strikes in {SPAN:.0f} s")
        sender.start(sent)
        _strike(strikes, struck, proxies)
        sender.wait()
        stuck = _drain(struck)
        books = {slug: checker.read(slug, struck.real[slug]) for slug in checker.ORDER}
        for slug in checker.ORDER:
            for violation in checker.violations(struck.real[slug]):
                _say(f"{slug}: contract broken: {violation}")
        owners = stack.owners(struck.real, [door.tenant for door in doors])
        _say(f"{struck.restarts} restarts; {len(sender.acked)} of {count} taken; the judge reads the CRMs")
        return checker.judge(sent, sender.acked, books, owners, stuck=stuck)


def _sender(struck: Stack, doors: Sequence[Door], proxies: dict[str, Proxy], seed: int) -> Sender:
    host = proxies["recordings"].url if proxies else struck.real["recordings"]
    return Sender(struck.bench.port, doors, f"{host}/recordings/{stack.RECORDING}", seed=seed)


def _strike(strikes: Sequence[Strike], struck: Stack, proxies: dict[str, Proxy]) -> None:
    began = time.monotonic()
    for strike in strikes:
        time.sleep(max(began + strike.at - time.monotonic(), 0))
        _say(f"{strike.at:5.1f} s  {strike.way} {strike.target} for {strike.seconds:.1f} s")
        if strike.way == KILL:
            struck.kill(strike.target, down=strike.seconds)
        else:
            _spoil(proxies[strike.target], Mode(strike.way), strike.seconds)


def _spoil(proxy: Proxy, mode: Mode, seconds: float) -> None:
    def clear() -> None:
        proxy.mode = Mode.CLEAN

    proxy.mode = mode
    threading.Timer(seconds, clear).start()


def _drain(struck: Stack) -> int:
    """Wait for the end of every step; returns how many did not end or stopped for good."""
    until, quiet, told = time.monotonic() + DRAIN_SECONDS, 0, 0.0
    found = (0, 0)
    while quiet < QUIET_LOOKS and time.monotonic() < until:
        time.sleep(1)
        found = _look(struck.open_steps, found)
        quiet = 0 if found[0] else quiet + 1
        if time.monotonic() - told > 15:
            told = time.monotonic()
            _say(f"draining: {found[0]} steps to go, {found[1]} stopped")
    return sum(found)


def _look(ask: Callable[[], tuple[int, int]], last: tuple[int, int]) -> tuple[int, int]:
    try:
        return ask()
    except psycopg.Error:
        return (max(last[0], 1), last[1])  # the server is on its way back


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
