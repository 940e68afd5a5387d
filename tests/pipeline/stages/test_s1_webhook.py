"""The guide's door, row by row of the bad-input catalogue; over HTTP: test_intake_over_http.py."""

import base64
import datetime as dt
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import time_machine
from django.conf import settings

from calls.models import Call
from calls.webhook import doors, flusher, payload, refused, signature
from tenants import secrets
from tenants.models import Tenant
from tenants.provisioning import Made
from tenants.scope import scope
from tests import webhooks
from tests.drain import drain
from tests.pipeline.conftest import Tables

UNSIGNED = {"error": "Invalid webhook signature", "code": "webhook.signature"}


def error_of(answer: webhooks.Answer) -> dict[str, object]:
    """Return the error without its request id, which must be the header's."""
    content = dict(answer.json)
    assert content.pop("request_id") == answer.headers["X-Request-Id"] != ""
    return content


# --- accepted -------------------------------------------------------------------------------------


def test_a_signed_webhook_is_stored_with_its_step(secret: str, tables: Tables, made: dict[str, Made]) -> None:
    body = webhooks.body_of("cedar", "CAL9")

    answer = webhooks.post(body, secret, {"user-agent": "source/1", "cookie": "a=b", "authorization": "Bearer x"})

    assert answer.status == 200
    [(delivery_id, stored, event, ref, kept, address, request_id)] = tables.rows(
        "SELECT id, body, event, call_ref, headers, host(remote_addr), request_id FROM t_cedar.calls_webhookdelivery"
    )
    assert answer.json == {"status": "accepted", "delivery_id": delivery_id}
    assert (bytes(stored), event, ref, address) == (body, "call_completed", "CAL9", "127.0.0.1")
    assert set(kept) == {"x-callrail-signature", "x-timestamp", "user-agent"}
    assert request_id == answer.headers["X-Request-Id"]
    [step] = tables.rows("SELECT tenant_id, stage, queue, subject, target, lane, state, attempts FROM steps_step")
    assert step[:5] == (made["cedar"].tenant.pk, "call", "intake", delivery_id, "")
    assert step[5] == "ref:" + hashlib.sha256(b"CAL9").hexdigest()[:16]
    assert step[6:] == ("waiting", 0)


def test_the_same_body_again_is_a_duplicate_without_new_work(secret: str, tables: Tables) -> None:
    body = webhooks.body_of("cedar")
    first = webhooks.post(body, secret)

    again = webhooks.post(body, secret)
    later = webhooks.post(body, secret, signed(body, secret, str(int(time.time()) - 60)))

    assert again.json == later.json == {"status": "duplicate", "delivery_id": first.json["delivery_id"]}
    assert tables.count("cedar") == 1


def test_dedupe_outlives_the_process(secret: str, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    body = webhooks.body_of("cedar")
    webhooks.post(body, secret)
    monkeypatch.setattr(flusher, "intake", flusher.Flusher("another-process"))

    assert webhooks.post(body, secret).json["status"] == "duplicate"
    assert tables.count("cedar") == 1


def test_a_thousand_identical_at_once_are_one_row(secret: str, tables: Tables) -> None:
    body = webhooks.body_of("cedar")

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: webhooks.post(body, secret), range(1000)))

    assert {answer.status for answer in answers} == {200}
    assert sorted(answer.json["status"] for answer in answers)[:2] == ["accepted", "duplicate"]
    assert len({answer.json["delivery_id"] for answer in answers}) == 1
    assert tables.count("cedar") == 1


def test_the_same_call_id_of_two_tenants_is_two_deliveries(secret: str, tables: Tables, made: dict[str, Made]) -> None:
    webhooks.post(webhooks.body_of("cedar"), secret)
    webhooks.post(webhooks.body_of("birch"), made["birch"].webhook_secret)

    assert (tables.count("cedar"), tables.count("birch")) == (1, 1)


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_in_utf8_is_taken(secret: str, tables: Tables, kind: str) -> None:
    assert webhooks.post(webhooks.body_of("cedar"), secret, {"content-type": kind}).status == 200


def test_any_accepted_field_is_stored_inert(secret: str, tables: Tables) -> None:
    body = webhooks.body_of("cedar", "'; DROP SCHEMA t_cedar; --", caller_name="\u0001\u202e=cmd()", x=[{"y": 1.5}])

    assert webhooks.post(body, secret).status == 200
    assert tables.rows("SELECT call_ref FROM t_cedar.calls_webhookdelivery") == [("'; DROP SCHEMA t_cedar; --",)]


