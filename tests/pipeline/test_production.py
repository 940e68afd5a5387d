"""A production installation: it doesn't start on defaults, and tells browsers that it is reached by TLS."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import services
from pipeline.local import environment, ports, processes
from tests.repo.sources import ROOT
from tests.served import exchange, wait_for

SETTINGS = (ROOT / "docs/reference/settings.md").read_text()
MUST = re.findall(r"^\| `(\w+)` \| Must \|", SETTINGS, flags=re.MULTILINE)
COMPLETE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "s" * 50,
    "ENCRYPTION_KEYS": "k1:" + base64.b64encode(b"k" * 32).decode(),
    "PUBLIC_URL": "https://calls.example.com",
    "ALLOWED_HOSTS": "calls.example.com",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


def started(told: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Start Python with nothing in its environment but this."""
    told = {"PATH": os.environ["PATH"], **told}
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=told, capture_output=True, text=True, check=False)


def test_the_reference_names_what_production_must_be_told() -> None:
    assert set(MUST) == set(COMPLETE) - {"ENVIRONMENT"}


@pytest.mark.parametrize("missing", MUST)
def test_it_does_not_start_on_a_default(missing: str) -> None:
    told = {name: value for name, value in COMPLETE.items() if name != missing}

    ended = started(told, "manage.py", "check")

    assert ended.returncode != 0
    assert f"{missing} is not set. Set it, or {missing}_FILE" in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ENCRYPTION_KEYS", "k 1:c2hvcnQ=", "ENCRYPTION_KEYS: every entry is id:base64"),
        ("ENCRYPTION_KEYS", ",", "ENCRYPTION_KEYS holds no key."),
        ("PUBLIC_URL", "calls.example.com", "write the whole address: https://calls.example.com"),
        ("ALLOWED_HOSTS", ",", "ALLOWED_HOSTS names nothing."),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "TRUSTED_PROXIES: 10.0.0.1/8 has host bits set. Write networks such as"),
    ],
)
def test_it_does_not_start_on_a_value_that_makes_no_sense(name: str, value: str, said: str) -> None:
    ended = started(COMPLETE | {name: value}, "manage.py", "check")

    assert ended.returncode != 0
    assert said in ended.stderr.splitlines()[-1]


def test_the_web_process_refuses_as_commands_do() -> None:
    ended = started(COMPLETE | {"ENCRYPTION_KEYS": "k1:tooshort"}, "-c", "import pipeline.rsgi")

    assert ended.returncode != 0
    assert "ENCRYPTION_KEYS: the key k1 is not the base64 of 32 bytes." in ended.stderr.splitlines()[-1]


def test_with_all_of_it_set_it_starts_and_browsers_keep_to_tls(bench: services.Bench) -> None:
    port = ports.free()
    told = environment.of_process(processes.WEB, bench.values) | {
        name: value for name, value in COMPLETE.items() if name not in {"DATABASE_URL", "REDIS_URL"}
    }
    blanks = {"host": "127.0.0.1", "port": str(port)}
    bench.spawn("production", environment.program(processes.WEB.command(**blanks), Path(sys.executable)), told)
    try:
        wait_for(port)
        page = b"GET /sign-in/ HTTP/1.1\r\nHost: calls.example.com\r\nX-Forwarded-Proto: http\r\n\r\n"
        status, headers, _ = exchange(port, page, seconds=60)
    finally:
        bench.stop("production")

    assert status == 200
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert "; Secure" in headers["set-cookie"]


def test_without_tls_nothing_speaks_of_it(bench: services.Bench) -> None:
    page = b"GET /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Proto: https\r\n\r\n"

    _, headers, _ = exchange(bench.port, page)

    assert "strict-transport-security" not in headers
    assert "secure" not in headers["set-cookie"].lower()
