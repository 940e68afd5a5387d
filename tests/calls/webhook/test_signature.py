"""The guide's signature, with its published vector."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.webhook import signature

BODY = b'{"call_id":"TEST123"}'
STAMP = "1694617200"
SECRET = b"your_webhook_secret"
VECTOR = "sha256=f1fb73df764ba52938b39c76853e00a7cf17ab0f252e62fade4904612925f2b1"
NOW = 1_694_617_200.0


def genuine(given: str, *, body: bytes = BODY, secrets: tuple[bytes, ...] = (SECRET,)) -> bool:
    return signature.is_genuine(body=body, timestamp=STAMP, signature=given, secrets=secrets)


def test_the_guides_vector_is_genuine() -> None:
    assert genuine(VECTOR)


def test_what_is_signed_here_is_the_guides_vector() -> None:
    assert signature.sign(BODY, STAMP, SECRET) == VECTOR


def test_the_vector_of_standard_webhooks_comes_out_too() -> None:
    """What it signs is id, stamp and body with dots between; its key and its signature are written in base64."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature.sign(b'{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330", key)

    assert base64.b64encode(bytes.fromhex(signed.removeprefix("sha256="))) == (
        b"g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_signature_by_the_secret_before_is_genuine_while_both_are_given() -> None:
    assert genuine(VECTOR, secrets=(b"new", SECRET))
    assert not genuine(VECTOR, secrets=(b"new",))


def test_nothing_is_genuine_without_a_secret() -> None:
    empty_key = signature.sign(BODY, STAMP, b"")
    zero_key = signature.sign(BODY, STAMP, b"\0" * 32)

    assert not any(genuine(one, secrets=()) for one in (VECTOR, empty_key, zero_key, ""))


@pytest.mark.parametrize(
    "given",
    [
        "",
        VECTOR[:-1],
        VECTOR[:-1] + "0",
        VECTOR.upper(),
        "sha256=" + VECTOR.removeprefix("sha256=").upper(),
        VECTOR + "," + VECTOR,
        "sha256=" + VECTOR,
        "sha1=" + VECTOR.removeprefix("sha256="),
        VECTOR.removeprefix("sha256="),
        "sha256=8ftz33ZLpSk4s5x2hT4Ap88Xqw8lLmL63klARhKSXysQ==",
        VECTOR + " ",
        VECTOR + "\n",
        "sha256=é" + "0" * 63,
        "sha256=\udcff",
        "sha256=" + "0" * 8192,
    ],
)
def test_any_other_signature_is_not_genuine(given: str) -> None:
    assert not genuine(given)


@pytest.mark.parametrize("body", [b'{"call_id": "TEST123"}', b"\xef\xbb\xbf" + BODY, BODY + b"\r\n", BODY + b"\n", b""])
def test_a_changed_body_is_not_genuine(body: bytes) -> None:
    assert not genuine(VECTOR, body=body)


@given(body=st.binary(max_size=64), at=st.integers(0, 511))
def test_one_flipped_bit_is_not_genuine(body: bytes, at: int) -> None:
    signed = signature.sign(body, STAMP, SECRET)
    flipped = bytearray(body or b"x")
    flipped[at // 8 % len(flipped)] ^= 1 << at % 8

    assert genuine(signed, body=body)
    assert not genuine(signed, body=bytes(flipped))


@pytest.mark.parametrize(("seconds", "timely"), [(300, True), (-300, True), (301, False), (-301, False), (0, True)])
def test_three_hundred_seconds_either_way_are_timely(seconds: int, timely: bool) -> None:  # noqa: FBT001
    assert signature.is_timely(str(int(NOW) + seconds), now=NOW) is timely


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "1694617200.0",
        "1694617200000",
        "1694617200000000",
        "0x6501d2f0",
        "1e9",
        "\uff11\uff16\uff19\uff14\uff16\uff11\uff17\uff12\uff10\uff10",
        "\u0661\u0666\u0669\u0664\u0666\u0661\u0667\u0662\u0660\u0660",
        "1_694_617_20",
        " 1694617200",
        "1694617200 ",
        "1694617200\n",
        "+169461720",
        "-1",
        "1" * 400,
        "1694617200,1694617200",
    ],
)
def test_anything_but_ten_ascii_digits_is_not_timely(stamp: str) -> None:
    assert not signature.is_timely(stamp, now=NOW)
