"""What the history keeps of requests and answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.models import Exchange
from crm.sync import exchanges
from crm.sync.provider import Sent
from tenants.models import Tenant
from tests.scoring import rows

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"phone": "+15125550147"}, {"phone": "***0147"}),
        ({"access_token": "abc", "id": "5125550147"}, {"access_token": "***", "id": "5125550147"}),
        ({"person_id": 12, "WhoId": "00Q000000000001AAA"}, {"person_id": 12, "WhoId": "00Q000000000001AAA"}),
        ({"caller_id": "+15125550147"}, {"caller_id": "***0147"}),
        ("Authorization: Bearer pat-na1-0123456789", "Authorization: ***"),
        ("a\x00b", "ab"),
        ("x" * 5000, "x" * 4000),
        (list(range(60)), list(range(50))),
    ],
)
def test_secrets_and_numbers_are_masked_and_ids_are_not(value: object, kept: object) -> None:
    assert exchanges.masked(value) == kept


@given(json_values)
def test_any_json_stays_json(value: object) -> None:
    json.dumps(exchanges.masked(value), allow_nan=False)


@given(json_values)
def test_a_secret_is_nowhere_in_what_is_kept(value: object) -> None:
    kept = exchanges.masked({"a": [{"client_secret": {"deep": value, "s": "hunter2hunter2"}}]})

    assert kept == {"a": [{"client_secret": "***"}]}


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({"a\x00b": 1}, {"ab": 1}),
        ({"x\ud800": ["\udc00"]}, {"x?": ["?"]}),
        (["\x00", {}, None], ["", {}, None]),
        (10**30, 10**30),
        ({"a": float("nan"), "b": [float("inf"), 1.5]}, {"a": "nan", "b": ["inf", 1.5]}),
        (None, None),
    ],
    ids=["NUL", "half a character", "empty", "long number", "no number", "nothing"],
)
def test_whatever_a_crm_answers_is_kept(in_cedar: Tenant, answer: object, kept: object) -> None:
    job = rows.job(in_cedar, "sync", rows.call().pk)

    exchanges.keep(job, [Sent("GET", "/a\x00", None, 200, answer, 0.5), Sent("GET", "/b", {"q": 1}, None, None, 1)])

    first, second = Exchange.objects.order_by("pk")
    assert (first.path, first.request, first.status, first.answer, first.seconds) == ("/a", None, 200, kept, 0.5)
    assert (second.request, second.status, second.answer) == ({"q": 1}, None, None)
