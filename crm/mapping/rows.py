"""The rows of a mapping: CRM field ← template, with a second template for records that are made anew.

`"email": "{{caller_email}}"` is written each time. `{"value": …, "if_new": …}` writes `value` each time and, when
the record is made and `value` came out empty, `if_new`; without `value` the field is only written when it is made.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import lru_cache

from crm.mapping import template
from crm.mapping.template import BadTemplate, Template
from crm.mapping.variables import VARIABLES

Row = str | dict[str, str]
Rows = dict[str, Row]
MOST_ROWS = 200
LONGEST_FIELD = 100
_KEYS = {"value", "if_new"}


@dataclasses.dataclass(frozen=True, slots=True)
class Filled:
    """Field values for one record, without empty ones; `if_new` comes on top when it is made anew."""

    values: Mapping[str, str]
    if_new: Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """Why a row can't be taken."""

    field: str
    reason: str


def problems(rows: object) -> Sequence[Problem]:
    """Return what is wrong with rows from outside; none: they can be stored."""
    if not isinstance(rows, dict) or not all(isinstance(field, str) for field in rows):
        return [Problem("", 'A mapping is an object: {"firstname": "{{caller_name.first}}", …}.')]
    if len(rows) > MOST_ROWS:
        return [Problem("", f"The mapping has {len(rows)} rows; {MOST_ROWS} is the most.")]
    return [Problem(field, reason) for field, row in rows.items() for reason in _reasons(field, row)]


def fill(rows: Rows, values: Mapping[str, str]) -> Filled:
    """Return the field values of a call. Raises BadTemplate."""
    always, if_new = {}, {}
    for field, row in rows.items():
        parts = {"value": row} if isinstance(row, str) else row
        always[field] = _filled(parts.get("value", ""), values)
        if_new[field] = "" if always[field] else _filled(parts.get("if_new", ""), values)
    return Filled(_given(always), _given(if_new))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return template.fill(_parsed(text), values)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Template:
    return template.parse(text, paths=VARIABLES)


def _given(values: Mapping[str, str]) -> dict[str, str]:
    return {field: value for field, value in values.items() if value}


def _reasons(field: str, row: object) -> Sequence[str]:
    if not field.strip() or len(field) > LONGEST_FIELD:
        return [f"A field's name has 1 to {LONGEST_FIELD} characters."]
    texts = row if isinstance(row, dict) else {"value": row}
    if not texts or not set(texts) <= _KEYS or not all(isinstance(text, str) for text in texts.values()):
        return ['A row is a template, or {"value": template, "if_new": template}.']
    found = []
    for text in texts.values():
        try:
            _parsed(str(text))
        except BadTemplate as error:
            found.append(str(error))
    return found
