"""Which URLs and addresses are refused: the tables of what attackers try."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Permanent, StepError, Transient
from pipeline.net import guard

CLOSED = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::ffff:8.8.8.8", "64:ff9b::7f00:1"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1"),
    *("fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1", "not an address", ""),
]
OPEN = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "172.15.0.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]


@pytest.mark.parametrize("address", CLOSED)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not guard.is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_public_addresses_are_taken(address: str) -> None:
    assert guard.is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("", " ", "http://recordings.example/a.wav", "file:///etc/passwd", "ftp://h.example/a", "gopher://h.example/"),
        *("data:audio/wav;base64,UklGRg==", "//h.example/a", "h.example/a", "https://", "https:///a", "https://:443/"),
        *(
            "https://user:pw@h.example/",
            "https://user@h.example/",
            "https://h.example@127.0.0.1/",
            "https://@h.example/",
        ),
        *(
            "https://127.0.0.1\\@h.example/",
            "https://h.example\\/a",
            "https://h.example#@127.0.0.1/",
            "https://h .example/",
        ),
        *("https://h.example:22/", "https://h.example:5432/", "https://h.example:6379/", "https://h.example:80/"),
        *(
            "https://h.example:99999/",
            "https://h.example:x/",
            "https://h\u00e9.example/",
            "https://\uff11\uff12\uff17.0.0.1/",
        ),
        *("https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f.1/", "https://0x7f000001/"),
        *("https://0177.0.0.1/", "https://0.0.0.0/", "https://localhost/", "https://localhost./", "https://redis/"),
        *("https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/"),
        *(
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1%25eth0]/",
        ),
        *(
            "https://169.254.169.254/latest/",
            "https://h.example/a\r\nHost: x",
            "https://h.example/\x00",
            "https://[::1",
        ),
        *("https://-h.example/", "https://h..example/", "https://h.example./", "https://h_1.example/"),
        "https://h.example/" + "a" * 8192,
    ],
)
def test_urls_that_may_lead_elsewhere_are_refused(url: str) -> None:
    with pytest.raises(Permanent) as refused:
        guard.target(url, private_hosts=["127.0.0.1:8123"])

    assert refused.value.code == "net.blocked_address"


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://app.callrail.com/calls/C1/recording/redirect?access_key=k", ("app.callrail.com", 443)),
        ("HTTPS://App.CallRail.com:443", ("app.callrail.com", 443)),
        ("https://xn--hxajbheg2az3al.example/a", ("xn--hxajbheg2az3al.example", 443)),
        ("https://8.8.8.8/a.wav", ("8.8.8.8", 443)),
        ("https://[2606:4700::1111]/a.wav", ("2606:4700::1111", 443)),
        ("http://127.0.0.1:8123/a.wav#part", ("127.0.0.1", 8123)),
        ("http://sandbox:9/a.wav", ("sandbox", 9)),
        ("http://[::1]:9000/", ("::1", 9000)),
    ],
)
def test_what_is_taken(url: str, taken: tuple[str, int]) -> None:
    target = guard.target(url, private_hosts=["127.0.0.1:8123", "sandbox", "[::1]:9000"])

    assert (target.host, target.port) == taken
    assert "#" not in target.url


def test_a_listed_host_is_listed_with_its_port_only() -> None:
    with pytest.raises(Permanent):
        guard.target("http://127.0.0.1:5432/", private_hosts=["127.0.0.1:8123"])


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["8.8.8.8", "::1"], ["fd00:ec2::254"]])
def test_one_answer_that_is_not_public_refuses_the_name(answers: Sequence[str]) -> None:
    with pytest.raises(Permanent) as refused:
        guard.addresses("metadata.example", 443, private_hosts=(), resolve=lambda host, port: answers)

    assert refused.value.code == "net.blocked_address"


def test_a_name_that_is_not_found_may_be_found_later() -> None:
    def missing(host: str, port: int) -> Sequence[str]:
        raise OSError

    with pytest.raises(Transient) as failed:
        guard.addresses("gone.example", 443, private_hosts=(), resolve=missing)

    assert failed.value.code == "net.unreachable"


@given(st.text() | st.from_regex(r"https?://[a-z0-9.:@\[\]#\\/%-]{0,40}", fullmatch=True))
def test_any_text_is_either_a_public_https_url_or_refused(url: str) -> None:
    try:
        target = guard.target(url, private_hosts=())
    except StepError as error:
        outcome: object = error.code
    else:
        outcome = (target.scheme, target.port, "@" in target.url.split("/")[2])

    assert outcome in ("net.blocked_address", ("https", 443, False))
