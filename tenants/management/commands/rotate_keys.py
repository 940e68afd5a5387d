"""Renews the key that seals the secrets at rest."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from pipeline.env import BadEnvironment
from tenants import rotation, secrets
from tenants.access import signing
from tenants.audit import trail
from tenants.audit.actor import COMMAND


class Command(BaseCommand):
    """Add a key, seal everything anew, retire what is not needed any more."""

    help = (
        "Renews the key that seals CRM credentials and webhook secrets: adds a new one to the ring and seals all of "
        "them anew under it. May be run again after a crash. --retire then takes away the keys that seal nothing more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --reseal and --retire."""
        parser.add_argument("--reseal", action="store_true", help="Add no key: only seal anew under the newest one")
        parser.add_argument("--tokens", action="store_true", help="Instead: a new key that signs the API's tokens")
        parser.add_argument("--retire", action="store_true", help="Add no key: seal anew, then drop all but the newest")

    def handle(self, *args: Any, reseal: bool, retire: bool, tokens: bool, **_: Any) -> None:
        """Rotate, and say what was done and what comes next."""
        try:
            if tokens:
                self._sign_anew()
                return
            newest = secrets.newest_key_id() if reseal or retire else self._added()
            found = rotation.reseal(lambda line: self.stdout.write(f"  {line}"))
            if found.unreadable:
                shown = "\n  ".join(found.unreadable[:10])
                raise CommandError(
                    f"{found.count} sealed anew under {newest}; {len(found.unreadable)} can't be opened and stay as "
                    f"they are:\n  {shown}\nPut the keys {', '.join(sorted(found.in_use))} back into the ring and run "
                    "this again, or enter these secrets anew. No key was retired."
                )
            self.stdout.write(f"{found.count} sealed anew under {newest}.")
            self._end(newest, retire=retire)
        except BadEnvironment as error:
            raise CommandError(str(error)) from error

    def _sign_anew(self) -> None:
        with transaction.atomic():
            kid = signing.rotate()
            trail.record("keys.added", by=COMMAND, target="token_key", target_id=kid)
        self.stdout.write(
            f"Key {kid} signs the API's tokens within {signing.COPY_SECONDS:g} s. Tokens of the former key run their "
            "hour out; rotated once more, it is gone."
        )

    def _added(self) -> str:
        newest = secrets.add_key()
        trail.record("keys.added", by=COMMAND, target="key", target_id=newest)
        self.stdout.write(
            f"Key {newest} is added. Waiting {secrets.COPY_SECONDS:g} s until every process seals with it."
        )
        time.sleep(secrets.COPY_SECONDS + 1)
        return newest

    def _end(self, newest: str, *, retire: bool) -> None:
        former = [key_id for key_id in secrets.key_ids() if key_id != newest]
        if not former:
            return
        if not retire:
            self.stdout.write(
                f"The former keys ({', '.join(former)}) still open what backups hold. When those are not needed any "
                "more: rotate_keys --retire."
            )
            return
        secrets.drop_keys(set(former))
        trail.record("keys.retired", by=COMMAND, target="key", target_id=newest, retired=former)
        self.stdout.write(f"Retired: {', '.join(former)}. Backups that were made before can't be opened without them.")
