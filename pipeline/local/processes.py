"""The processes of an installation: the one table that bin/up starts and docker-compose.yml mirrors.

Plain data, no Django. `{host}`, `{port}`, `{run}`, `{sandbox_ports}` and `{sandbox_state}` are filled in by who
starts it.
"""

import dataclasses

QUEUES = ("intake", "audio", "speech", "analysis", "crm")
SANDBOXES = ("hubspot", "salesforce", "pipedrive", "recordings")

EVERYWHERE = (
    "ENVIRONMENT",
    "SECRET_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "VAR_DIR",
    "KEYS_DIR",
    "PUBLIC_URL",
    "PROCESS_NAME",
)
VENDORS = ("HUBSPOT_URL", "SALESFORCE_URL", "PIPEDRIVE_URL", "PRIVATE_HOSTS", "RECORDING_PRIVATE_HOSTS")
STOP_SECONDS = 8
"""Here a worker has no longer to end its step: who presses Ctrl-C waits for it."""
OWNER_ONLY = ("DATABASE_OWNER_URL",)
"""What no process of the table gets: only commands that change tables or make tenants connect as the owner."""


@dataclasses.dataclass(frozen=True, slots=True)
class Process:
    """One process that stays: how it is started, what it must be told, the queue it works on."""

    name: str
    argv: tuple[str, ...]
    environment: tuple[str, ...]
    queue: str = ""
    order: int = 0
    """The order of stopping; those of one order stop together."""
    grace: float = 10
    """Seconds that it gets to end by itself."""
    ready_line: str = ""
    """What it logs when it is ready; empty: no line tells."""
    answers: bool = False
    """Whether it is ready when its port answers."""

    def command(self, **values: str) -> list[str]:
        """Return the command with its blanks filled in."""
        return [part.format_map(values) for part in self.argv]


WEB = Process(
    name="web",
    argv=(
        *("granian", "--interface", "rsgi", "--host", "{host}", "--port", "{port}"),
        *("--workers", "2", "--runtime-threads", "1", "--backpressure", "2048"),
        *("--http", "1", "--no-ws", "--no-access-log", "--respawn-failed-workers", "--workers-kill-timeout", "5"),
        "pipeline.rsgi:application",
    ),
    environment=(*EVERYWHERE, *VENDORS, "DATABASE_POOL", "TRUSTED_PROXIES", "WEB_DIR", "EMAIL_URL", "EMAIL_FROM"),
    order=0,
    answers=True,
)
RELAY = Process(name="relay", argv=("python", "manage.py", "relay"), environment=EVERYWHERE, order=1)
SCHEDULER = Process(
    name="scheduler",
    argv=(
        *("celery", "-A", "pipeline.celery:app", "beat", "--loglevel", "INFO"),
        *("--schedule", "{run}/scheduler", "--pidfile", ""),
    ),
    environment=EVERYWHERE,
    order=3,
    ready_line="beat: Starting...",
)
SANDBOX = Process(
    name="sandboxes",
    argv=("python", "manage.py", "sandbox", "all", "--ports", "{sandbox_ports}", "--state", "{sandbox_state}"),
    environment=("ENVIRONMENT", "SECRET_KEY", "VAR_DIR", "PROCESS_NAME"),
    order=4,
    answers=True,
)
"""Only on one's own machine: never part of a deployment."""


def worker(queue: str) -> Process:
    """Return the worker of a queue: one process, one task at a time."""
    return Process(
        name=f"worker-{queue}",
        argv=(
            *("celery", "-A", "pipeline.celery:app", "worker", "--pool", "solo", "--queues", queue),
            *("--hostname", f"{queue}@%h", "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        ),
        environment=(*EVERYWHERE, *VENDORS, "STOP_SECONDS"),
        queue=queue,
        order=2,
        grace=STOP_SECONDS + 7,
        ready_line=" ready.",
    )


WORKERS = tuple(worker(queue) for queue in QUEUES)
DEPLOYED = (WEB, RELAY, *WORKERS, SCHEDULER)
LOCAL = (*DEPLOYED, SANDBOX)
BEHIND = tuple(process for process in LOCAL if process is not WEB)
