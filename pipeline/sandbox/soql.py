"""The part of SOQL that sandboxed Salesforce understands: fields, one object, ANDed equalities, one order, a limit."""

import dataclasses
import re
from collections.abc import Mapping, Sequence

_QUERY = re.compile(
    r"SELECT\s+(?P<fields>[\w,\s]+?)\s+FROM\s+(?P<kind>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>\w+)(?:\s+(?P<way>ASC|DESC))?)?(?:\s+LIMIT\s+(?P<limit>\d+))?",
    re.IGNORECASE | re.DOTALL,
)
_RULE = re.compile(r"(\w+)\s*=\s*'((?:[^'\\]|\\.)*)'")


class BadQuery(Exception):
    """The query can't be read."""


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """A query that was read."""

    kind: str
    fields: Sequence[str]
    rules: Mapping[str, str]
    newest_first: bool
    limit: int

    def fits(self, values: Mapping[str, object]) -> bool:
        """Return whether a record's values fulfil the rules; SOQL compares texts without regard to case."""
        return all(str(values.get(field, "")).lower() == value.lower() for field, value in self.rules.items())


def read(text: str) -> Query:
    """Read a query. Raises BadQuery."""
    found = _QUERY.fullmatch(text.strip())
    if not found:
        raise BadQuery(f"unexpected token in {text[:80]!r}")
    rules = {}
    for rule in re.split(r"\s+AND\s+", found["where"] or "", flags=re.IGNORECASE):
        equal = _RULE.fullmatch(rule.strip())
        if rule and not equal:
            raise BadQuery(f"unexpected token in {rule[:80]!r}")
        if equal:
            rules[equal[1]] = re.sub(r"\\(.)", r"\1", equal[2])
    return Query(
        kind=found["kind"],
        fields=[field.strip() for field in found["fields"].split(",")],
        rules=rules,
        newest_first=(found["way"] or "").upper() == "DESC",
        limit=int(found["limit"] or 2000),
    )
