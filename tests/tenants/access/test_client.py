"""The client's address: the socket's, or what a trusted proxy says."""

import pytest
from pytest_django.fixtures import Settings

from tenants.access import client


@pytest.mark.parametrize("forwarded", ["", "for=9.9.9.9", 'for="[2001:db8::1]:80"'])
def test_without_a_trusted_proxy_the_sockets_address_counts(forwarded: str) -> None:
    assert client.address("192.0.2.1", forwarded) == "192.0.2.1"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("", "10.0.0.1"),
        ("for=192.0.2.1", "192.0.2.1"),
        ("For=192.0.2.1:4711;proto=https", "192.0.2.1"),
        ('proto=https;for="[2001:db8::1]:4711"', "2001:db8::1"),
        ("for=6.6.6.6, for=192.0.2.1", "192.0.2.1"),
        ("for=6.6.6.6, for=192.0.2.1, for=10.0.0.2", "192.0.2.1"),
        ("for=unknown", "10.0.0.1"),
        ("for=_hidden", "10.0.0.1"),
        ("for=6.6.6.6, nonsense", "10.0.0.1"),
        ("for=999.1.1.1", "10.0.0.1"),
    ],
)
def test_behind_a_trusted_proxy_the_nearest_untrusted_hop_counts(
    settings: Settings, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

    assert client.address("10.0.0.1", forwarded) == address


def test_a_mapped_address_is_its_ipv4_address(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

    assert client.address("::ffff:10.0.0.1", "for=192.0.2.1") == "192.0.2.1"
    assert client.address("::ffff:192.0.2.7", "") == "192.0.2.7"


def test_a_socket_without_an_address_has_none() -> None:
    assert client.address("", "for=9.9.9.9") is None
