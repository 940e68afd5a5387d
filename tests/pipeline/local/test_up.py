"""bin/up refuses what makes no sense before it touches anything."""

import subprocess
import sys

from tests.repo.sources import ROOT


def test_once_and_detach_exclude_each_other() -> None:
    command = [sys.executable, "-m", "pipeline.local.up", "--once", "--detach"]

    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert refused.returncode == 2
    assert "--once stops after one call, --detach goes on running: give one of them" in refused.stderr
