"""Where everything of one checkout lies: logs, state, keys, the servers' data."""

import dataclasses
import os
from pathlib import Path

from pipeline.local import files
from pipeline.local.account import OUTSIDE, borrowed, data_home

ROOT = Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True, slots=True)
class Home:
    """The folders of one installation; `data` is `var`, or lies under /var/lib if the servers can't enter `var`."""

    checkout: Path
    var: Path
    data: Path

    @property
    def services(self) -> Path:
        """The servers' data and their passwords."""
        return self.data / "services"

    @property
    def keys(self) -> Path:
        """SECRET_KEY and the encryption ring: beside the data that they open, so that they live as long."""
        return self.data / "keys"

    @property
    def logs(self) -> Path:
        """One log a process."""
        return self.var / "log"

    @property
    def run(self) -> Path:
        """What is true only while it runs."""
        return self.var / "run"

    @property
    def recordings(self) -> Path:
        """The audio, unless RECORDINGS_DIR is elsewhere."""
        return self.var / "recordings"

    @property
    def sandbox(self) -> Path:
        """What the sandboxes keep."""
        return self.var / "sandbox"

    @property
    def users_file(self) -> Path:
        """The demo users and their passwords."""
        return self.var / "demo-users.json"

    @property
    def webhook_file(self) -> Path:
        """The demo tenant's webhook secret."""
        return self.var / "demo-webhook.json"

    @property
    def is_outside(self) -> bool:
        """Whether the data lies outside the checkout."""
        return self.data != self.var

    def make(self) -> None:
        """Make the folders; only those of ours get a mode, never a parent that was there."""
        if self.is_outside and not OUTSIDE.exists():
            OUTSIDE.mkdir(parents=True)
            OUTSIDE.chmod(0o755)  # whatever our umask is, the servers' account must pass
        for folder, mode in (
            (self.var, 0o755),
            (self.data, 0o755),
            (self.services, 0o755),
            (self.keys, 0o700),
            (self.logs, 0o700),
            (self.recordings, 0o700),
            (self.sandbox, 0o700),
            (self.run, 0o700),
        ):
            folder.mkdir(parents=True, exist_ok=True)
            if folder.stat().st_uid == os.geteuid():
                folder.chmod(mode)

    def secret(self, path: Path) -> str:
        """Return the random text kept in a file of mode 0600, made on first use."""
        return files.secret(path)


def here(checkout: Path = ROOT, var: Path | None = None) -> Home:
    """Return the home of a checkout."""
    var = var or checkout / "var"
    return Home(checkout, var, data_home(checkout, var, borrowed("postgres")))


def no_room(home: Home, error: OSError) -> str:
    """Return what to tell when our files can't be written or read."""
    places = " and ".join(map(str, dict.fromkeys((home.var, home.data))))
    return (
        f"{error}\nPipeline keeps its files in {places}: there must be space, and this account (uid "
        f"{os.geteuid()}) must own them and may write. Mend that and run this again."
    )
