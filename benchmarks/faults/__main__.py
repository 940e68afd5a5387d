"""bin/faults SCENARIO [--seed N] [--runs N]: a real installation under a seeded nemesis, judged by its CRMs.

Calls of tenants with accounts of their own in each sandbox are posted while the nemesis strikes; then everything
may drain. `kill`: each of web, relay, workers, Valkey and Postgres is ended by SIGKILL at least once. `network`: the
ways to the CRMs and the recordings are cut, slowed, reset and truncated. `crm`: 550 calls of 500 persons in 20
tenants; the CRMs answer with storms of 429, pages of HTML, lost and dripping answers, sessions that end, on top of
cut ways and killed workers. The last line is JSON; exit 1 if anything was lost, unexpected, doubled, out of order,
in another tenant's account or stuck.
"""

import argparse
import collections
import dataclasses
import json
from typing import Any

from benchmarks.faults import run
from benchmarks.faults.checker import Verdict
from benchmarks.faults.scenarios import SCENARIOS


def main() -> None:
    """Run the scenario once a seed."""
    parser = argparse.ArgumentParser(
        prog="bin/faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenario", choices=sorted(SCENARIOS))
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next one's is one more")
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    scenario = SCENARIOS[options.scenario]
    total, broken = Verdict(), 0
    leads: collections.Counter[str] = collections.Counter()
    logged: collections.Counter[str] = collections.Counter()
    for seed in range(options.seed, options.seed + options.runs):
        verdict, books, violations = run.once(scenario, seed=seed)
        run.say(f"seed {seed}: {dataclasses.asdict(verdict)}")
        total, broken = total + verdict, broken + violations
        leads.update({slug: len(book.persons) for slug, book in books.items()})
        logged.update({slug: len(book.entries) for slug, book in books.items()})
    told: dict[str, Any] = dataclasses.asdict(total)
    if options.scenario == "crm":
        calls = scenario.calls * options.runs
        told |= {"calls": calls, "leads": leads, "logged_calls": logged, "contract_violations": broken}
    print(json.dumps({options.scenario: told}))
    raise SystemExit(0 if total.is_clean and not broken else 1)


if __name__ == "__main__":
    main()