def test_twenty_levels_are_taken(secret: str, tables: Tables) -> None:
    deep: object = 1
    for _ in range(20):
        deep = [deep]

    assert webhooks.post(webhooks.body_of("cedar", more=deep), secret).status == 200


# --- before the body is read ----------------------------------------------------------------------


@pytest.mark.parametrize("behind", ["/", "//", "/token", "/token/", "//post_call", "/token/post_call/"])
def test_a_path_that_is_no_doors_is_404_and_told_the_right_one(secret: str, tables: Tables, behind: str) -> None:
    answer = webhooks.post(webhooks.body_of("cedar"), secret, path=webhooks.PATH + behind)

    assert (answer.status, answer.json["code"]) == (404, "webhook.path")
    assert f" {webhooks.PATH}, " in answer.json["error"]
    assert tables.count("cedar") == 0


@pytest.mark.parametrize(("method", "signed_by"), [("POST", ""), ("POST", "wrong"), ("GET", "")])
def test_no_browser_guesses_what_an_answer_is(secret: str, tables: Tables, method: str, signed_by: str) -> None:
    answer = webhooks.post(webhooks.body_of("cedar"), signed_by or secret, method=method)

    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "TRACE", "DELETE", "OPTIONS", "PATCH"])
def test_another_method_is_405_and_says_what_is_allowed(secret: str, method: str) -> None:
    answer = webhooks.post(webhooks.body_of("cedar"), secret, method=method)

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "changes",
    [
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "text/plain"},
        {"content-type": None},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json,text/plain"},
        {"content-encoding": "gzip"},
    ],
)
def test_another_type_or_encoding_is_415(secret: str, changes: dict[str, str | None]) -> None:
    assert webhooks.post(webhooks.body_of("cedar"), secret, changes).status == 415


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (None, 411),
        ("", 411),
        ("x", 400),
        ("-1", 400),
        ("+10", 400),
        ("\uff11\uff10", 400),
        ("10,10", 400),
        ("1048577", 413),
    ],
)
def test_a_length_is_one_number_up_to_a_mebibyte(secret: str, length: str | None, status: int) -> None:
    assert webhooks.post(webhooks.body_of("cedar"), secret, {"content-length": length}).status == status


def test_a_length_of_many_digits_is_413(secret: str) -> None:
    assert webhooks.post(webhooks.body_of("cedar"), secret, {"content-length": "9" * 5000}).status == 413


def test_a_chunked_body_is_411_and_never_taken_as_empty(secret: str) -> None:
    body = webhooks.body_of("cedar")

    assert webhooks.post(body, secret, {"transfer-encoding": "chunked", "content-length": None}).status == 411


def test_a_body_shorter_than_its_length_is_400(secret: str) -> None:
    body = webhooks.body_of("cedar")

    assert webhooks.post(body, secret, {"content-length": str(len(body) + 1)}).status == 400


def test_a_mebibyte_is_taken(secret: str, tables: Tables) -> None:
    body = webhooks.body_of("cedar", more="x")
    body = webhooks.body_of("cedar", more="x" * (payload.MAX_BYTES - len(body) + 1))

    assert len(body) == payload.MAX_BYTES
    assert webhooks.post(body, secret).status == 200


# --- who sends it ---------------------------------------------------------------------------------


def signed(body: bytes, secret: str, timestamp: str) -> dict[str, str | None]:
    return {"x-timestamp": timestamp, "x-callrail-signature": signature.sign(body, timestamp, secret.encode())}


def test_a_missing_or_wrong_signature_is_401(secret: str, tables: Tables) -> None:
    body = webhooks.body_of("cedar")
    right = webhooks.headers(body, secret)["x-callrail-signature"]
    wrong = [
        None,
        "",
        right[:-1],
        right.upper(),
        f"{right},{right}",
        f"{right} ",
        f"{right}\n",
        "sha256=\xff",
        "x" * 8192,
    ]

    answers = [webhooks.post(body, secret, {"x-callrail-signature": one}) for one in wrong]

    assert [error_of(answer) for answer in answers] == [UNSIGNED] * len(wrong)
    assert {answer.status for answer in answers} == {401}
    assert tables.count("cedar") == 0


