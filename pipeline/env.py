"""Typed readers of environment variables; a value that makes no sense stops the start with a reason."""

import ipaddress
import os
from pathlib import Path


class BadEnvironment(Exception):
    """An environment variable is missing or makes no sense; the text says which and what to set."""


def text(name: str, default: str | None = None) -> str:
    """Return NAME, or the content of the file that NAME_FILE names; no default means it must be set."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadEnvironment(f"{name}_FILE names {file}, which can't be read: {error.strerror}.") from error
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise BadEnvironment(f"{name} is not set. Set it, or {name}_FILE with the path of a file that holds it.")
    return default


def number(name: str, default: float) -> float:
    """Return NAME as a number."""
    value = text(name, str(default))
    try:
        return float(value)
    except ValueError as error:
        raise BadEnvironment(f"{name} is {value!r}; it must be a number.") from error


def whole(name: str, default: int) -> int:
    """Return NAME as a whole number."""
    value = number(name, default)
    if value != int(value):
        raise BadEnvironment(f"{name} is {value}; it must be a whole number.")
    return int(value)


def flag(name: str, *, default: bool) -> bool:
    """Return NAME as true or false; only `1 0 true false yes no on off` are taken."""
    value = text(name, "true" if default else "false").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadEnvironment(f"{name} is {value!r}; write true or false.")


def words(name: str, default: str | None = "") -> list[str]:
    """Return NAME as a list parted by commas; no default means it must be set."""
    found = [word.strip() for word in text(name, default).split(",") if word.strip()]
    if default is None and not found:
        raise BadEnvironment(f"{name} names nothing. Write what it must hold, parted by commas.")
    return found


def networks(name: str) -> list[str]:
    """Return NAME as a list of networks such as 10.0.0.0/8, parted by commas."""
    found = words(name)
    for one in found:
        try:
            ipaddress.ip_network(one)
        except ValueError as error:
            raise BadEnvironment(f"{name}: {error}. Write networks such as 10.0.0.0/8, parted by commas.") from error
    return found
