"""Typed readers of environment variables; a value that makes no sense stops the start with a reason."""

import contextlib
import dataclasses
import ipaddress
import math
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

HIGHEST_PORT = 65535
POSTGRES = "postgresql://user:password@host:5432/database"
REDIS = "redis://:password@host:6379/0"
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_ESCAPES = "In a password write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for # and %25 for %."


class BadEnvironment(Exception):
    """An environment variable is missing or makes no sense; the text says which and what to set."""


def text(name: str, default: str | None = None) -> str:
    """Return NAME, or the content of the file that NAME_FILE names; no default means it must be set."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise BadEnvironment(f"{name}_FILE names {file}, which can't be read: {why}.") from error
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise BadEnvironment(f"{name} is not set. Set it, or {name}_FILE with the path of a file that holds it.")
    return default


def number(name: str, default: float, *, least: float, most: float) -> float:
    """Return NAME as a number between two others."""
    value = text(name, f"{default:g}")
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not least <= found <= most:  # nan is in no range
        raise BadEnvironment(
            f"{name} is {_shown(value)}; write a number from {least:g} to {most:g}, such as {default:g}."
        )
    return found


def whole(name: str, default: int, *, least: int, most: int) -> int:
    """Return NAME as a whole number between two others."""
    found = number(name, default, least=least, most=most)
    if not found.is_integer():
        raise BadEnvironment(f"{name} is {found:g}; write a whole number, such as {default}.")
    return int(found)


def choice(name: str, default: str, among: Collection[str]) -> str:
    """Return NAME, which must be one of some words."""
    value = text(name, default)
    if value not in among:
        raise BadEnvironment(f"{name} is {_shown(value)}; write {' or '.join(among)}, such as {default}.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """Return NAME as true or false; only `1 0 true false yes no on off` are taken."""
    value = text(name, "true" if default else "false").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadEnvironment(f"{name} is {_shown(value)}; write true or false.")


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


def website(name: str, default: str | None) -> str:
    """Return NAME as an address of the web without a slash at its end; empty only where the default is."""
    value = text(name, default)
    if value:
        parts = _parts(value)
        if parts is None or parts.scheme not in {"https", "http"} or not parts.hostname:
            raise BadEnvironment(f"{name} is no address; write the whole address: https://calls.example.com")
    return value.rstrip("/")


def postgres(name: str, default: str | None) -> str:
    """Return NAME as the address of a database, which libpq and we read alike."""
    value = text(name, default)
    if wrong := _wrong_postgres(value):
        raise BadEnvironment(f"{name} is no address of a PostgreSQL database: {wrong}. Write {POSTGRES}. {_ESCAPES}")
    return value


def redis(name: str, default: str | None) -> str:
    """Return NAME as the address of a Redis or Valkey."""
    value = text(name, default)
    if wrong := _wrong_redis(value):
        raise BadEnvironment(f"{name} is no address of a Redis or Valkey: {wrong}. Write {REDIS}. {_ESCAPES}")
    return value


@dataclasses.dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over."""

    host: str
    port: int
    user: str
    password: str
    tls: str
    """`starttls`, `tls` from the first byte, or empty."""


def mail(name: str) -> MailServer | None:
    """Return NAME as the address of a mail server; None: there is none."""
    value = text(name, "")
    if not value:
        return None
    parts = _parts(value)
    tls = {"smtp": "starttls", "smtps": "tls", "smtp+plain": ""}
    if parts is None or parts.scheme not in tls or not parts.hostname or parts.path.strip("/") or parts.query:
        raise BadEnvironment(
            f"{name} is no address of a mail server; write smtp://USER:PASSWORD@HOST:587 (STARTTLS), "
            f"smtps://USER:PASSWORD@HOST:465, or smtp+plain://HOST:25 for one on your own network. {_ESCAPES}"
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, parts.port or _PORTS[parts.scheme], user, password, tls[parts.scheme])


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """End the process with one line, without a trace, if the environment makes no sense."""
    try:
        yield
    except BadEnvironment as error:
        raise SystemExit(str(error)) from None


def _shown(value: str) -> str:
    """Return a value for a message; not one that got here from another variable and may hold a password."""
    return "a value that is not shown" if "@" in value or len(value) > 40 else repr(value)  # noqa: PLR2004


def _parts(url: str) -> SplitResult | None:
    """Return the parts of an address; None: it has none, or its port is no port."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _wrong_postgres(url: str) -> str:
    """Return what is wrong, without a part of the address: any could be of the password."""
    if not url.startswith(("postgresql://", "postgres://")):
        return "it does not begin with postgresql://"
    parts = _parts(url)
    if parts is None:
        return "its host or port can't be read"
    port = dict(parse_qsl(parts.query)).get("port", "5432")
    found = {
        "it names no database": not parts.path.strip("/"),
        "it holds a #": bool(parts.fragment),
        "its port is no port": not port.isdecimal() or int(port) > HIGHEST_PORT,
        "an option behind its ? is none of libpq's, or it holds a % that stands for nothing": not _is_libpqs(url),
    }
    return next((wrong for wrong, is_so in found.items() if is_so), "")


def _is_libpqs(url: str) -> bool:
    """Return whether libpq, whose parser it is, reads the address."""
    from psycopg import ProgrammingError, conninfo  # noqa: PLC0415  (what reads the rest needs no libpq)

    try:
        conninfo.conninfo_to_dict(url)
    except ProgrammingError:
        return False
    return True


def _wrong_redis(url: str) -> str:
    if not url.startswith(("redis://", "rediss://")):
        return "it does not begin with redis:// or rediss://"
    parts = _parts(url)
    if parts is None or not parts.hostname:
        return "its host or port can't be read"
    number = parts.path.strip("/")
    found = {
        "it holds a #": bool(parts.fragment),
        "what follows its host is no number of a database": number != "" and not number.isdecimal(),
    }
    return next((wrong for wrong, is_so in found.items() if is_so), "")
