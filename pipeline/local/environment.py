"""What the processes are told: the caller's environment, with what this installation adds and takes away."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline import env
from pipeline.local import processes
from pipeline.local.database import Urls
from pipeline.local.home import Home
from pipeline.local.processes import Process

# What steers Python or Django elsewhere, and what only the owner's commands may know.
NEVER_PASSED = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "DJANGO_SETTINGS_MODULE", "DATABASE_ROLE")


def build(home: Home, *, urls: Urls, redis_url: str, url: str, sandboxes: Mapping[str, str]) -> dict[str, str]:
    """Return every name of the table with its value here; a vendor's address that the caller set wins."""
    return {
        "ENVIRONMENT": env.text("ENVIRONMENT", "local"),
        "SECRET_KEY": env.text("SECRET_KEY", "") or home.secret(home.keys / "secret_key"),
        "DATABASE_URL": urls.app,
        "DATABASE_OWNER_URL": urls.owner,
        "DATABASE_POOL": "true",
        "REDIS_URL": redis_url,
        "VAR_DIR": str(home.var),
        "KEYS_DIR": str(home.keys),
        "PUBLIC_URL": env.text("PUBLIC_URL", "") or url,
        "HUBSPOT_URL": env.text("HUBSPOT_URL", "") or sandboxes["hubspot"],
        "SALESFORCE_URL": env.text("SALESFORCE_URL", "") or sandboxes["salesforce"],
        "PIPEDRIVE_URL": env.text("PIPEDRIVE_URL", "") or sandboxes["pipedrive"],
        "PRIVATE_HOSTS": _listed("PRIVATE_HOSTS", [at for name, at in sandboxes.items() if name != "recordings"]),
        "RECORDING_PRIVATE_HOSTS": _listed("RECORDING_PRIVATE_HOSTS", [sandboxes["recordings"]]),
        "STOP_SECONDS": str(processes.STOP_SECONDS),
        "TRUSTED_PROXIES": env.text("TRUSTED_PROXIES", ""),
        "WEB_DIR": str(home.var),
        "EMAIL_URL": env.text("EMAIL_URL", ""),
        "EMAIL_FROM": env.text("EMAIL_FROM", ""),
    }


def _listed(name: str, sandboxes: Iterable[str]) -> str:
    """Return the caller's list of hosts with those of sandboxes."""
    return ",".join([*filter(None, [env.text(name, "")]), *(at.removeprefix("http://") for at in sandboxes)])


def of_process(process: Process, values: Mapping[str, str]) -> dict[str, str]:
    """Return a process's environment: of this installation's values only those that it needs."""
    told = {name: values[name] for name in process.environment if name in values}
    return _callers(values) | told | {"PROCESS_NAME": process.name}


def of_command(values: Mapping[str, str], *, as_owner: bool) -> dict[str, str]:
    """Return a management command's environment."""
    hidden = () if as_owner else processes.OWNER_ONLY
    told = {name: value for name, value in values.items() if name not in hidden and name != "DATABASE_POOL"}
    return _callers(values) | told


def _callers(values: Mapping[str, str]) -> dict[str, str]:
    taken = {*values, *(f"{name}_FILE" for name in values), *NEVER_PASSED}  # a NAME_FILE would win over NAME
    kept = {name: value for name, value in os.environ.items() if name not in taken}
    kept["PYTHONUNBUFFERED"] = "1"
    return kept


def program(argv: list[str], python: Path) -> list[str]:
    """Return a command with its program taken from the virtual environment of this Python."""
    return [str(python.parent / argv[0]), *argv[1:]]
