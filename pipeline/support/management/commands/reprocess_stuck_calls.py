"""The guide's scripts/reprocess_stuck_calls.py."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.steps import letters
from pipeline.support import stuck
from pipeline.support.span import span
from tenants.audit.actor import COMMAND
from tenants.models import Tenant
from tenants.scope import NoTenant, by_slug, renew_worn_connection


class Command(BaseCommand):
    """Run stuck calls again."""

    help = (
        "Runs stuck calls again: one (--call-id), or all whose steps stopped or are overdue. Nothing is doubled: "
        "what was done is found done. --dry-run only shows them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which calls, from which stage."""
        parser.add_argument("--call-id", default="", help="The source's id of the call: CAL…")
        parser.add_argument("--tenant", default="", help="The tenant's id (tenant_id of its webhooks)")
        parser.add_argument("--older-than", default="10m", help="Overdue by more than this (default 10m): 90s, 2h, 1d")
        parser.add_argument("--stage", default="", choices=["", *stuck.stage_names()], help="Only, or from, this stage")
        parser.add_argument("--dry-run", action="store_true", help="Show what would run again, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find, show, run again."""
        try:
            found = self._find(options)
        except (stuck.NotFound, NoTenant) as error:
            raise CommandError(str(error)) from error
        for step in found:
            crm = f" {step.target}" if step.target else ""
            since = f"{step.finished_at or step.started_at or step.created_at:%Y-%m-%d %H:%M:%S}Z"
            self.stdout.write(f"{step.tenant.slug}  {step.stage}{crm}  {step.state}  {step.code or '-'}  since {since}")
        if options["dry_run"]:
            self.stdout.write(f"{len(found)} would run again. Nothing was changed.")
            return
        stuck.reprocess(found, by=COMMAND)
        self.stdout.write(f"{len(found)} will run again now.")

    def _find(self, options: dict[str, Any]) -> list[letters.Step]:
        tenant = by_slug(options["tenant"]) if options["tenant"] else None
        if not options["call_id"]:
            return stuck.all_stuck(tenant=tenant, stage=options["stage"], older_than=span(options["older_than"]))
        if tenant:
            return stuck.of_call(options["call_id"], tenant=tenant, stage=options["stage"])
        return self._anywhere(options["call_id"], options["stage"])

    def _anywhere(self, call_id: str, stage: str) -> list[letters.Step]:
        """Look in every tenant: support staff has the call's id, seldom the tenant's."""
        found: list[letters.Step] = []
        reasons = []
        for tenant in Tenant.objects.filter(state=Tenant.State.ACTIVE).order_by("pk"):
            renew_worn_connection()
            try:
                found += stuck.of_call(call_id, tenant=tenant, stage=stage)
            except stuck.NoCall:
                continue
            except (stuck.NotFound, NoTenant) as error:
                reasons.append(str(error))
        if not found:
            nowhere = f"No tenant has a call {call_id!r}. Check the id: it stands at the top of the call's page."
            raise stuck.NotFound(" ".join(reasons) or nowhere)
        return found
