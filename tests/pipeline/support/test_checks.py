"""`manage.py check --deploy` refuses what is for tests and benchmarks only."""

import subprocess
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from tenants import configuration
from tenants.models import Tenant
from tests.services import ROOT


def refusal(*words: str) -> str:
    """Run the checks of the pipeline; returns what they refuse."""
    with pytest.raises(SystemCheckError) as refused:
        call_command("check", "--tag", "pipeline", "--tag", "database", *words)
    return str(refused.value)


def test_the_project_as_it_is_passes() -> None:
    call_command("check", "--deploy", "--tag", "pipeline")


@pytest.mark.parametrize("scale", [60, 0.5])
def test_a_scaled_time_is_refused_for_a_deployment_only(scale: float, settings: Settings) -> None:
    settings.TIME_SCALE = scale

    call_command("check", "--tag", "pipeline")

    assert f"(pipeline.E001) TIME_SCALE is {scale:g}" in refusal("--deploy")


@pytest.mark.parametrize("name", ["SPEECH_ENGINE", "ANALYZER"])
def test_an_engine_that_there_is_not_is_refused_with_those_there_are(name: str, settings: Settings) -> None:
    setattr(settings, name, "gues")

    said = refusal()

    assert f"(pipeline.E002) {name} is 'gues': there is no such engine" in said
    assert f"Set it to one of: {'rules' if name == 'ANALYZER' else 'whisper'}" in said


def test_the_benchmarks_stand_ins_are_refused_for_a_deployment() -> None:
    """In a process of its own: importing them puts them in the place of the real ones."""
    code = (
        "import benchmarks.standin_worker\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(['manage.py', 'check', '--deploy', '--tag', 'pipeline'])"
    )

    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    for part in ("stage recording", "stage transcript", "provider standin", "provider hubspot", "provider pipedrive"):
        assert f"(pipeline.E003) The {part} is benchmarks.standins" in ran.stderr


@pytest.mark.django_db
def test_an_engine_of_a_tenant_that_there_is_not_is_refused_with_the_tenant(cedar: Tenant, birch: Tenant) -> None:
    configuration.change(cedar, analyzer="standin")
    configuration.change(birch, analyzer="rules", speech_engine="whisper")

    said = refusal("--deploy", "--database", "default")

    assert "(pipeline.E004) Tenant cedar chose the engines - and standin" in said
    assert "birch" not in said
