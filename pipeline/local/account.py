"""Which account the embedded servers run as: Postgres refuses root, so root borrows an unprivileged one."""

import dataclasses
import hashlib
import os
import pwd
import subprocess
from pathlib import Path
from typing import Any

OUTSIDE = Path("/var/lib/pipeline")


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """An account for child processes; `ids` goes into subprocess calls (empty: our own)."""

    uid: int
    gid: int
    ids: dict[str, Any]

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to the account."""
        if self.ids:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Return whether the account could open files in this folder."""
        if not self.ids:
            return True
        probe = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)], cwd="/", stderr=subprocess.DEVNULL, check=False, **self.ids
        )
        return probe.returncode == 0


def borrowed(*names: str) -> Account:
    """Return our own account, or as root the first that exists of `names` and nobody; none is ever made."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), {})
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in (*names, "nobody") if name in known)
    return Account(entry.pw_uid, entry.pw_gid, {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []})


def data_home(checkout: Path, var: Path, account: Account) -> Path:
    """Return where the servers' data lies: `var`, or a folder of /var/lib that is this `var`'s own.

    The latter if the account can't enter `var` (or the checkout, as long as there is no `var` yet).
    """
    if account.can_enter(var if var.exists() else checkout):
        return var
    return OUTSIDE / hashlib.sha256(str(var).encode()).hexdigest()[:16]
