"""Every provider of a registry has a contract test, and what stands in for its vendor."""

import ast
import fnmatch
import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repo.sources import ROOT, files

REGISTRIES = [path for path in files() if path.name == "registry.py" and not path.is_relative_to(ROOT / "tests")]


def registered() -> Iterator[tuple[Path, str, str]]:
    """Yield the folder of a family's providers, a slug, and the dotted path of its class."""
    for registry in REGISTRIES:
        module = importlib.import_module(".".join(registry.relative_to(ROOT).with_suffix("").parts))
        for slug, path in module.PROVIDERS.items():
            yield registry.parent / "providers", slug, path


PROVIDERS = list(registered())
each_provider = pytest.mark.parametrize(("folder", "slug", "path"), PROVIDERS, ids=[slug for _, slug, _ in PROVIDERS])


def parts(folder: Path, slug: str) -> list[Path]:
    """Return the files of one provider: its own, those that carry its name in front, or a folder of its own."""
    return [path for path in files() if path.is_relative_to(folder / slug) or _carries(path, folder, slug)]


def _carries(path: Path, folder: Path, slug: str) -> bool:
    return path.parent == folder and path.suffix == ".py" and (path.stem == slug or path.stem.startswith(f"{slug}_"))


def imports(file: Path) -> set[str]:
    """Return the modules that a file imports, names taken from a package included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.ImportFrom(module=str(module), names=names):
                found |= {module, *(f"{module}.{one.name}" for one in names)}
            case ast.Import(names=names):
                found |= {one.name for one in names}
    return found


def test_the_three_families_have_a_registry() -> None:
    assert [path.relative_to(ROOT).as_posix() for path in REGISTRIES] == [
        "calls/transcript/registry.py",
        "crm/sync/registry.py",
        "scoring/extraction/registry.py",
    ]


@each_provider
def test_provider_lies_beside_its_registry_under_its_slug(folder: Path, slug: str, path: str) -> None:
    module, _, name = path.rpartition(".")
    provider = getattr(importlib.import_module(module), name)

    assert (ROOT / Path(*module.split("."))).with_suffix(".py") in parts(folder, slug)
    assert provider.slug == slug
    assert provider.label


@each_provider
def test_provider_keeps_the_contract_of_its_family(folder: Path, slug: str, path: str) -> None:
    test = ROOT / f"tests/contracts/test_{slug}.py"
    assert test.is_file()

    suites = {
        base.id
        for node in ast.walk(ast.parse(test.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name)
    }

    assert any(name.endswith("Contract") for name in suites)


@each_provider
def test_provider_that_speaks_to_a_vendor_has_a_sandbox(folder: Path, slug: str, path: str) -> None:
    speaks = any(
        name.startswith("pipeline.net")
        for file in parts(folder, slug)
        if file.suffix == ".py"
        for name in imports(file)
    )
    sandboxes = [ROOT / f"pipeline/sandbox/{slug}.py", ROOT / f"pipeline/sandbox/{slug}/__init__.py"]

    assert not speaks or any(one.is_file() for one in sandboxes)


def test_every_file_beside_the_providers_belongs_to_one_of_a_registry() -> None:
    owned = {file for folder, slug, _ in PROVIDERS for file in parts(folder, slug)}
    found = {
        path
        for registry in REGISTRIES
        for path in files()
        if path.suffix == ".py" and path.is_relative_to(registry.parent / "providers") and path.name != "__init__.py"
    }

    assert sorted(str(path) for path in found - owned) == []


def test_every_folder_of_providers_stands_under_the_contract_of_plain_python() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [plain] = [one for one in contracts if one["name"] == "Providers and net are plain Python"]
    folders = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in files()
        if path.name == "__init__.py" and path.parent.name == "providers"
    }

    assert len(folders) >= len(REGISTRIES)
    assert [one for one in folders if not _is_named(one, plain["source_modules"])] == []


def _is_named(module: str, expressions: list[str]) -> bool:
    """Tell whether an expression of import-linter names a module: `*` is one part of its path."""
    return any(
        one.count(".") == module.count(".") and all(map(fnmatch.fnmatch, module.split("."), one.split(".")))
        for one in expressions
    )
