"""What bin/bench says before it measures anything."""

import os
import subprocess
import sys
from pathlib import Path

from tests.repo.sources import ROOT

BENCHMARKS = {path.stem for path in (ROOT / "benchmarks").glob("*.py") if path.read_text().startswith('"""bin/bench ')}


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "bin" / "bench", *words], capture_output=True, text=True, check=False)


def test_without_a_name_it_lists_the_benchmarks() -> None:
    ran = bench()

    _, _, listed = ran.stdout.partition("Benchmarks:\n")
    assert ran.returncode == 0
    assert {"intake", "pipeline"} <= {line.split()[0].rstrip(":") for line in listed.splitlines()} == BENCHMARKS


def test_an_unknown_name_is_told_those_that_there_are() -> None:
    ran = bench("services")  # a file beside the benchmarks, and none itself

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("bin/bench: there is no benchmark services. There are: ")
    assert set(ran.stderr.rpartition(": ")[2].split()) == BENCHMARKS


def test_the_intake_names_the_command_that_brings_wrk(tmp_path: Path) -> None:
    told = {**os.environ, "PATH": str(tmp_path)}  # neither wrk nor apt-get

    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.intake"], cwd=ROOT, env=told, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.endswith("sudo apt-get install wrk\n")
