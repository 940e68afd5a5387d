"""The templates of field mappings: literal text and `{{path}}`, nothing else; values are never read as templates."""

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping

LONGEST_TEMPLATE = 2_000
LONGEST_VALUE = 30_000
_FORMULA = re.compile(r"[=+@\uff1d\uff0b\uff20\uff0d-]")
_NUMBER = re.compile(r"[+-]?[0-9\s().-]+")
"""Telephone numbers and amounts begin with a sign too."""
_PART = re.compile(r"\{\{\s*([a-z][a-z0-9_.]{0,63})\s*\}\}")


class BadTemplate(Exception):
    """A template can't be taken; the text says where and what to write instead."""


@dataclasses.dataclass(frozen=True, slots=True)
class Path:
    """A place in a template where a variable's value goes."""

    name: str


Template = tuple[str | Path, ...]


def parse(text: str, *, paths: Collection[str]) -> Template:
    """Read a template. Raises BadTemplate for broken braces, a path that isn't in `paths`, or a text too long."""
    if len(text) > LONGEST_TEMPLATE:
        raise BadTemplate(f"The template has {len(text)} characters; {LONGEST_TEMPLATE} is the most.")
    parts: list[str | Path] = []
    position = 0
    for found in _PART.finditer(text):
        parts += [_literal(text[position : found.start()]), Path(found[1])]
        position = found.end()
    parts.append(_literal(text[position:]))
    unknown = [part.name for part in parts if isinstance(part, Path) and part.name not in paths]
    if unknown:
        raise BadTemplate(f"There is no variable {{{{{unknown[0]}}}}}. Choose one of the list.")
    return tuple(part for part in parts if part != "")


def fill(template: Template, values: Mapping[str, str]) -> str:
    """Return the text with the values put in; empty if the template names variables and none has a value.

    A line that names variables of which none has a value is left out.
    """
    named = [part.name for part in template if isinstance(part, Path)]
    if named and not any(values.get(name) for name in named):
        return ""
    text = "\n".join(_lines(template, values)).strip()
    return (inert(text) if named else text)[:LONGEST_VALUE]


def inert(text: str) -> str:
    """Return a text that stays one in a spreadsheet of exported records: a formula gets an apostrophe in front."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _lines(template: Template, values: Mapping[str, str]) -> Iterator[str]:
    line: list[str | Path] = []
    for part in (*template, "\n"):
        first, *others = [part] if isinstance(part, Path) else part.split("\n")
        line.append(first)
        for begun in others:
            given = [values.get(one.name, "") for one in line if isinstance(one, Path)]
            if any(given) or not given:
                yield "".join(values.get(one.name, "") if isinstance(one, Path) else one for one in line)
            line = [begun]


def _literal(text: str) -> str:
    for braces in ("{{", "}}"):
        if braces in text:
            raise BadTemplate(
                f"{braces} stands alone in {text[:40]!r}. Write a variable as {{{{caller_phone}}}}; two braces mean "
                "nothing else."
            )
    return text
