"""bin/faults SCENARIO [--seed N] [--runs N]: a real installation under a seeded nemesis, judged by its CRMs.

Calls of five tenants, each with an account of its own in each sandbox, are posted while the nemesis strikes; then
everything may drain. `kill`: each of web, relay, workers, Valkey and Postgres is ended by SIGKILL at least once.
`network`: the ways to the CRMs and the recordings are cut, slowed, reset and truncated. The last line is JSON; exit
1 if anything was lost, unexpected, doubled, out of order, in another tenant's account or stuck.
"""

import argparse
import dataclasses
import json
import sys

from benchmarks.faults import scenarios
from benchmarks.faults.checker import Verdict


def main() -> None:
    """Run the scenario once a seed."""
    parser = argparse.ArgumentParser(
        prog="bin/faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenario", choices=sorted(scenarios.SCENARIOS))
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next one's is one more")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--deliveries", type=int, default=220)
    options = parser.parse_args()
    total = Verdict()
    for seed in range(options.seed, options.seed + options.runs):
        run = scenarios.run(scenarios.SCENARIOS[options.scenario], seed=seed, count=options.deliveries)
        print(f"seed {seed}: {dataclasses.asdict(run)}", file=sys.stderr)
        total += run
    print(json.dumps({options.scenario: dataclasses.asdict(total)}))
    raise SystemExit(0 if total.is_clean else 1)


if __name__ == "__main__":
    main()
