"""What goes wrong shows a page that says so, and input that makes no sense breaks nothing."""

import json
import logging
import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from calls.models import Call
from pipeline.logs import JsonLines
from pipeline.steps.models import Step
from tests.web.conftest import text_of

pytestmark = pytest.mark.django_db


def test_a_bug_shows_an_id_that_stands_in_its_line_of_the_log(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ROOT_URLCONF = "tests.web.broken_urls"
    client.raise_request_exception = False

    answer = client.get("/bug?q=5125550134")

    shown = re.search(r"<code>([0-9a-f-]{36})</code>", answer.content.decode())
    assert answer.status_code == 500
    assert shown
    [record] = [one for one in caplog.records if one.name == "django.request"]
    line = json.loads(JsonLines().format(record))
    assert (line["request_id"], line["severity"], line["status_code"]) == (shown[1], "ERROR", 500)
    assert "RuntimeError: a bug" in line["exception"]
    assert "5125550134" not in json.dumps(line)


def test_a_line_about_no_request_is_as_it_was() -> None:
    record = logging.makeLogRecord({"msg": "step.done", "levelname": "INFO", "tenant": "cedar"})

    assert {"message": "step.done", "tenant": "cedar"}.items() <= json.loads(JsonLines().format(record)).items()


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 200, "9" * 19, "-1", "\u0661" * 300, "²", "1\0", ""])
def test_numbers_that_make_no_sense_are_none(client: Client, number: str) -> None:
    asked: list[tuple[str, dict[str, str]]] = [
        ("/calls/live", {"newest": number}),
        ("/calls/live", {"newest": "1", "open": f"{number},{number}"}),
        ("/calls/", {"after": f"{number}~{number}", "sort": "-score"}),
        ("/calls/", {"after": f"2026-01-01T00:00:00+00:00~{number}"}),
        ("/calls/", {"after": f"0001-01-01T00:00:00+14:00~{number or 1}", "sort": "time"}),
        ("/calls/", {"q": number, "crm": number, "status": number, "kind": number, "band": number}),
    ]

    assert [client.get(path, given).status_code for path, given in asked] == [200] * len(asked)


@pytest.mark.parametrize("target", ["x\0", "x", "zoho", "9" * 5000, "<script>", "hubspot\0"])
def test_a_replay_for_a_crm_that_is_not_there_changes_nothing_and_names_those_that_are(
    client: Client, make: Callable[..., Call], target: str
) -> None:
    call = make("refused")
    before = list(Step.objects.order_by("pk").values())

    answer = client.post(f"/calls/{call.pk}/replay", {"of": "cedar", "stage": "sync", "target": target}, follow=True)

    assert answer.status_code == 200
    assert "No such CRM is connected. Connected: HubSpot, Salesforce, Pipedrive." in text_of(answer)
    assert list(Step.objects.order_by("pk").values()) == before
