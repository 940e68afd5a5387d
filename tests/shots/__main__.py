"""bin/shots DIR: a picture of every page, in light and dark, wide and narrow, with what axe and the console find.

Starts and stops a stack of its own with seeded data. DIR gets the pictures and report.json:
{route as in the URLconf: [{"role", "theme", "width", "violations", "console_errors", "bytes", …}]}. The admin and
/v1/docs are listed there and not counted. Exit 1 if a page of ours has a finding.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from benchmarks import services
from pipeline.local import chromium


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(
        prog="bin/shots", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", metavar="DIR", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["CHROMIUM"] = chromium.find_or_install()
    if not os.environ["CHROMIUM"]:
        raise SystemExit(f"bin/shots: there is no Chromium. {chromium.ADVICE}")
    with services.started() as bench:
        print("making tables and data …", file=sys.stderr)
        bench.migrate()
        bench.django()
        from tests.shots import camera, seed

        seeded = seed.make()
        bench.start("web")
        report = camera.shoot(folder, bench.url, seeded)
    (folder / "report.json").write_text(json.dumps(report, indent=1))
    raise SystemExit(_told(report))


def _told(report: dict[str, list[dict[str, object]]]) -> int:
    """Print the findings on our pages; returns the exit code."""
    ours = [(route, one) for route, shots in report.items() for one in shots if one["counts"]]
    bad = [(route, one) for route, one in ours if one["violations"] or one["console_errors"]]
    for route, one in bad:
        place = f"{route or '(home)'} as {one['role']}, {one['theme']} {one['width']}"
        print(f"{place}: {one['violations']} {one['console_errors']}", file=sys.stderr)
    print(f"{len(ours)} pictures of {len({route for route, _ in ours})} routes, {len(bad)} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    main()
