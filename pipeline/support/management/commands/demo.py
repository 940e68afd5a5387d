"""Makes the demo tenant, and shows a call on its way."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pipeline.steps.status import Word
from pipeline.support import demo_call, demo_tenant
from pipeline.support.board import Board
from pipeline.support.demo_call import Moment, Result
from tenants import scope
from tenants.models import Tenant

LOOK_SECONDS = 0.25
LIMIT_SECONDS = 300
TRANSCRIPT_LINES = 4


class Command(BaseCommand):
    """Prepare the demo tenant, or run one call through everything."""

    help = (
        "Makes the demo tenant with a user a role and the sandboxes' CRMs connected; changes nothing that is there. "
        "With --call: posts a signed webhook for a recorded call and shows its way into the CRMs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --call and where the web process and the recordings are."""
        parser.add_argument("--call", action="store_true", help="Post a call and wait for its result")
        parser.add_argument("--web", default=settings.PUBLIC_URL, help="Base URL of the web process")
        parser.add_argument("--recordings", default="", help="Base URL of the recording host (with --call)")
        parser.add_argument("--result", type=Path, help="Also write the result as one line of JSON to this file")

    def handle(self, *args: Any, call: bool, web: str, recordings: str, result: Path | None, **_: Any) -> None:
        """Do the one or the other."""
        if not call:
            try:
                demo_tenant.prepare()
            except demo_tenant.KeysLost as error:
                raise CommandError(str(error)) from error
            return
        if not recordings:
            raise CommandError("--call needs --recordings: the base URL of a host that serves the demo recordings.")
        try:
            tenant = scope.by_slug(demo_tenant.SLUG)
        except scope.NoTenant as error:
            raise CommandError(f"No demo call was sent. {error}") from error
        self._run_call(tenant, web=web, recordings=recordings, result_file=result)

    def _run_call(self, tenant: Tenant, *, web: str, recordings: str, result_file: Path | None) -> None:
        call_id = demo_call.new_id()
        secret = demo_tenant.webhook_secret(tenant)
        self.stdout.write(f"Posting the webhook of call {call_id} ({demo_call.SECONDS} s of recorded speech)")
        began = time.monotonic()
        try:
            demo_call.post(call_id, tenant=tenant, secret=secret, web=web, recordings=recordings)
        except demo_call.NotAccepted as error:
            raise CommandError(f"The webhook was not accepted. {error}") from error
        last = self._watch(call_id, tenant)
        seconds = round(time.monotonic() - began, 1)
        found = demo_call.result(call_id, tenant, lines=TRANSCRIPT_LINES)
        if found:
            self._show(found, web=web, seconds=seconds)
        if result_file:
            result_file.write_text(json.dumps(_as_json(call_id, last, found, seconds)) + "\n")
        if last.status.word != Word.DONE:
            why = demo_call.reason(last, tenant) or (
                f"not done after {LIMIT_SECONDS} s. Its page says what it waits for: {web}/calls/; the logs of the "
                "workers, one for each queue, say what they do"
            )
            raise CommandError(f"The call is not complete ({last.status.word}): {why}")

    def _watch(self, call_id: str, tenant: Tenant) -> Moment:
        """Show the call's stages until nothing more happens by itself."""
        board, until = Board(sys.stdout), time.monotonic() + LIMIT_SECONDS
        while True:
            now = demo_call.look(call_id, tenant)
            board.draw(now.steps)
            if now.status.has_ended or now.status.word == Word.NEEDS_ATTENTION or time.monotonic() > until:
                return now
            time.sleep(LOOK_SECONDS)

    def _show(self, found: Result, *, web: str, seconds: float) -> None:
        write = self.stdout.write
        if found.lines:
            write("\nTranscript")
            for speaker, text in found.lines:
                write(f"  {speaker:<8} {text}")
        if found.score:
            contact = found.score.contact
            write("\nContact")
            for name in ("first_name", "last_name", "phone", "email"):
                write(f"  {name.replace('_', ' '):<11} {contact.get(name) or 'not provided'}")
            write(f"\nLead score {found.score.score} of 100, {found.score.band.replace('_', ' ')}")
            for part in found.score.parts:
                write(
                    f"  {part['name'].replace('_', ' '):<22} {part['points']:>5g} of {part['most']:g}   {part['why']}"
                )
        if found.crm:
            write("\nCRM records, in the order of writing")
            for crm, remote_id in found.crm:
                write(f"  {crm:<11} {remote_id}")
        write(f"\nThe call's page: {web}/calls/{found.pk}/   ({seconds:g} s from webhook to result)")


def _as_json(call_id: str, last: Moment, found: Result | None, seconds: float) -> dict[str, object]:
    return {
        "call_id": call_id,
        "status": str(last.status.word),
        "lead_score": found.score.score if found and found.score else None,
        "crm": dict(found.crm) if found else {},
        "seconds": seconds,
    }
