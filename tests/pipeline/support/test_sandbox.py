"""The command `sandbox`: what can't be served is refused with a sentence."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["hubspot", "--port", "99999999"], "'99999999' is no port. Write a number up to 65535"),
        (["hubspot", "--port", "9" * 5000], "is no port"),
        (["hubspot", "--port", "-1"], "'-1' is no port"),
        (["hubspot", "--port", "http"], "'http' is no port"),
        (["hubspot", "--ports", "hubspot=1"], "one sandbox takes --port"),
        (["all", "--port", "8081"], "`all` takes --ports"),
        (["all", "--ports", "hubspot=70000"], "'70000' is no port"),
        (["all", "--ports", "hubspot"], "'' is no port"),
        (["all", "--ports", "zoho=8081"], "'zoho=8081' names no sandbox"),
    ],
    ids=lambda value: "",
)
def test_a_port_that_is_none_is_refused(words: list[str], says: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("sandbox", *words)

    assert says in str(refused.value)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=rf"in use.*free port \(asked for: {port}\)"):
            call_command("sandbox", "recordings", port=str(port), state=tmp_path)


def test_one_of_all_that_can_not_start_is_named_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "manage.py", "sandbox", "all", "--state", str(tmp_path / "file")]

    ended = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert "hubspot: The sandbox can't start" in ended.stderr
    assert "ended by itself" in ended.stderr
    assert "Traceback" not in ended.stderr
