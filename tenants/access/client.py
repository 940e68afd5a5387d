"""The address that a request came from: the socket's, or behind a trusted proxy what its Forwarded header says.

X-Forwarded-For is not read: servers that fold `_` into `-` let anyone add to it.
"""

import functools
import ipaddress
import re

from django.conf import settings

_FOR = re.compile(r'for="?(\[[0-9a-fA-F:.]+\]|[0-9.]+)(?::[0-9]{1,5})?"?', re.IGNORECASE)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address(peer: str, forwarded: str) -> str | None:
    """Return the client's address; None if the socket has none."""
    found = _read(peer)
    if not forwarded:
        return str(found) if found else None
    for element in reversed(forwarded.split(",")):
        if found is None or not _is_trusted(found):
            break
        said = next((match for part in element.split(";") if (match := _FOR.fullmatch(part.strip()))), None)
        client = _read(said[1].strip("[]")) if said else None
        if client is None:
            break
        found = client
    return str(found) if found else None


@functools.lru_cache(maxsize=1024)
def _read(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_trusted(one: Address) -> bool:
    return any(one in network for network in _proxies(tuple(settings.TRUSTED_PROXIES)))


@functools.lru_cache(maxsize=8)
def _proxies(texts: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)
