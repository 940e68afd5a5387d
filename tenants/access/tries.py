"""The brake on guessing passwords: tries that failed, counted in Redis by address and by address with e-mail.

A try is counted before its password is looked at, so that many at once are not one; the right password forgets the
tries before it. Redis away: everyone may try.
"""

import dataclasses
import hashlib
import ipaddress
import logging
from typing import Any

import redis

from tenants import shared

logger = logging.getLogger(__name__)
WINDOW_SECONDS = 300
MOST = 5
"""Of one address for one e-mail."""
MOST_OF_ADDRESS = 50
"""Of one address for all e-mails: a whole office may share it."""
IPV6_NETWORK = 64
"""Bits of an IPv6 address that its owner does not choose."""


class TooMany(Exception):
    """Too many tries failed; `seconds` until the next one."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many tries. Try again in {seconds} s.")


@dataclasses.dataclass(frozen=True, slots=True)
class Try:
    """One try to sign in, counted."""

    pair: str
    origin: str


def begin(*, email: str, address: str | None, door: str = "sign_in") -> Try:
    """Count a try at a door. Raises TooMany."""
    origin = _origin(address)
    digest = hashlib.sha256(f"{origin} {email.lower()}".encode()).hexdigest()[:32]
    one = Try(f"{door}:pair:{digest}", f"{door}:address:{origin}")
    found = _run(
        ("SET", one.pair, 0, "EX", WINDOW_SECONDS, "NX"),
        ("INCR", one.pair),
        ("TTL", one.pair),
        ("GET", one.origin),
        ("TTL", one.origin),
    )
    if not found:
        return one
    _, of_pair, pair_wait, of_origin, origin_wait = found
    waits = [pair_wait] * (of_pair > MOST) + [origin_wait] * (int(of_origin or 0) >= MOST_OF_ADDRESS)
    if waits:
        logger.warning("sign_in.too_many_tries", extra={"address": address})
        raise TooMany(max(*waits, 1))
    return one


def succeeded(one: Try) -> None:
    """Forget what failed before it."""
    _run(("DEL", one.pair))


def failed(one: Try) -> None:
    """Count it for its address too."""
    _run(("SET", one.origin, 0, "EX", WINDOW_SECONDS, "NX"), ("INCR", one.origin))


def _run(*commands: tuple[str | int, ...]) -> list[Any]:
    """Run commands in one transaction; returns their answers, none while Redis is away."""
    try:
        with shared.client().pipeline(transaction=True) as pipe:
            for command in commands:
                pipe.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py's gap
            answers: list[Any] = pipe.execute()
    except redis.RedisError as error:
        logger.warning("sign_in.uncounted", extra={"error": type(error).__name__})
        return []
    return answers


def _origin(address: str | None) -> str:
    """Return what an address counts as: an IPv6 address as its network."""
    if address is None:
        return "none"
    found = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False)) if found.version == 6 else address  # noqa: PLR2004
