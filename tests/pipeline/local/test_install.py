"""Setting up .venv: once for each state of requirements.txt, one at a time, anew after an interruption.

The installer itself is stood in for by a script that writes down how it was called; bin/test uses the real one.
"""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.local import install
from pipeline.local.home import ROOT

UV = """#!/bin/sh
case "$1" in --version) echo uv; exit ;; esac
echo "$*" | cut -d' ' -f1-2 >> {calls}
if [ "$1" = venv ]; then mkdir -p {venv}/bin; ln -sf {python} {venv}/bin/python; fi
if [ "$1" = pip ]; then sleep 0.3; test -e {slow} && exec sleep 60; test ! -e {broken}; fi
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a checkout of the installer alone, with an installer of its own on PATH."""
    (tmp_path / "pipeline/local").mkdir(parents=True)
    shutil.copy(ROOT / "pipeline/local/install.py", tmp_path / "pipeline/local/install.py")
    (tmp_path / "requirements.txt").write_text("one==1\n")
    uv = tmp_path / "path/uv"
    uv.parent.mkdir()
    names = {
        "calls": tmp_path / "calls",
        "venv": tmp_path / ".venv",
        "broken": tmp_path / "broken",
        "slow": tmp_path / "slow",
    }
    uv.write_text(UV.format(python=sys.executable, **names))
    uv.chmod(0o755)
    return tmp_path


def start(checkout: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-I", checkout / "pipeline/local/install.py", *arguments],
        env={"PATH": f"{checkout / 'path'}:/usr/bin:/bin", "HOME": str(checkout)},
        stderr=subprocess.PIPE,
        text=True,
    )


def run(checkout: Path, *arguments: str) -> int:
    running = start(checkout, *arguments)
    running.communicate()
    return running.returncode


def calls(checkout: Path) -> list[str]:
    return (checkout / "calls").read_text().split("\n")[:-1]


def test_a_second_start_installs_nothing(checkout: Path) -> None:
    assert run(checkout, "--check") == 1
    assert run(checkout) == 0
    assert run(checkout, "--check") == 0
    assert run(checkout) == 0

    assert calls(checkout) == ["venv --quiet", "pip sync"]


def test_changed_requirements_are_installed_into_the_same_environment(checkout: Path) -> None:
    run(checkout)
    (checkout / "requirements.txt").write_text("one==2\n")

    assert run(checkout, "--check") == 1
    assert run(checkout) == 0

    assert calls(checkout) == ["venv --quiet", "pip sync", "pip sync"]


def test_after_an_interruption_the_environment_is_made_anew(checkout: Path) -> None:
    (checkout / "broken").touch()
    assert run(checkout) == 1
    (checkout / "broken").unlink()

    assert run(checkout, "--check") == 1
    assert run(checkout) == 0

    assert calls(checkout) == ["venv --quiet", "pip sync", "venv --quiet", "pip sync"]


def test_an_environment_whose_python_is_gone_is_made_anew(checkout: Path) -> None:
    run(checkout)
    (checkout / ".venv/bin/python").unlink()
    (checkout / ".venv/bin/python").symlink_to("/nowhere/python3")

    assert run(checkout) == 0

    assert calls(checkout) == ["venv --quiet", "pip sync", "venv --quiet", "pip sync"]


def test_a_checkout_that_cannot_be_written_is_told(checkout: Path) -> None:
    (checkout / "var").write_text("a file where a folder must be made")
    running = start(checkout)
    told = running.communicate()[1]

    assert running.returncode == 1
    assert "must have space and belong to the account" in told
    assert "Traceback" not in told


def test_ctrl_c_leaves_an_environment_that_is_made_anew(checkout: Path) -> None:
    (checkout / "slow").touch()
    running = start(checkout)
    assert running.stderr
    while "installing" not in running.stderr.readline():
        pass
    running.send_signal(signal.SIGINT)
    told = running.communicate()[1]
    (checkout / "slow").unlink()

    assert running.returncode == 130
    assert "Traceback" not in told
    assert run(checkout) == 0
    assert calls(checkout)[-2:] == ["venv --quiet", "pip sync"]


def test_two_at_once_install_once(checkout: Path) -> None:
    both = [start(checkout), start(checkout)]
    errors = [one.communicate()[1] for one in both]

    assert [one.returncode for one in both] == [0, 0]
    assert calls(checkout) == ["venv --quiet", "pip sync"]
    assert sum("waiting" in text for text in errors) == 1


def test_the_lock_of_the_installer_holds_hashes_only() -> None:
    rows = (ROOT / "deploy/uv.txt").read_text().replace("\\\n", " ").splitlines()

    assert [row for row in rows if "--hash=sha256:" not in row] == []
    assert install.LOCK == ROOT / "requirements.txt"


@pytest.mark.parametrize("script", ["up", "down", "reset", "manage", "test", "bench"])
def test_help_needs_no_environment_and_names_the_script(script: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bin", tmp_path / "bin")

    shown = subprocess.run([tmp_path / "bin" / script, "--help"], capture_output=True, text=True, check=True, cwd="/")

    assert shown.stdout.startswith(f"bin/{script}")
    assert not (tmp_path / ".venv").exists()
