"""docker-compose.yml starts what bin/up starts, told the same, with no secret by default."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from deploy import healthcheck, new_env
from pipeline.local import processes
from pipeline.local.processes import Process
from pipeline.steps import lease
from tests.repo.sources import ROOT, first_column

TEXT = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
BESIDES = {"postgres", "valkey", "migrate"}
# On one's own machine the ring of keys lies in KEYS_DIR, hosts and log level have their defaults.
ADDED, LEFT_OUT = {"ENCRYPTION_KEYS", "ALLOWED_HOSTS", "LOG_LEVEL"}, {"KEYS_DIR"}
DEPLOYED = pytest.mark.parametrize("process", processes.DEPLOYED, ids=lambda one: one.name)


def test_services_are_the_deployed_processes_with_the_stores_and_the_migration() -> None:
    assert set(SERVICES) == {process.name for process in processes.DEPLOYED} | BESIDES


@DEPLOYED
def test_command_is_that_of_the_process_table(process: Process) -> None:
    assert SERVICES[process.name]["command"] == process.command(host="0.0.0.0", port="8000", run="/tmp")


@DEPLOYED
def test_environment_has_the_names_of_the_process_table(process: Process) -> None:
    environment = SERVICES[process.name]["environment"]

    assert set(environment) == set(process.environment) - LEFT_OUT | ADDED
    assert environment["PROCESS_NAME"] == process.name


def test_only_the_migration_knows_the_owner() -> None:
    knowing = {name for name, one in SERVICES.items() if processes.OWNER_ONLY[0] in one["environment"]}

    assert knowing == {"migrate"}


def test_every_variable_of_our_processes_is_in_the_reference() -> None:
    told = {
        name
        for one, service in SERVICES.items()
        if one not in {"postgres", "valkey"}
        for name in service["environment"]
    }

    assert told - set(first_column("docs/reference/settings.md")) == set()


def test_file_asks_for_what_the_script_writes_and_nothing_secret_has_a_default() -> None:
    asked = set(re.findall(r"\$\{(\w+)\}", TEXT))
    defaulted = set(re.findall(r"\$\{(\w+):?-", TEXT))

    assert asked == set(new_env.values("https://calls.example.com"))
    own = {"PIPELINE_VERSION", "ENGINES", "WEB_PORT", "LOG_LEVEL", "TRUSTED_PROXIES", "EMAIL_URL", "EMAIL_FROM"}
    assert defaulted == own | {*processes.VENDORS}


@pytest.mark.parametrize("queue", processes.QUEUES)
def test_workers_have_the_limits_of_the_guide(queue: str) -> None:
    assert SERVICES[f"worker-{queue}"]["deploy"]["resources"] == {
        "limits": {"memory": "4g", "cpus": "2"},
        "reservations": {"memory": "2g", "cpus": "1"},
    }


@pytest.mark.parametrize("queue", processes.QUEUES)
def test_who_stops_a_worker_waits_longer_than_it_takes_to_give_its_step_back(queue: str) -> None:
    service, here = SERVICES[f"worker-{queue}"], processes.worker(queue)
    margin = 2 * lease.LOOK_SECONDS

    assert (
        float(service["stop_grace_period"].removesuffix("s")) > float(service["environment"]["STOP_SECONDS"]) + margin
    )
    assert here.grace > settings.STOP_SECONDS + margin


@DEPLOYED
def test_every_process_has_its_health_check(process: Process) -> None:
    test = SERVICES[process.name]["healthcheck"]["test"]

    assert test == ["CMD", "python", "-m", "deploy.healthcheck", "worker" if process.queue else process.name]
    assert test[-1] in healthcheck.CHECKS


def test_the_schedulers_check_looks_where_it_writes() -> None:
    assert str(healthcheck.SCHEDULE) in SERVICES["scheduler"]["command"]


def test_the_image_collects_the_static_files_with_the_settings_of_production() -> None:
    words = re.search(r"&& (ENVIRONMENT=production .*collectstatic .*)", (ROOT / "Dockerfile").read_text())
    assert words
    command = words[1].replace("python ", f"{sys.executable} ").replace("--verbosity 0", "--dry-run")

    shown = subprocess.run(
        command, shell=True, cwd=ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )

    assert "static files copied" in shown.stdout


def test_nothing_but_the_web_process_is_published_and_that_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {"web": ["127.0.0.1:${WEB_PORT:-8000}:8000"]}


def _config(values: str, path: Path) -> subprocess.CompletedProcess[str]:
    path.write_text(values)
    command = ["docker-compose", "--env-file", str(path), "-f", str(ROOT / "docker-compose.yml"), "config"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="apt-get install docker-compose")
def test_docker_compose_accepts_the_file(tmp_path: Path) -> None:
    written = tmp_path / "written"
    new_env.write(written, "https://calls.example.com")

    shown = _config(written.read_text(), tmp_path / "env")

    assert shown.returncode == 0, shown.stderr
    assert shown.stderr == ""
    assert set(yaml.safe_load(shown.stdout)["services"]) == set(SERVICES)


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="apt-get install docker-compose")
def test_docker_compose_names_each_value_that_is_not_set(tmp_path: Path) -> None:
    shown = _config("", tmp_path / "env")

    assert shown.returncode == 0
    for name in new_env.values("https://calls.example.com"):
        assert f"The {name} variable is not set" in shown.stderr


def test_valkey_refuses_to_start_without_a_password() -> None:
    *_, script = SERVICES["valkey"]["command"]

    shown = subprocess.run(
        ["sh", "-c", script.replace("$$", "$")],
        env={"REDIS_PASSWORD": "", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert shown.returncode != 0
    assert "REDIS_PASSWORD: is not set in .env" in shown.stderr
