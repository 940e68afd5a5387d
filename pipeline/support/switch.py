"""The operator's switch in words: what is to be paused or resumed, told by options or read from a row."""

import dataclasses
from typing import Any

from django.core.management.base import CommandParser

from crm.sync import registry
from pipeline.stages import STAGES
from pipeline.steps.pause import Pause
from tenants.models import Tenant


class Refused(Exception):
    """What is to be paused is not clear, or not there; the text says what to type."""


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """What a pause covers."""

    scope: Pause.Scope
    tenant: Tenant | None = None
    name: str = ""

    def __str__(self) -> str:
        """Say it to a person."""
        who = f" of {self.tenant.slug}" if self.tenant else ""
        match self.scope:
            case Pause.Scope.ALL:
                return "everything"
            case Pause.Scope.TENANT:
                return f"everything{who}"
            case Pause.Scope.STAGE:
                return f"stage {self.name}{who}"
            case Pause.Scope.CRM:
                return f"CRM {self.name}{who}"

    def options(self) -> str:
        """Return the options that name this place."""
        named = {
            Pause.Scope.ALL: "--all",
            Pause.Scope.STAGE: f"--stage {self.name}",
            Pause.Scope.CRM: f"--crm {self.name}",
        }
        return " ".join(filter(None, [self.tenant and f"--tenant {self.tenant.slug}", named.get(self.scope)]))


def add_place(parser: CommandParser) -> None:
    """Give a command the options that name a place."""
    parser.add_argument("--all", action="store_true", dest="everything", help="Everything, of all tenants")
    parser.add_argument("--tenant", default="", help="One tenant (tenant_id of its webhooks), or with --stage or --crm")
    parser.add_argument("--stage", default="", choices=["", *STAGES], help="One stage")
    parser.add_argument("--crm", default="", choices=["", *registry.PROVIDERS], help="One CRM")


def read(*, everything: bool, tenant: str, stage: str, crm: str, **_: Any) -> Place:  # noqa: ANN401  (a command's options)
    """Return the place that options name. Raises Refused."""
    if (
        sum([everything, bool(stage), bool(crm)]) > 1
        or (everything and tenant)
        or not (everything or tenant or stage or crm)
    ):
        raise Refused("Say what: --all, --tenant, --stage or --crm; --tenant may go with --stage or --crm.")
    found = _tenant(tenant) if tenant else None
    if stage:
        return Place(Pause.Scope.STAGE, found, stage)
    if crm:
        return Place(Pause.Scope.CRM, found, crm)
    return Place(Pause.Scope.TENANT if found else Pause.Scope.ALL, found)


def place_of(row: Pause) -> Place:
    """Return the place that a pause covers."""
    return Place(Pause.Scope(row.scope), row.tenant, row.name)


def sentence(row: Pause) -> str:
    """Say what stands still, since when and why."""
    why = f" ({row.reason})" if row.reason else ""
    return f"{place_of(row)} stands still since {row.since:%Y-%m-%d %H:%M:%S}Z{why}"


def _tenant(slug: str) -> Tenant:
    found: Tenant | None = Tenant.objects.filter(slug=slug).exclude(state=Tenant.State.PROVISIONING).first()
    if found is None:
        raise Refused(f"There is no tenant {slug!r}. Nothing was changed; check the id, the tenant_id of its webhooks.")
    return found
