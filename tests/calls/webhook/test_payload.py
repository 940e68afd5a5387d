"""The guide's payload: strict JSON, then typed fields."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.webhook import payload
from tests import webhooks

LONE = '{"a": "\\ud800"}'


def typed(**more: object) -> payload.Payload:
    body = webhooks.body_of("cedar", **{"call_id": "CAL1", **more})
    return payload.typed(payload.parse(body), body=body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"123",
        b'{"a": 1',
        b'{"a": 1} x',
        b'{"a": 1}{"a": 1}',
        b"{'a': 1}",
        b'{"a": 1} // c',
        b'{"a": 1, "a": 2}',
        b'{"b": {"a": 1, "a": 2}}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": ' + b"1" * 4301 + b"}",
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": [{"b": "\\u0000"}]}',
        b'{"a": "x\x01y"}',
        LONE.encode(),
        b'{"\\udfff": 1}',
        b'{"a": "\xc0\xaf"}',
        b'{"a": "\xff"}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-16-le"),
        '{"a": 1}'.encode("utf-32"),
        b'{"a": ' + b"[" * 1000 + b"]" * 1000 + b"}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_a_body_that_is_not_one_storable_json_object_is_malformed(body: bytes) -> None:
    with pytest.raises(payload.Malformed):
        payload.parse(body)


@pytest.mark.parametrize(
    ("body", "parsed"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b' {"a": [{"b": null}]} \n', {"a": [{"b": None}]}),
        (b'{"a": "\\\\u0000"}', {"a": "\\u0000"}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a": "' + b"[" * 200 + b'"}', {"a": "[" * 200}),
        (b'{"a": 1.5}', {"a": 1.5}),
    ],
)
def test_a_json_object_is_read(body: bytes, parsed: dict[str, Any]) -> None:
    assert payload.parse(body) == parsed


def test_twenty_levels_are_read() -> None:
    deep: Any = 1
    for _ in range(20):
        deep = [deep]

    assert payload.parse(json.dumps({"a": deep}).encode()) == {"a": deep}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(body: bytes) -> None:
    try:
        read = payload.parse(body)
    except payload.Malformed:
        return
    assert isinstance(read, dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda more: st.lists(more, max_size=3)
)


@given(st.dictionaries(st.sampled_from([*payload.LIMITS, "call_id", "duration", "start_time", "event", "utm_x"]), JSON))
def test_any_values_make_a_payload_or_a_reason(fields: dict[str, Any]) -> None:
    try:
        read = payload.typed(fields, body=b"{}", latest=dt.datetime.now(dt.UTC))
    except payload.Invalid:
        return
    assert 0 <= read.duration <= 86_400


def test_the_guides_minimum_is_enough() -> None:
    texts = dict.fromkeys(
        ["caller_name", "caller_email", "tracking_number", "source", "medium", "campaign", "keyword", "gclid"], ""
    )

    assert typed() == payload.Payload(
        call_id="CAL1",
        event="call_completed",
        caller_id="+15551234567",
        duration=180,
        start_time=None,
        direction="",
        recording_url="",
        texts={**texts, "landing_page_url": ""},
        utm={},
    )


def test_all_fields_are_read() -> None:
    read = typed(
        event="call_modified",
        recording="https://x.example/a.mp3",
        start_time="2026-03-01T14:00:00-05:00",
        direction="Outbound",
        caller_name="Ann",
        source=7,
        utm_source="google",
        utm_empty="",
        more={"left": "unread"},
    )

    assert read.event == "call_modified"
    assert read.recording_url == "https://x.example/a.mp3"
    assert read.start_time == dt.datetime(2026, 3, 1, 19, tzinfo=dt.UTC)
    assert read.direction == "outbound"
    assert read.texts["caller_name"] == "Ann"
    assert read.texts["source"] == "7"
    assert read.utm == {"utm_source": "google"}


def test_recording_url_goes_before_its_alias() -> None:
    assert (
        typed(recording_url="https://a.example/", recording="https://b.example/").recording_url == "https://a.example/"
    )
    assert typed(recording_url="", recording="https://b.example/").recording_url == "https://b.example/"


def test_a_start_time_without_offset_is_utc() -> None:
    assert typed(start_time="2026-03-01 14:00:00").start_time == dt.datetime(2026, 3, 1, 14, tzinfo=dt.UTC)


def test_a_call_id_as_text_and_as_number_is_one_identity() -> None:
    assert typed(call_id=1).call_id == typed(call_id="1").call_id == typed(call_id=" 1 ").call_id == "1"


@pytest.mark.parametrize(("given", "read"), [("180", 180), (180, 180), (0, 0), ("0", 0), (86_400, 86_400)])
def test_a_duration_is_whole_seconds_of_at_most_a_day(given: object, read: int) -> None:
    assert typed(duration=given).duration == read


@pytest.mark.parametrize(
    "value", [2**31, -5, 1.5, "180s", "", None, True, [], {}, "-1", "1_0", "١٨٠", " 180", "86401", 86_401]
)
def test_another_duration_is_invalid(value: object) -> None:
    with pytest.raises(payload.Invalid, match="duration"):
        typed(duration=value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("call_id", None),
        ("call_id", ""),
        ("call_id", "  "),
        ("call_id", 1.5),
        ("call_id", True),
        ("call_id", ["x"]),
        ("call_id", "x" * 256),
        ("caller_id", None),
        ("caller_id", []),
        ("caller_id", "1" * 65),
        ("caller_name", "x" * 256),
        ("caller_name", {"first": "Ann"}),
        ("recording_url", True),
        ("recording_url", ["https://x.example"]),
        ("recording", "x" * 16_385),
        ("start_time", "soon"),
        ("start_time", 1_694_617_200),
        ("start_time", "0001-01-01T00:00:00+14:00"),
        ("start_time", "9999-12-31T23:59:59-23:59"),
        ("start_time", "1999-12-31T23:59:59Z"),
        ("start_time", "2000-01-01T00:00:00+00:01"),
        ("caller_id", True),
        ("call_id", "CAL\n1"),
        ("call_id", "CAL1\t"),
        ("call_id", "CAL\u202e1"),
        ("call_id", "CAL\u200b1"),
        ("call_id", "CAL\u20281"),
        ("direction", "sideways"),
        ("direction", 1),
        ("event", "Call Completed"),
        ("event", 1),
        ("utm_source", "x" * 1025),
        ("utm_" + "x" * 61, "y"),
        ("tags", ["x"] * 10_000),
    ],
)
def test_a_field_that_makes_no_sense_is_invalid(name: str, value: object) -> None:
    with pytest.raises(payload.Invalid):
        typed(**{name: value})


@pytest.mark.parametrize("name", ["call_id", "caller_id", "duration"])
def test_the_minimum_must_be_there(name: str) -> None:
    fields = webhooks.fields("cedar")
    del fields[name]

    with pytest.raises(payload.Invalid, match=name):
        payload.typed(fields, body=b"{}")


@pytest.mark.parametrize(
    "text",
    [
        "=cmd()",
        "+1555",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "%0d%0aBcc:",
        "'; drop table x",
        "../a",
        "e\u0301" * 100,
    ],
)
def test_a_hostile_text_is_only_text(text: str) -> None:
    assert typed(caller_name=text, call_id=text).texts["caller_name"] == text


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "file:///etc/passwd", "//host", "https://u:p@h/", "gopher:x", "x" * 8192]
)
def test_any_recording_url_is_kept_for_the_recording_stage_to_judge(url: str) -> None:
    assert typed(recording_url=url).recording_url == url


def test_hundreds_of_unknown_fields_are_left_unread() -> None:
    assert typed(**{f"extra_{number}": number for number in range(500)}) == typed()


def test_a_byte_order_mark_is_refused_after_the_signature_only() -> None:
    body = payload.BOM + webhooks.body_of("cedar")

    fields = payload.parse(body)

    with pytest.raises(payload.Malformed, match="byte order mark"):
        payload.typed(fields, body=body)


@pytest.mark.parametrize("name", ["utm_Secret", "utm_<script>", "utm_a\n", "utm_" + "s" * 61, "utm_"])
def test_a_made_up_field_name_is_not_repeated(name: str) -> None:
    with pytest.raises(payload.Invalid, match=r"^A field must be a text\.$"):
        typed(**{name: ["x"]})


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("utm_a", ["x"], "utm_a must be a text."),
        ("utm_a", "x" * 1025, "utm_a may have at most 1024 characters."),
        ("caller_id", True, "caller_id must be the caller's number, as text or digits; empty if it was withheld."),
        ("caller_id", "1" * 65, "caller_id may have at most 64 characters."),
        ("caller_name", True, "caller_name must be a text."),
        ("start_time", "soon", "start_time must be a moment such as 2026-03-01T14:00:00-05:00."),
        ("start_time", "1970-01-01T00:00:00Z", "start_time must not lie before the year 2000."),
    ],
)
def test_the_reason_names_the_field_and_what_is_wrong_with_it(name: str, value: object, reason: str) -> None:
    with pytest.raises(payload.Invalid) as raised:
        typed(**{name: value})

    assert str(raised.value) == reason


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("Ann\nLee", "Ann Lee"),
        ("Ann\u2028Lee", "Ann Lee"),
        ("Ann\u202eeeL", "AnneeL"),
        ("\u2066Ann\u2069 \x1b[31mLee", "Ann  [31mLee"),
        ("Jos\u00e9\u00a0\u5f20", "Jos\u00e9\u00a0\u5f20"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    ],
)
def test_a_text_can_not_break_or_turn_the_line_that_shows_it(sent: str, read: str) -> None:
    made = typed(caller_name=sent, utm_source=sent, caller_id=sent)

    assert (made.texts["caller_name"], made.utm["utm_source"], made.caller_id) == (read, read, read)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("https://shop.example/?a=b c", "https://shop.example/?a=b c"),
        ("HTTP://shop.example", "HTTP://shop.example"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("shop.example/roofs", ""),
        ("https:///etc", ""),
        ("ftp://shop.example/", ""),
    ],
)
def test_a_landing_page_is_a_web_address_or_nothing(sent: str, read: str) -> None:
    assert typed(landing_page_url=sent).texts["landing_page_url"] == read
