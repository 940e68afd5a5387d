"""Every module lies where the import contracts know it: a stray file fails here."""

import tomllib

import pytest

from tests.repo.sources import PRODUCT, ROOT, files

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def test_children_of_pipeline_are_those_of_the_path_contract() -> None:
    path = next(one for one in CONTRACTS["contracts"] if one["name"] == "The path flows one way")
    named = [name.strip() for layer in path["layers"] for name in layer.split(":")]

    children = {
        one.relative_to(ROOT / "pipeline").parts[0].removesuffix(".py")
        for one in files()
        if one.is_relative_to(ROOT / "pipeline") and one.suffix == ".py"
    }

    assert children - {"__init__"} == {name.split(".")[1] for name in named if name.startswith("pipeline.")}


def test_packages_on_top_are_those_that_the_contracts_cover() -> None:
    packages = {path.parent.name for path in files() if path.name == "__init__.py" and path.parent.parent == ROOT}

    assert packages - {"tests", "deploy", "benchmarks"} == set(CONTRACTS["root_packages"]) == set(PRODUCT)


@pytest.mark.parametrize("top", [*PRODUCT, "tests"])
def test_every_folder_of_python_is_a_package(top: str) -> None:
    folders = {path.parent for path in files() if path.suffix == ".py" and path.is_relative_to(ROOT / top)}

    assert sorted(str(folder) for folder in folders if not (folder / "__init__.py").is_file()) == []
