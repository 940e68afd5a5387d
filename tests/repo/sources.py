"""Reads the repository as text: its files, the names its code uses, the tables of its reference pages."""

import ast
import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from deploy import sizes

ROOT = sizes.ROOT
PRODUCT = ("pipeline", "tenants", "calls", "scoring", "crm")
KINDS = {"StepError", "Transient", "RateLimited", "Parked", "Permanent", "OutcomeUnknown"}
CODE = re.compile(r"[a-z]+\.[a-z_]+")
VARIABLES = "crm/mapping/variables.py"
"""Its names (`call.duration`) look like codes."""
READERS = {"text", "number", "whole", "flag", "words", "choice", "website", "postgres", "redis", "mail"}


@functools.cache
def files() -> tuple[Path, ...]:
    """Return every file that git knows or would add."""
    command = ["git", "-C", str(ROOT), "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    names = subprocess.run([*command, "--exclude-standard"], check=True, capture_output=True, text=True).stdout
    paths = {ROOT / name for name in names.split("\0") if name}
    return tuple(sorted(path for path in paths if path.is_file()))


def texts() -> Iterator[tuple[str, str]]:
    """Yield name and text of every file that is text."""
    for path in files():
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@functools.cache
def product() -> tuple[sizes.Module, ...]:
    """Return the modules that a running installation is made of."""
    return tuple(module for module in sizes.modules() if module.group in (*PRODUCT, "manage.py"))


def first_column(page: str) -> list[str]:
    """Return what stands in code style in the first cell of every table row of a page, in its order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^\| `([^`]+)`", text, flags=re.MULTILINE)


def environment() -> set[str]:
    """Return the names of all environment variables that the product reads."""
    return {name for module in product() for name in _read_names(module.tree)}


def _read_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env"), attr=reader), args=[ast.Constant(value=str(name)), *_]
            ) if reader in READERS:
                yield name
            case ast.Call(
                func=ast.Attribute(value=ast.Attribute(attr="environ"), attr="get"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name
            case ast.Call(func=ast.Attribute(attr="getenv"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            case ast.Subscript(
                value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name)), ctx=ast.Load()
            ):
                yield name


def raised_codes() -> dict[str, str]:
    """Return the codes that stand where a code is meant, with the place: error kinds, `code=`, `skipped=`."""
    return {
        code: f"{module.name}:{node.lineno}"
        for module in product()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        for code in _codes_of_call(node)
    }


def _codes_of_call(node: ast.Call) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    places: list[ast.expr] = [keyword.value for keyword in node.keywords if keyword.arg in {"code", "skipped"}]
    if name in KINDS:
        places += node.args[:1]
    for place in places:
        if isinstance(place, ast.JoinedStr):  # "sync.rule.{kind}": as many codes as there are kinds
            yield f"{getattr(place.values[0], 'value', '')}*"
        for part in ast.walk(place):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and _is_code(part.value):
                yield part.value


def _is_code(text: str) -> bool:
    return bool(CODE.fullmatch(text)) or text == "internal"


def coded_texts(families: set[str]) -> dict[str, str]:
    """Return every text of the code that looks like a code of these families, with its place; events apart."""
    return {
        text: f"{module.name}:{line}"
        for module in product()
        if module.name != VARIABLES
        for text, line in _texts(module.tree)
        if CODE.fullmatch(text) and text.split(".")[0] in families
    }


def _texts(tree: ast.Module) -> Iterator[tuple[str, int]]:
    events = {
        id(text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"logger", "trail"}
        for one in node.args[:2]  # `logger.log` takes the level first
        for text in ast.walk(one)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in events:
            yield node.value, node.lineno


def python(module: str) -> ast.Module:
    """Return the syntax tree of a file of the repository."""
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), filename=module)
