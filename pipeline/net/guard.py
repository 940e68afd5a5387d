"""Which addresses we talk to: https to the public internet, and the hosts that the installation lists.

A URL from outside may point at our own network (SSRF). So: the URL's form is checked, the name is resolved
once, every answer must be public, and the connection is made to the answers that were checked (transport.py).
"""

import dataclasses
import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlsplit, urlunsplit

from pipeline.errors import Permanent, Transient

LONGEST_URL = 4096
HTTPS_PORT = 443
Resolve = Callable[[str, int], Sequence[str]]

_NAME = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ODD = re.compile(r"[\x00-\x20\x7f-\U0010ffff\\]")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# IANA's special-purpose registries. Written out: Python's is_global differs between versions, and takes
# addresses that carry an IPv4 address inside (NAT64, 6to4, Teredo) for public ones.
_CLOSED: tuple[_Network, ...] = tuple(
    ipaddress.ip_network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23"),
        *("2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """A URL whose form is right; `listed`: the installation allows this host as it is."""

    url: str
    scheme: str
    host: str
    port: int
    listed: bool

    @property
    def place(self) -> str:
        """Return what a person may read of the URL: no path, no query, no key."""
        return f"{self.scheme}://{self.host}" + ("" if self.port == HTTPS_PORT else f":{self.port}")


def target(url: str, *, private_hosts: Collection[str]) -> Target:
    """Check a URL's form. Raises Permanent `net.blocked_address`.

    Taken are https on port 443, and any port of http or https on a host that `private_hosts` lists as `host`
    or `host:port`.
    """
    if len(url) > LONGEST_URL:
        raise _blocked(f"the URL has more than {LONGEST_URL} characters")
    if not url or _ODD.search(url):
        raise _blocked("the URL is empty or holds characters that no URL may hold")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _blocked("the URL can't be read") from None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if scheme not in {"http", "https"} or not host:
        raise _blocked("the URL must begin with https:// and a host")
    if "@" in parts.netloc or "@" in parts.fragment:
        raise _blocked("the URL carries a user name or password")
    number = port if port is not None else (HTTPS_PORT if scheme == "https" else 80)
    listed = is_listed(host, number, private_hosts)
    if not listed:
        _check_public_form(scheme, host, number)
    return Target(
        url=urlunsplit((scheme, parts.netloc.lower(), parts.path or "/", parts.query, "")),
        scheme=scheme,
        host=host,
        port=number,
        listed=listed,
    )


def is_listed(host: str, port: int, private_hosts: Collection[str]) -> bool:
    """Return whether the installation lists this host, with or without its port."""
    shown = f"[{host}]" if ":" in host else host
    return bool({host, shown, f"{shown}:{port}"} & set(private_hosts))


def addresses(host: str, port: int, *, private_hosts: Collection[str], resolve: Resolve) -> Sequence[str]:
    """Resolve a host once and return its addresses, all of them checked.

    Raises Transient `net.unreachable` if the name isn't found, Permanent `net.blocked_address` if any answer is
    not a public address.
    """
    try:
        found = resolve(host, port)
    except OSError:
        raise Transient("net.unreachable", f"The name {host} was not found. Check the URL, or the DNS.") from None
    if not found:
        raise Transient("net.unreachable", f"The name {host} has no address. Check the URL, or the DNS.")
    if not is_listed(host, port, private_hosts) and not all(is_public(address) for address in found):
        raise _closed(f"{host} leads to an address that is not public")
    return found


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return False
    if getattr(one, "scope_id", None):
        return False
    if isinstance(one, ipaddress.IPv6Address) and one not in _GLOBAL_UNICAST:
        return False
    return one.is_global and not any(one in net for net in _CLOSED if net.version == one.version)


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver; returns each address once, in its order. Raises OSError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def _check_public_form(scheme: str, host: str, port: int) -> None:
    if scheme != "https":
        raise _closed("only https:// is taken")
    if port != HTTPS_PORT:
        raise _closed(f"port {port} is not taken, only {HTTPS_PORT}")
    if not _NAME.fullmatch(host) and not is_public(host):
        raise _closed("the host is neither a public name nor a public address")


def _blocked(reason: str) -> Permanent:
    return Permanent("net.blocked_address", f"Not fetched: {reason}. Correct the URL where it is sent from or entered.")


def _closed(reason: str) -> Permanent:
    """Return the refusal of an address that the installation may open."""
    return Permanent(
        "net.blocked_address",
        f"Not fetched: {reason}. Correct the URL; if it is a host of this installation's own network, whoever runs it "
        "must list it: in PRIVATE_HOSTS if it is a CRM, in RECORDING_PRIVATE_HOSTS if recordings lie there.",
    )
