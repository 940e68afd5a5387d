"""The embedded servers as the supervisor sees them; none where DATABASE_URL and REDIS_URL name the user's."""

import dataclasses
import time
from typing import Protocol

from pipeline import env
from pipeline.local import database, valkey
from pipeline.local.database import Urls
from pipeline.local.home import Home
from pipeline.local.postgres import NoPostgres, Postgres
from pipeline.local.valkey import NoValkey, Valkey

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0


class Server(Protocol):
    """A server that lives apart from us."""

    def start(self) -> str:
        """Start it if it doesn't run; returns its URL."""

    def restart(self) -> None:
        """Start it again on the port it had."""

    def stop(self) -> None:
        """Stop it and wait for it."""

    def pid(self) -> int | None:
        """Return its process id if it runs."""


@dataclasses.dataclass(slots=True)
class Service:
    """An embedded server that is started again when it ends."""

    name: str
    server: Server
    restarts: int = 0
    _wait: float = FIRST_WAIT
    _due: float = 0.0

    def revive(self) -> str:
        """Start it again if it ended; returns a sentence when there is something to say."""
        if self.server.pid() is not None or time.monotonic() < self._due:
            return ""
        try:
            self.server.restart()
        except (NoPostgres, NoValkey, OSError) as error:
            self._due = time.monotonic() + self._wait
            told = f"{self.name} ended and does not start again: {error}\nNext try in {self._wait:g} s"
            self._wait = min(LONGEST_WAIT, self._wait * 2)
            return told
        self.restarts += 1
        self._wait = FIRST_WAIT
        return f"{self.name} ended and was started again"


@dataclasses.dataclass(frozen=True, slots=True)
class Started:
    """What the processes connect to, and the servers of ours in the order of starting."""

    urls: Urls
    redis_url: str
    embedded: tuple[Service, ...]


def of(home: Home) -> tuple[Service, ...]:
    """Return the servers that this installation has to run itself, in the order of starting."""
    postgres, redis = both(home)
    return tuple(
        service for service, name in ((postgres, "DATABASE_URL"), (redis, "REDIS_URL")) if not env.text(name, "")
    )


def both(home: Home) -> tuple[Service, Service]:
    """Return the servers whose data lies in this home, whether or not they are used now."""
    return Service("PostgreSQL", Postgres(home.services)), Service("Valkey", Valkey(home.services))


def start(home: Home, embedded: tuple[Service, ...]) -> Started:
    """Start what is ours and make the database ready. Raises NoPostgres, NoValkey, NoDatabase, BadEnvironment."""
    given = env.text("DATABASE_URL", "") and env.postgres("DATABASE_URL", None)
    owner = env.text("DATABASE_OWNER_URL", "") and env.postgres("DATABASE_OWNER_URL", None)
    redis_url, urls = env.text("REDIS_URL", "") and env.redis("REDIS_URL", None), None
    if redis_url:
        valkey.check(redis_url)
    for service in embedded:
        url = service.server.start()
        if isinstance(service.server, Postgres):
            urls = database.embedded(url, home)
        else:
            redis_url = url
    urls = urls or database.given(given, owner, home)
    return Started(urls=urls, redis_url=redis_url, embedded=embedded)
