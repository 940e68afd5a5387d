"""The reference pages and the code name the same settings, error codes and commands, in both directions."""

import importlib
import json
import re

import pytest
from django.apps import apps
from django.core.management import get_commands
from django.core.management.base import BaseCommand

from calls.webhook import signature
from tests.repo.sources import ROOT, coded_texts, environment, first_column, product, raised_codes, texts

# What the shell or Python bring along, and what steers a run of the tests (CONTRIBUTING.md): not settings.
GIVEN = {"PATH", "HOME", "TERM", "NO_COLOR", "CI", "DJANGO_SETTINGS_MODULE"}
GIVEN |= {"CHROMIUM", "KEEP_TEST_SERVICES", "TEST_VAR_DIR"}
OURS = ("pipeline", "tenants", "calls", "scoring", "crm")


def test_every_setting_is_in_the_reference_and_every_line_is_a_setting() -> None:
    listed = first_column("docs/reference/settings.md")

    assert sorted(listed) == sorted(environment() - GIVEN)


def test_every_error_code_is_in_the_reference() -> None:
    listed = first_column("docs/reference/error-codes.md")
    families = {code.split(".")[0] for code in (*listed, *raised_codes())} - set(OURS[:-1])

    used = raised_codes() | coded_texts(families)

    assert {code: place for code, place in used.items() if code not in listed} == {}


def test_every_error_code_of_the_reference_is_used() -> None:
    listed = first_column("docs/reference/error-codes.md")

    used = raised_codes() | coded_texts({code.split(".")[0] for code in listed})

    assert [code for code in listed if code not in used] == []


def test_every_error_code_has_a_cause_and_something_to_do() -> None:
    page = (ROOT / "docs/reference/error-codes.md").read_text()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| `")
    ]

    assert [row[0] for row in rows if len(row) != 3 or not all(row)] == []
    assert len({row[0] for row in rows}) == len(rows)


def test_every_system_check_is_in_the_reference_and_every_line_exists() -> None:
    used = [
        found
        for module in product()
        for found in re.findall(r'\bid="((?:tenants|pipeline)\.E[0-9]{3})"', "\n".join(module.lines))
    ]

    assert sorted(first_column("docs/reference/checks.md")) == sorted(used)


def commands() -> set[str]:
    """Return the management commands that our apps bring."""
    labels = {config.name for config in apps.get_app_configs() if config.name.split(".")[0] in OURS}
    return {name for name, app in get_commands().items() if app in labels}


def test_every_command_and_script_is_in_the_reference_and_every_line_exists() -> None:
    scripts = {f"bin/{path.name}" for path in (ROOT / "bin").iterdir() if not path.name.startswith(("_", "."))}

    assert sorted(first_column("docs/reference/commands.md")) == sorted(commands() | scripts)


def options() -> list[tuple[str, str]]:
    """Return every option of our commands with its command."""
    found = []
    for name in sorted(commands()):
        command = importlib.import_module(f"{get_commands()[name]}.management.commands.{name}").Command()
        common = {
            option
            for action in BaseCommand().create_parser("manage.py", "any")._actions
            for option in action.option_strings
        }
        parser = command.create_parser("manage.py", name)
        found += [
            (name, option)
            for action in parser._actions
            for option in action.option_strings
            if option.startswith("--") and option not in common
        ]
    return found


def test_every_option_of_a_command_is_in_the_reference() -> None:
    page = (ROOT / "docs/reference/commands.md").read_text()
    rows = dict(re.findall(r"^\| `([^`]+)` (.*)$", page, flags=re.MULTILINE))

    assert [f"{name} {option}" for name, option in options() if f"`{option}" not in rows.get(name, "")] == []


@pytest.mark.parametrize("suffix", [".py", ".sh", ".html", ".yml", ".toml"])
def test_pages_that_the_code_names_exist(suffix: str) -> None:
    named = {
        (name, page)
        for name, text in texts()
        if name.endswith(suffix) or (suffix == ".sh" and name.startswith("bin/"))
        for page in re.findall(r"\bdocs/[\w/-]+\.md", text)
    }

    assert [
        f"{name}: {page}" for name, page in sorted(named) if "missing" not in page and not (ROOT / page).exists()
    ] == []


def test_example_of_the_webhook_page_is_signed_right() -> None:
    page = (ROOT / "docs/reference/webhook.md").read_text()
    timestamp = re.search(r"x-timestamp: ([0-9]{10})", page)
    signed = re.search(r"x-callrail-signature: (sha256=[0-9a-f]{64})", page)
    body = re.search(r"^    (\{.+\})$", page, flags=re.MULTILINE)
    assert timestamp
    assert signed
    assert body

    genuine = signature.is_genuine(
        body=body[1].encode(), timestamp=timestamp[1], signature=signed[1], secrets=[b"your_webhook_secret"]
    )

    assert genuine
    assert set(json.loads(body[1])) <= set(first_words(page))


def first_words(page: str) -> list[str]:
    """Return the fields that the page's table names."""
    return [
        name
        for line in page.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    ]


def test_every_event_of_the_trail_is_in_the_reference() -> None:
    recorded = re.compile(r'trail\.record\(\s*"([a-z_.]+)"')
    events = {event for module in product() for event in recorded.findall("\n".join(module.lines))}

    assert len(events) > 15
    assert events - set(re.findall(r"`([a-z_]+\.[a-z_]+)`", (ROOT / "docs/reference/audit.md").read_text())) == set()