@pytest.mark.parametrize("slug", ["nobody", "public", "pg_catalog", "information_schema", "tenant_template", "Cedar"])
def test_an_unknown_tenant_gets_the_answer_of_a_wrong_signature(secret: str, slug: str) -> None:
    answer = webhooks.post(webhooks.body_of(slug), secret)

    assert (answer.status, error_of(answer)) == (401, UNSIGNED)


@pytest.mark.parametrize(
    "named",
    [
        'cedar"; drop',
        "../cedar",
        "cedar%00",
        "cedar ",
        " cedar",
        "cedar.",
        "\uff43edar",
        "\u0441edar",
        "ced\u200bar",
        "\u202ecedar",
        "x" * 65,
        "",
        None,
        1,
        ["cedar"],
        {"cedar": 1},
        True,
    ],
)
def test_a_tenant_id_that_only_resembles_one_is_unknown(secret: str, named: object) -> None:
    body = json.dumps(webhooks.fields("cedar") | {"tenant_id": named}).encode()

    assert webhooks.post(body, secret).status == 401


def test_one_tenants_signature_does_not_count_for_another(secret: str, tables: Tables) -> None:
    assert webhooks.post(webhooks.body_of("birch"), secret).status == 401
    assert tables.count("birch") == 0


def test_a_changed_body_is_401(secret: str) -> None:
    body = webhooks.body_of("cedar")
    of_body = signed(body, secret, str(int(time.time())))

    for changed in (body.replace(b": ", b":"), body + b" ", payload.BOM + body, body.replace(b"}", b"}\r\n")):
        assert webhooks.post(changed, secret, of_body).status == 401


def test_a_signed_byte_order_mark_is_400(secret: str) -> None:
    assert webhooks.post(payload.BOM + webhooks.body_of("cedar"), secret).status == 400


@pytest.mark.parametrize(("seconds", "status"), [(300, 200), (-300, 200), (301, 401), (-301, 401)])
def test_a_time_stamp_counts_for_three_hundred_seconds(secret: str, tables: Tables, seconds: int, status: int) -> None:
    body = webhooks.body_of("cedar")

    with time_machine.travel(time.time(), tick=False):
        answer = webhooks.post(body, secret, signed(body, secret, str(int(time.time()) + seconds)))

    assert answer.status == status


@pytest.mark.parametrize("stamp", ["", "0", "1e9", "-1", " {now}", "{now}.0", "{now}000", "{now},{now}", "9" * 400])
def test_a_signed_time_stamp_of_another_form_is_401(secret: str, stamp: str) -> None:
    body = webhooks.body_of("cedar")
    stamp = stamp.format(now=int(time.time()))

    answer = webhooks.post(body, secret, signed(body, secret, stamp))

    assert (answer.status, error_of(answer)) == (401, UNSIGNED)


@pytest.fixture
def rotated(made: dict[str, Made], tables: Tables, secret: str) -> Iterator[str]:
    """Cedar's door has a new secret; the old one counts for another hour."""
    tenant = made["cedar"].tenant
    [(door, sealed)] = tables.rows("SELECT id, secret FROM tenants_webhookdoor WHERE tenant_id = %s", tenant.pk)
    place = (tenant.pk, "webhook_door", door)
    tables.owner.execute(
        "UPDATE tenants_webhookdoor SET secret = %s, previous_secret = %s, previous_valid_until = now() + interval '1h'"
        " WHERE id = %s",
        [secrets.seal("new", *place, "secret"), secrets.seal(secret, *place, "previous_secret"), door],
    )
    doors.guide.renew().wait(5)
    yield "new"
    tables.owner.execute(
        "UPDATE tenants_webhookdoor SET secret = %s, previous_secret = '', previous_valid_until = NULL WHERE id = %s",
        [sealed, door],
    )
    doors.guide.renew().wait(5)


def test_the_old_secret_counts_in_its_grace_and_not_after(secret: str, rotated: str, tables: Tables) -> None:
    body = webhooks.body_of("cedar")

    assert webhooks.post(webhooks.body_of("cedar", "CAL1"), rotated).status == 200
    assert webhooks.post(body, secret).status == 200
    with time_machine.travel(time.time() + 3601):
        assert webhooks.post(body, secret).status == 401
        assert webhooks.post(body, rotated).status == 200


