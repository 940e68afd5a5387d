"""A connection's mapping: its newest version, and the field values that it makes of a call."""

from django.db.models import Max

from crm.mapping import rows, variables
from crm.mapping.defaults import DEFAULTS
from crm.mapping.rows import Filled, Problem, Rows
from crm.mapping.template import BadTemplate
from crm.mapping.variables import Facts
from crm.models import CrmConnection, FieldMapping
from pipeline.errors import Permanent


class Refused(Exception):
    """The rows can't be stored."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field or 'mapping'}: {problem.reason}" for problem in found))
        self.problems = found


def replace(connection: CrmConnection, new: object) -> FieldMapping:
    """Store rows as the connection's next version. Raises Refused."""
    if found := list(rows.problems(new)):
        raise Refused(found)
    last = connection.mappings.aggregate(last=Max("version"))["last"] or 0
    return connection.mappings.create(version=last + 1, rows=new)


def start(connection: CrmConnection) -> None:
    """Give a new connection the default mapping; one that has a mapping keeps it."""
    if not connection.mappings.exists():
        replace(connection, DEFAULTS[connection.slug])


def filled(connection: CrmConnection, facts: Facts) -> Filled:
    """Return the values for the CRM's record. Raises Permanent("crm.mapping")."""
    newest = connection.mappings.order_by("-version").first()
    current: Rows = newest.rows if newest else DEFAULTS[connection.slug]
    try:
        return rows.fill(current, variables.values(facts))
    except BadTemplate as error:
        raise Permanent("crm.mapping", f"The mapping of {connection.slug} can't be used. {error}") from error
