"""Where everything of one checkout lies: logs, state, keys, the servers' data."""

import dataclasses
import os
import secrets
from pathlib import Path

from pipeline.local.account import borrowed, data_home

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
        """Make the folders; only those of ours get a mode, never a parent."""
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
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32))
        return path.read_text().strip()


def here(checkout: Path = ROOT, var: Path | None = None) -> Home:
    """Return the home of a checkout."""
    var = var or checkout / "var"
    return Home(checkout, var, data_home(checkout, var, borrowed("postgres")))


def write_private(path: Path, text: str) -> None:
    """Write a file that only we may read, whole or not at all."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(made, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    made.replace(path)