def test_a_secret_newer_than_the_copy_is_looked_up(
    secret: str, tables: Tables, made: dict[str, Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = made["cedar"].tenant
    [(door, sealed)] = tables.rows("SELECT id, secret FROM tenants_webhookdoor WHERE tenant_id = %s", tenant.pk)
    try:
        tables.owner.execute(
            "UPDATE tenants_webhookdoor SET secret = %s WHERE id = %s",
            [secrets.seal("newest", tenant.pk, "webhook_door", door, "secret"), door],
        )
        time.sleep(doors.AGAIN_SECONDS)

        assert webhooks.post(webhooks.body_of("cedar"), "newest").status == 200
    finally:
        tables.owner.execute("UPDATE tenants_webhookdoor SET secret = %s WHERE id = %s", [sealed, door])


# --- what it says ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"123",
        b'{"tenant_id": "cedar"',
        b'{"tenant_id": "cedar", "tenant_id": "birch"}',
        b"[" * 100_000,
        b'{"tenant_id": "cedar", "a": "\\u0000"}',
        b'{"tenant_id": "cedar", "a": "\\ud800"}',
        b'{"tenant_id": "cedar", "a": NaN}',
        '{"tenant_id": "cedar"}'.encode("utf-16"),
        b'{"tenant_id": "cedar", "a": "\xff"}',
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_malformed_json_is_400_whoever_sends_it(secret: str, body: bytes) -> None:
    signed_answer = webhooks.post(body, secret)
    unsigned_answer = webhooks.post(body, "wrong")

    assert (signed_answer.status, error_of(signed_answer)["code"]) == (400, "webhook.malformed")
    assert error_of(unsigned_answer) == error_of(signed_answer)


def full(*parts: bytes) -> bytes:
    """Return a body of a start, as many of the part as a mebibyte holds, and an end."""
    start, part, end = parts
    return start + part * ((payload.MAX_BYTES - len(start) - len(end)) // len(part)) + end


@pytest.mark.parametrize(
    "body",
    [
        full(b'{"tenant_id": "cedar", "\\u0061": [', b"[],", b"[]]}"),
        full(b'{"tenant_id": "cedar", "\\u0061": [', b"{},", b"{}]}"),
        full(b'{"tenant_id": "cedar", "a": [', b'{"b":1},', b"{}]}"),
        full(b'{"tenant_id": "cedar", "a": [', b"1,", b"1]}"),
        full(b'{"tenant_id": "cedar", "a": [', b'"\\ud83d\\ude00",', b"1]}"),
        full(b'{"tenant_id": "cedar", "a": ', b"[", b""),
    ],
)
def test_a_body_of_countless_values_is_refused_before_it_is_read(
    secret: str, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payload, "_DECODER", None)  # whoever reads it gets a 503

    signed_answer, unsigned_answer = webhooks.post(body, secret), webhooks.post(body, "wrong")

    assert (signed_answer.status, error_of(signed_answer)["code"]) == (400, "webhook.malformed")
    assert "20000 brackets, braces and commas" in str(error_of(signed_answer)["error"])
    assert error_of(unsigned_answer) == error_of(signed_answer)


@pytest.mark.parametrize("number", ["9" * 401, "1." + "1" * 400])
def test_a_number_of_countless_digits_is_400(secret: str, number: str) -> None:
    answer = webhooks.post(b'{"tenant_id": "cedar", "a": ' + number.encode() + b"}", secret)

    assert (answer.status, answer.json["error"]) == (400, "The body holds a number of more than 400 digits.")


def test_a_long_text_with_its_commas_is_taken(secret: str, tables: Tables) -> None:
    text = "Well, the roof leaks [inaudible] since Monday, and water comes in, she said. " * 4000

    assert webhooks.post(webhooks.body_of("cedar", transcript=text), secret).status == 200


@pytest.mark.parametrize(
    "more",
    [{"duration": "180s"}, {"duration": 2**31}, {"call_id": None}, {"caller_id": None}, {"tags": ["x"] * 10_000}],
)
def test_a_field_that_makes_no_sense_is_422_for_its_sender(
    secret: str, tables: Tables, more: dict[str, object]
) -> None:
    body = json.dumps(webhooks.fields("cedar") | more).encode()

    assert webhooks.post(body, secret).status == 422
    assert webhooks.post(body, "wrong").status == 401
    assert tables.count("cedar") == 0


def test_a_refused_field_is_named_with_what_is_wrong(secret: str, tables: Tables) -> None:
    answers = [
        webhooks.post(webhooks.body_of("cedar", **{"call_id": "CAL1", **more}), secret)
        for more in ({"utm_a": ["x"]}, {"caller_id": True}, {"call_id": "CAL\u202e1"}, {"call_id": "CAL\n1"})
    ]

    assert {answer.status for answer in answers} == {422}
    assert [str(answer.json["error"]).split(" must ")[0] for answer in answers] == [
        "utm_a",
        "caller_id",
        "call_id",
        "call_id",
    ]


def test_a_start_time_far_from_utc_becomes_a_call(committed: dict[str, Tenant], made: dict[str, Made]) -> None:
    doors.guide.renew().wait(5)
    body = webhooks.body_of("cedar", "FAR", start_time="2026-03-01T14:00:00+23:59")

    assert webhooks.post(body, made["cedar"].webhook_secret).status == 200
    drain()

    with scope(committed["cedar"]):
        assert Call.objects.get(external_id="FAR").started_at == dt.datetime(2026, 2, 28, 14, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(("hours", "status"), [(23, 200), (25, 422), (24 * 365 * 73, 422)])
def test_a_call_begins_at_most_a_day_ahead(secret: str, tables: Tables, hours: int, status: int) -> None:
    began = dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)

    answer = webhooks.post(webhooks.body_of("cedar", start_time=began.isoformat()), secret)

    assert answer.status == status
    assert status == 200 or "start_time lies more than a day ahead" in answer.json["error"]


def test_the_native_door_refuses_until_it_has_a_key(secret: str) -> None:
    answer = webhooks.post(webhooks.body_of("cedar"), secret, path=f"{webhooks.PATH}/token/post_call")

    assert (answer.status, error_of(answer)) == (401, UNSIGNED)


@pytest.mark.parametrize("body", [b"{", b'{"tenant_id": "<script>"}', b'{"tenant_id": "cedar", "call_id": "s3cret"}'])
def test_no_answer_repeats_what_was_sent(secret: str, body: bytes) -> None:
    text = json.dumps(webhooks.post(body, secret).json)

    assert "script" not in text
    assert "s3cret" not in text


# --- what is kept of refused requests --------------------------------------------------------------


def kept(tables: Tables, keeper: refused.Keeper) -> list[tuple[object, ...]]:
    """Return the refused deliveries; they are written in the background."""
    keeper.wait()
    return tables.rows(
        "SELECT tenant_id, status, code, body_sealed, body_bytes, request_id FROM tenants_refuseddelivery ORDER BY id"
    )


def test_a_refused_request_of_a_known_tenant_is_kept_sealed(
    secret: str, tables: Tables, made: dict[str, Made], keeper: refused.Keeper
) -> None:
    body = webhooks.body_of("cedar")
    answer = webhooks.post(body, "wrong")

    [(tenant_id, status, code, sealed, size, request_id)] = kept(tables, keeper)
    assert (tenant_id, status, code) == (made["cedar"].tenant.pk, 401, "webhook.signature")
    assert request_id == answer.json["request_id"]
    assert size == len(body)
    opened = secrets.unseal(str(sealed), tenant_id, "refused_delivery", request_id, "body")
    assert base64.b64decode(opened) == body


def test_a_large_refused_body_is_kept_as_size_and_hash(secret: str, tables: Tables, keeper: refused.Keeper) -> None:
    body = webhooks.body_of("cedar", more="x" * refused.MAX_BODY)
    webhooks.post(body, "wrong")

    [(_, _, _, sealed, size, _)] = kept(tables, keeper)
    assert (sealed, size) == ("", len(body))


def test_an_unknown_tenants_request_is_only_counted(secret: str, tables: Tables, keeper: refused.Keeper) -> None:
    webhooks.post(webhooks.body_of("nobody"), secret)
    webhooks.post(webhooks.body_of("cedar"), "wrong")

    assert len(kept(tables, keeper)) == 1
    assert keeper.counted() == {"webhook.signature": 1}


def test_a_flood_is_sampled(secret: str, tables: Tables, keeper: refused.Keeper) -> None:
    for number in range(60):
        webhooks.post(webhooks.body_of("cedar", f"CAL{number}"), "wrong")

    rows = len(kept(tables, keeper))
    assert refused.AT_ONCE <= rows < 60
    assert keeper.counted() == {"webhook.signature": 60 - rows}


def test_after_a_flood_refused_requests_are_kept_again(
    secret: str, tables: Tables, keeper: refused.Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        webhooks.post(webhooks.body_of("cedar", f"CAL{number}"), "wrong")
    before = len(kept(tables, keeper))
    monkeypatch.setattr(refused, "AGAIN_SECONDS", 0.05)
    time.sleep(0.1)

    webhooks.post(webhooks.body_of("cedar"), "wrong")

    assert len(kept(tables, keeper)) == before + 1


def test_of_a_tenants_refused_requests_the_last_hundred_stay(
    secret: str, tables: Tables, made: dict[str, Made], keeper: refused.Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks.post(webhooks.body_of("birch"), "wrong")
    monkeypatch.setattr(refused, "AT_ONCE", 1000)

    ids = [webhooks.post(webhooks.body_of("cedar"), "wrong").json["request_id"] for _ in range(refused.KEEP + 5)]

    rows = kept(tables, keeper)
    assert [request_id for tenant_id, *_, request_id in rows if tenant_id == made["cedar"].tenant.pk] == ids[5:]
    assert len(rows) == refused.KEEP + 1


def test_a_hostile_header_is_kept_as_text(secret: str, tables: Tables, keeper: refused.Keeper) -> None:
    webhooks.post(webhooks.body_of("cedar"), secret, {"x-callrail-signature": "\x00\ud800é" + "x" * 9000})

    assert len(kept(tables, keeper)) == 1


# --- trouble ----------------------------------------------------------------------------------------


def test_one_tenants_missing_table_does_not_touch_the_others(
    secret: str, tables: Tables, made: dict[str, Made]
) -> None:
    tables.owner.execute("ALTER SCHEMA t_birch RENAME TO t_gone")
    try:
        with ThreadPoolExecutor(16) as pool:
            broken = [
                pool.submit(webhooks.post, webhooks.body_of("birch", f"CAL{n}"), made["birch"].webhook_secret)
                for n in range(20)
            ]
            sound = [pool.submit(webhooks.post, webhooks.body_of("cedar", f"CAL{n}"), secret) for n in range(100)]
            assert {one.result().status for one in sound} == {200}
            refused_answers = [one.result() for one in broken]
    finally:
        tables.owner.execute("ALTER SCHEMA t_gone RENAME TO t_birch")
    assert {(one.status, one.headers["Retry-After"]) for one in refused_answers} == {(503, "5")}
    assert (tables.count("cedar"), tables.count("birch")) == (100, 0)


def test_one_tenants_locked_table_does_not_touch_the_others(secret: str, tables: Tables, made: dict[str, Made]) -> None:
    with psycopg.connect(settings.DATABASE_OWNER_URL) as locker, ThreadPoolExecutor(16) as pool:
        locker.execute("LOCK TABLE t_birch.calls_webhookdelivery")
        held = [
            pool.submit(webhooks.post, webhooks.body_of("birch", f"CAL{n}"), made["birch"].webhook_secret)
            for n in range(5)
        ]
        sound = [pool.submit(webhooks.post, webhooks.body_of("cedar", f"CAL{n}"), secret) for n in range(100)]
        assert {one.result().status for one in sound} == {200}
        assert {one.result().status for one in held} == {503}
        locker.rollback()
    assert (tables.count("cedar"), tables.count("birch")) == (100, 0)


def test_a_tenant_out_of_the_slow_lane_is_served_again(
    secret: str, tables: Tables, made: dict[str, Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flusher, "intake", flusher.Flusher("fast", slow_lane=flusher.Flusher("slow")))
    monkeypatch.setattr(flusher, "SLOW_SECONDS", 0.2)
    with psycopg.connect(settings.DATABASE_OWNER_URL) as locker:
        locker.execute("LOCK TABLE t_cedar.calls_webhookdelivery")
        assert webhooks.post(webhooks.body_of("cedar"), secret).status == 503
        locker.rollback()
    time.sleep(0.3)

    assert webhooks.post(webhooks.body_of("cedar"), secret).json["status"] == "accepted"


def test_a_killed_backend_costs_no_call(secret: str, tables: Tables) -> None:
    stop = threading.Event()

    def kill() -> None:
        with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as killer:
            while not stop.wait(0.05):
                killer.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'intake'"
                )

    killing = threading.Thread(target=kill)
    killing.start()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: webhooks.post(webhooks.body_of("cedar", f"CAL{n}"), secret), range(300)))
    stop.set()
    killing.join()

    stored = sum(answer.status == 200 for answer in answers)
    assert {answer.status for answer in answers} <= {200, 503}
    assert stored <= tables.count("cedar") <= 300
    assert stored > 250


def test_a_bug_is_a_503_that_asks_to_come_again(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "typed", None)

    answer = webhooks.post(webhooks.body_of("cedar"), secret)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert error_of(answer)["code"] == "webhook.unavailable"
