"""The list of calls."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from calls.models import Call
from pipeline.dashboard import listing
from pipeline.steps.models import Step
from tenants.models import Tenant
from tenants.scope import scope
from tests.web.conftest import signed_in, text_of
from tests.web.scenes import Scene, person

pytestmark = pytest.mark.django_db
Make = Callable[..., Call]


def ids(client: Client, query: str = "") -> list[int]:
    """Return the calls of the list, in its order."""
    page = client.get(f"/calls/{query}").content.decode()
    return [int(pk) for pk in re.findall(r'<tr id="call-(\d+)"', page)]


def test_a_row_says_who_what_for_where_it_stands_and_what_the_crms_have(client: Client, make: Make) -> None:
    call = make("rate_limited")

    page = client.get("/calls/").content.decode()
    row = text_of(client.get("/calls/")).split("CRM", 2)[-1]

    assert f'href="/calls/{call.pk}/"' in page
    for said in (
        "3:11",
        "92 Hot",
        "Rosalind Okafor",
        "(512) 555-0134",
        "Kitchen remodel",
        "right after New Year's, mid January · $40,000 \N{EN DASH} 50,000".replace("'", "&#x27;"),
        "Google Ads",
        "Waiting",
        "Pipedrive in 0:4",
        "HubSpot: in the CRM",
        "Pipedrive: on its way",
    ):
        assert said in row


@pytest.mark.parametrize(
    "after",
    [
        "0001-01-01T00:00:00%2B23:59~1",
        "9999-12-31T23:59:59-23:59~1",
        "2026-11-26T00:00:00~1",
        "2026-11-26T00:00:00Z~x",
        "99999999999999999999~1&sort=score",
        "5~99999999999999999999&sort=score",
        "~",
    ],
)
def test_a_place_in_the_list_that_makes_no_sense_is_no_error(client: Client, make: Make, after: str) -> None:
    make("done")

    assert client.get(f"/calls/?after={after}").status_code == 200


@pytest.mark.parametrize(
    ("kind", "word", "brief"),
    [
        ("transcribing", "Processing", "Transcribing"),
        ("refused", "Needs attention", "HubSpot refused"),
        ("parked", "Needs attention", "Salesforce waits for you"),
        ("done", "Done", "In the CRM"),
        ("vendor", "Skipped", "Kept, not sent to the CRM"),
        ("missed", "Done", "In the CRM"),
        ("pending", "Pending", "Recording waits for a worker"),
    ],
)
def test_a_call_is_shown_and_found_under_its_status(
    client: Client, make: Make, kind: str, word: str, brief: str
) -> None:
    call = make(kind)

    assert f"{word} {brief}" in text_of(client.get("/calls/"))
    assert ids(client, f"?status={word}") == [call.pk]
    assert sum(len(ids(client, f"?status={other}")) for other in ("Pending", "Processing", "Waiting")) == (
        word in {"Pending", "Processing", "Waiting"}
    )


def test_the_list_takes_the_same_queries_for_one_call_and_for_three(
    client: Client, make: Make, queries: Callable[[], int]
) -> None:
    make("done")
    queries()
    client.get("/calls/")
    for_one = queries()
    make("refused")
    make("transcribing")
    queries()

    assert len(ids(client)) == 3
    assert queries() == for_one


def test_filters_narrow_the_list_together(client: Client, make: Make) -> None:
    hot, vendor, missed = make("done"), make("vendor"), make("missed")

    assert ids(client, "?band=hot") == [hot.pk]
    assert ids(client, "?kind=vendor") == [vendor.pk]
    assert set(ids(client, "?crm=hubspot")) == {hot.pk, missed.pk}
    assert ids(client, "?crm=-hubspot") == [vendor.pk]
    assert ids(client, "?band=hot&crm=-hubspot") == []
    assert len(ids(client, "?band=purple&status=Lost&sort=colour")) == 3


@pytest.mark.parametrize("asked", ["rosalind okaf", "555-0134", "5550134", "cal019AB"])
def test_a_call_is_found_by_name_number_or_id(client: Client, make: Make, asked: str) -> None:
    call = make("done", "CAL019ab7c2")
    make("vendor", "CALffff")

    assert ids(client, f"?q={asked}") == [call.pk]


@pytest.mark.parametrize("asked", ["%", "_", "'; drop table calls_call; --", "\x00", "9" * 400])
def test_a_search_takes_any_text_literally(client: Client, make: Make, asked: str) -> None:
    make("done", "CAL1")

    response = client.get("/calls/", {"q": asked})

    assert response.status_code == 200
    assert b"No calls match" in response.content or asked == "\x00"


def test_sorting_by_time_and_score_both_ways(client: Client, make: Make) -> None:
    cold, hot, none = make("missed", minutes=9), make("done", minutes=5), make("transcribing", minutes=7)

    assert ids(client) == [hot.pk, none.pk, cold.pk]
    assert ids(client, "?sort=time") == [cold.pk, none.pk, hot.pk]
    assert ids(client, "?sort=-score") == [hot.pk, cold.pk, none.pk]
    assert ids(client, "?sort=score") == [none.pk, cold.pk, hot.pk]


@pytest.mark.parametrize("sort", ["-time", "time", "-score", "score"])
def test_older_pages_show_every_call_once(
    client: Client, cedar: Tenant, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    with scope(cedar):
        scene = Scene(cedar)
        calls = [scene.call(minutes=5) for _ in range(5)] + [scene.call(minutes=9), scene.call(minutes=1)]
        for number, call in enumerate(calls[:4]):
            scene.score(call, score=50 + number % 2, band="warm")
    seen: list[int] = []
    query = f"?sort={sort}"
    while query:
        page = client.get(f"/calls/{query}").content.decode()
        seen += [int(pk) for pk in re.findall(r'<tr id="call-(\d+)"', page)]
        older = re.search(r'href="(\?[^"]*after=[^"]*)"', page)
        query = older[1].replace("&amp;", "&") if older else ""

    assert sorted(seen) == sorted(call.pk for call in calls)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("after", ["x", "~", "2026-01-01~5", "99999999999999999999~1", "-1~-1"])
def test_a_cursor_that_makes_no_sense_is_no_error(client: Client, make: Make, after: str) -> None:
    make("done")

    for sort in ("-time", "-score"):
        assert client.get("/calls/", {"after": after, "sort": sort}).status_code == 200


def test_an_empty_list_says_what_belongs_there(client: Client) -> None:
    assert "No calls yet The first one appears here by itself" in text_of(client.get("/calls/"))


def test_the_poll_tells_of_new_calls_and_brings_rows_that_moved(client: Client, make: Make, cedar: Tenant) -> None:
    moving = make("transcribing")
    asked = f"/calls/live?newest={moving.pk}&open={moving.pk}"
    first = client.get(asked)
    assert client.get(asked, headers={"If-None-Match": first["ETag"]}).status_code == 304

    make("done")
    Step.objects.filter(tenant=cedar, stage="transcript").update(state="dead")
    second = client.get(asked, headers={"If-None-Match": first["ETag"]})

    assert second.status_code == 200
    assert "1 new call" in text_of(second)
    assert f'<tr id="call-{moving.pk}"' in second.content.decode()
    assert "Transcript failed" in text_of(second)


def test_the_poll_takes_any_query(client: Client) -> None:
    assert client.get("/calls/live?newest=abc&open=1,x,99999999999999999999").status_code == 200


def test_a_list_shows_only_its_own_tenants_calls(make: Make, birch: Tenant) -> None:
    mine = make("done", "CALsecret")
    other = signed_in(person("b@birch.example", (birch, "owner")))

    assert ids(other) == []
    assert "No calls match" in text_of(other.get("/calls/?q=CALsecret"))
    assert f"call-{mine.pk}" not in other.get(f"/calls/live?newest=0&open={mine.pk}").content.decode()
