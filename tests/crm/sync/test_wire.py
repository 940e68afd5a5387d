"""Links to records lead to the vendor, or to the sandbox that stands in its place."""

import pytest

from crm.sync import wire


@pytest.mark.parametrize(
    ("base", "shown"),
    [
        ("", "https://acme.pipedrive.com/person/7"),
        ("https://api.hubapi.com", "https://acme.pipedrive.com/person/7"),
        ("http://127.0.0.1:8013/", "http://127.0.0.1:8013/person/7"),
    ],
)
def test_a_link_follows_the_address_of_the_installation(base: str, shown: str) -> None:
    config = {"base_url": base, "private_hosts": "127.0.0.1:8013"}

    assert wire.page_url(config, "https://acme.pipedrive.com/person/7") == shown
