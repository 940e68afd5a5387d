"""Print how large the code is, in one table, and fail on what the house style forbids.

Run it with `.venv/bin/python deploy/sizes.py`. A function is counted from its `def` line to its last one, a
file by its physical lines; migrations and tests stand apart. Forbidden: a function over 50 lines, a file over
400, and names that say nothing (docs/explanation/layers.md).
"""

import ast
import dataclasses
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FUNCTION = 50
SHORT_FUNCTION = 30
LONGEST_FILE = 400
APART = ("tests", "benchmarks")
GROUPS = ("pipeline", "tenants", "calls", "scoring", "crm", "deploy", "tests", "benchmarks")
WORDS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "handler", "handlers"}
WORDS |= {"data", "info", "base"}
NAMED_BY_DJANGO = {"tenants/postgres/base.py"}
"""Django looks for a database backend under this name."""
VERBS = re.compile(r"(process|handle|manage|do)_\w+|base_\w+")
EMPTY_CLASS = re.compile(r"\w*(Manager|Handler|Helper|Utils|Info|Data)")


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
    """One file of Python."""

    path: Path
    lines: Sequence[str]
    tree: ast.Module

    @property
    def name(self) -> str:
        """Return the path from the top of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def group(self) -> str:
        """Return the top folder."""
        return self.path.relative_to(ROOT).parts[0]

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Yield every function and method."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def code_lines(self) -> int:
        """Return the number of lines that are neither empty nor a comment."""
        return sum(1 for line in self.lines if line.strip() and not line.strip().startswith("#"))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return a function's lines, from `def` to its end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def modules() -> list[Module]:
    """Return every Python file that git knows or would add, migrations apart."""
    command = ["git", "-C", str(ROOT), "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    names = subprocess.run([*command, "--exclude-standard"], check=True, capture_output=True, text=True).stdout
    paths = sorted({ROOT / name for name in names.split("\0") if name.endswith(".py") and "/migrations/" not in name})
    texts = ((path, path.read_text(encoding="utf-8")) for path in paths if path.exists())
    return [Module(path, text.splitlines(), ast.parse(text, filename=str(path))) for path, text in texts]


def too_large(found: Sequence[Module]) -> list[str]:
    """Return a sentence for each file and function over its limit, tests and benchmarks apart."""
    said = []
    for module in found:
        if module.group in APART:
            continue
        if len(module.lines) > LONGEST_FILE:
            said.append(f"{module.name}: {len(module.lines)} lines, {LONGEST_FILE} at most. Split it by what it does.")
        said += [
            f"{module.name}:{function.lineno}: {function.name} has {length(function)} lines,"
            f" {LONGEST_FUNCTION} at most. Give its parts names."
            for function in module.functions()
            if length(function) > LONGEST_FUNCTION
        ]
    return said


def badly_named(found: Sequence[Module]) -> list[str]:
    """Return a sentence for each module, folder, function and class whose name says nothing."""
    said = []
    for module in found:
        parts = [part.removesuffix(".py") for part in module.path.relative_to(ROOT).parts]
        said += [
            f"{module.name}: {part!r} does not say what is in it. Name it by its noun or verb."
            for part in parts
            if (part in WORDS or VERBS.fullmatch(part)) and module.name not in NAMED_BY_DJANGO
        ]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef) and VERBS.fullmatch(node.name) and not _is_given(node, module):
                said.append(f"{module.name}:{node.lineno}: {node.name} does not say what it does.")
            if isinstance(node, ast.ClassDef) and EMPTY_CLASS.fullmatch(node.name) and not _is_a(node):
                said.append(f"{module.name}:{node.lineno}: {node.name} does not say what it is.")
    return said


def _is_given(function: ast.FunctionDef, module: Module) -> bool:
    """Tell a method whose name a base class chose (`do_GET`, `process_view`) from one of ours."""
    classes = [node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef) and function in node.body]
    return any(node.bases for node in classes)


def _is_a(node: ast.ClassDef) -> bool:
    """Tell a class whose base carries the word already (Django's BaseUserManager) from one of ours."""
    word = EMPTY_CLASS.fullmatch(node.name)
    return word is not None and any(word[1] in ast.unparse(base) for base in node.bases)


def row(name: str, found: Sequence[Module]) -> str:
    """Return one line of the table."""
    functions = [function for module in found for function in module.functions()]
    lengths = sorted(length(function) for function in functions) or [0]
    files = sorted(len(module.lines) for module in found if module.lines) or [0]
    largest = max(found, key=lambda module: len(module.lines))
    return (
        f"{name:<12}{sum(module.code_lines() for module in found):>8,}"
        f"{len(functions):>8,}{statistics.median(lengths):>6.0f} /{_nth(lengths, 0.9):>3}"
        f"{_share(lengths, SHORT_FUNCTION):>7.0f} %{sum(n > LONGEST_FUNCTION for n in lengths):>6}"
        f"{statistics.median(files):>7.0f} /{_nth(files, 0.9):>4}"
        f"{_typed(functions):>8.0f} %{_explained(functions):>6.0f} %   {len(largest.lines)} {largest.name}"
    )


def _nth(ordered: Sequence[int], share: float) -> int:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _share(lengths: Sequence[int], limit: int) -> float:
    return 100 * sum(n <= limit for n in lengths) / len(lengths)


def _typed(functions: Sequence[ast.FunctionDef | ast.AsyncFunctionDef]) -> float:
    return 100 * sum(function.returns is not None for function in functions) / max(1, len(functions))


def _explained(functions: Sequence[ast.FunctionDef | ast.AsyncFunctionDef]) -> float:
    return 100 * sum(ast.get_docstring(function) is not None for function in functions) / max(1, len(functions))


def table(found: Sequence[Module]) -> str:
    """Return the table: a line a top folder, one for the product, and how much test stands against it."""
    head = ("", "code", "fns", "med / p90", "≤ 30", "> 50", "file / p90", "typed", "docs")
    widths = (-12, 8, 8, 11, 9, 6, 13, 10, 8)
    groups = {name: [module for module in found if module.group == name] for name in GROUPS}
    product = [module for module in found if module.group not in (*APART, "deploy")]
    tests = sum(module.code_lines() for module in groups["tests"])
    return "\n".join(
        [
            "".join(f"{word:{'<' if width < 0 else '>'}{abs(width)}}" for word, width in zip(head, widths, strict=True))
            + "   largest",
            *(row(name, members) for name, members in groups.items() if members),
            row("the product", product),
            f"tests to code: {tests / max(1, sum(module.code_lines() for module in product)):.2f}",
        ]
    )


def main() -> int:
    """Print the table and what is wrong; returns 1 if something is."""
    found = modules()
    print(table(found))
    said = too_large(found) + badly_named(found)
    if said:
        print("\n".join(said), file=sys.stderr)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
