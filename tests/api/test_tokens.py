"""Signing in to the API: claims and texts of row S1, rotation, reuse, guessing, keys."""

import base64
import datetime as dt
import hmac
import io
import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from tenants.access import grants, signing, tokens
from tenants.models import ApiGrant, Membership, PlatformEntry, Tenant, User
from tests.api.conftest import Send, token_of
from tests.web.scenes import PASSWORD

pytestmark = pytest.mark.django_db

CREDENTIALS = {"email": "dana@cedar.example", "password": PASSWORD}


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def forged(token: str, key: Any, algorithm: str = "RS256", kid: str = "", **changes: Any) -> str:
    """Return the token with other claims (None: without it), signed by this key."""
    claims = {name: value for name, value in (claims_of(token) | changes).items() if value is not None}
    return jwt.encode(claims, key, algorithm, headers={"kid": kid or signing.keys()[0].kid})


def test_the_token_has_the_claims_of_the_guide(send: Send, dana: User) -> None:
    answer = send("POST", "/v1/auth/token", body=CREDENTIALS)

    told = answer.json()
    claims = claims_of(told["access_token"])
    assert (answer.status_code, told["token_type"], told["expires_in"]) == (200, "Bearer", 3600)
    assert claims["sub"] == str(dana.pk)
    assert (claims["tenant_id"], claims["iss"], claims["aud"]) == ("cedar", "pipeline-api", "pipeline-dashboard")
    assert claims["exp"] - claims["iat"] == 3600
    assert answer.headers["Cache-Control"] == "no-store"
    assert send("GET", "/v1/calls", told["access_token"]).status_code == 200


def test_anyone_can_verify_it_by_the_public_keys(send: Send, token: str) -> None:
    keys = {key["kid"]: key for key in send("GET", "/.well-known/jwks.json").json()["keys"]}
    header = jwt.get_unverified_header(token)

    assert header["alg"] == "RS256"
    assert set(keys[header["kid"]]) == {"kty", "n", "e", "kid", "use", "alg"}
    jwt.decode(token, jwt.PyJWK(keys[header["kid"]]), ["RS256"], audience="pipeline-dashboard", issuer="pipeline-api")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "someone"},
        {"aud": "someone"},
        {"iss": None},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"sid": None},
        {"tenant_id": None},
        {"tenant_id": "birch"},
        {"sub": "999999"},
        {"sub": "x"},
        {"sid": "x"},
        {"sid": "00000000-0000-4000-8000-000000000000"},
        {"iat": 4_000_000_000},
    ],
)
def test_other_claims_under_our_own_signature_are_invalid(
    send: Send, token: str, birch: Tenant, changes: dict[str, Any]
) -> None:
    refuses(send, forged(token, signing.keys()[0].private, **changes), "Invalid token", "api.token_invalid")


def test_nothing_but_our_own_signature_counts(send: Send, token: str) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = signing.keys()[0].private.public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    head, body, seal = token.split(".")
    changed = json.dumps(claims_of(token) | {"tenant_id": "birch"})
    other = base64.urlsafe_b64encode(changed.encode()).decode().rstrip("=")

    bad = [
        forged(token, stranger),
        forged(token, stranger, kid="unknown"),
        forged(token, "", "none"),
        hs256(token, pem),
        f"{head}.{other}.{seal}",
        f"{head}.{body}.",
        f"{head}.{body}",
        "x",
        "x.y.z",
        "\u0661.\u0662.\u0663".encode().decode("latin-1"),
    ]

    for one in bad:
        refuses(send, one, "Invalid token", "api.token_invalid")


def hs256(token: str, secret: bytes) -> str:
    """Sign with the public key as an HMAC secret; PyJWT refuses to, an attacker would not."""
    parts = [{"alg": "HS256", "typ": "JWT", "kid": signing.keys()[0].kid}, claims_of(token)]
    text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    seal = base64.urlsafe_b64encode(hmac.new(secret, text.encode(), sha256).digest()).decode().rstrip("=")
    return f"{text}.{seal}"


def refuses(send: Send, token: str, text: str, code: str) -> None:
    answer = send("GET", "/v1/calls", token)
    assert (answer.status_code, answer.json()["detail"], answer.json()["code"]) == (401, text, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_after_its_hour_it_is_expired(send: Send, token: str) -> None:
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3590), tick=False):
        assert send("GET", "/v1/calls", token).status_code == 200
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=3606), tick=False):
        refuses(send, token, "Token expired", "api.token_expired")


@pytest.mark.parametrize("header", ["", "Basic eDp5", "Bearer", "Token x"])
def test_without_a_token_it_says_how_to_get_one(send: Send, header: str) -> None:
    answer = send("GET", "/v1/calls", headers={"Authorization": header})

    code = "api.token_invalid" if header == "Bearer" else "api.token_missing"
    assert (answer.status_code, answer.json()["code"]) == (401, code)


# --- who gets one -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"password": "something else"}, {"email": "eve@cedar.example"}])
def test_a_wrong_password_and_an_unknown_address_are_told_apart_by_nobody(
    send: Send, dana: User, wrong: dict[str, str]
) -> None:
    answer = send("POST", "/v1/auth/token", body=CREDENTIALS | wrong)

    assert (answer.status_code, answer.json()["code"]) == (401, "api.sign_in")
    assert answer.json()["detail"] == "E-mail and password do not match."


def test_who_is_in_several_tenants_says_which(send: Send, dana: User, birch: Tenant) -> None:
    Membership.objects.create(tenant=birch, user=dana, role="viewer")

    undecided = send("POST", "/v1/auth/token", body=CREDENTIALS)
    chosen = send("POST", "/v1/auth/token", body=CREDENTIALS | {"tenant_id": "birch"})
    strange = send("POST", "/v1/auth/token", body=CREDENTIALS | {"tenant_id": "acme"})

    assert (undecided.status_code, undecided.json()["code"]) == (400, "api.tenant_needed")
    assert undecided.json()["tenants"] == ["cedar", "birch"]
    assert claims_of(chosen.json()["access_token"])["tenant_id"] == "birch"
    assert (strange.status_code, strange.json()["code"]) == (403, "api.no_tenant")


def test_the_form_of_the_guide_is_taken_too(send: Send, dana: User) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    first = send("POST", "/v1/auth/token", body=f"email=Dana@Cedar.example&password={PASSWORD}", **form).json()

    next_one = send("POST", "/v1/auth/refresh", body=f"refresh_token={first['refresh_token']}", **form)

    assert next_one.status_code == 200
    assert send("GET", "/v1/calls", next_one.json()["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email", "password"]),
        ({"email": "x", "password": "y"}, ["email"]),
        ({"email": ["a@b.c"], "password": {}}, ["email", "password"]),
        ({"email": "a@b.example", "password": "x" * 5000}, ["password"]),
        ({"email": "a@b.example", "password": "a\0b"}, ["password"]),
    ],
)
def test_what_makes_no_sense_is_named_by_field(send: Send, body: Any, fields: list[str]) -> None:
    answer = send("POST", "/v1/auth/token", body=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "api.invalid")
    assert [one["field"] for one in answer.json()["errors"]] == fields


def test_guessing_is_braked_as_on_the_page(send: Send, dana: User) -> None:
    tried = [send("POST", "/v1/auth/token", body=CREDENTIALS | {"password": f"guess {n}"}) for n in range(6)]
    right = send("POST", "/v1/auth/token", body=CREDENTIALS)

    assert [one.status_code for one in tried] == [401] * 5 + [429]
    assert (right.status_code, right.json()["code"]) == (429, "api.too_many_tries")
    assert 0 < int(right.headers["Retry-After"]) <= 300


# --- going on ---------------------------------------------------------------------------------------------


@pytest.fixture
def pair(send: Send, dana: User) -> dict[str, Any]:
    told: dict[str, Any] = send("POST", "/v1/auth/token", body=CREDENTIALS).json()
    return told


def refreshed(send: Send, token: str) -> Any:
    return send("POST", "/v1/auth/refresh", body={"refresh_token": token})


def test_a_refresh_token_gives_the_next_pair(send: Send, pair: dict[str, Any]) -> None:
    for _ in range(3):
        answer = refreshed(send, pair["refresh_token"])
        assert answer.status_code == 200
        assert answer.json()["refresh_token"] != pair["refresh_token"]
        pair = answer.json()
    assert send("GET", "/v1/calls", pair["access_token"]).status_code == 200


def test_a_token_that_is_used_twice_ends_all_of_the_persons(send: Send, dana: User, pair: dict[str, Any]) -> None:
    elsewhere = token_of(dana)
    second = refreshed(send, pair["refresh_token"]).json()

    again = refreshed(send, pair["refresh_token"])

    assert (again.status_code, again.json()["detail"]) == (401, "Token refresh failed")
    assert refreshed(send, second["refresh_token"]).json()["code"] == "api.refresh_failed"
    for token in (pair["access_token"], second["access_token"], elsewhere):
        refuses(send, token, "Invalid token", "api.token_invalid")
    entry = PlatformEntry.objects.latest("number")
    assert (entry.event, entry.target_id, entry.detail) == (
        "grants.revoked",
        str(dana.pk),
        {"count": 2, "reason": "reused"},
    )


@pytest.mark.parametrize("token", ["x", "W10:1abc:xyz", "\u00e9", "x" * 1024])
def test_what_is_no_refresh_token_of_ours_ends_nothing(send: Send, pair: dict[str, Any], token: str) -> None:
    answer = refreshed(send, token)

    assert (answer.status_code, answer.json()["detail"]) == (401, "Token refresh failed")
    assert refreshed(send, pair["access_token"]).status_code in {400, 401}
    assert refreshed(send, pair["refresh_token"]).status_code == 200


def test_it_ends_after_thirty_days_and_is_deleted(send: Send, pair: dict[str, Any]) -> None:
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=30, seconds=1), tick=False):
        assert refreshed(send, pair["refresh_token"]).status_code == 401
        grants.clear_ended()
    assert not ApiGrant.objects.exists()


def leave(user: User) -> None:
    Membership.objects.filter(user=user).delete()


def suspend(user: User) -> None:
    Tenant.objects.filter(memberships__user=user).update(state="SUSPENDED")


def close(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def change_password(user: User) -> None:
    user.set_password("another long word")
    user.save()


@pytest.mark.parametrize("happens", [leave, suspend, close, change_password])
def test_it_ends_with_the_persons_place(send: Send, dana: User, pair: dict[str, Any], happens: Any) -> None:
    happens(dana)

    refuses(send, pair["access_token"], "Invalid token", "api.token_invalid")
    assert refreshed(send, pair["refresh_token"]).json()["detail"] == "Token refresh failed"


def test_the_role_counts_that_the_person_has_now(send: Send, dana: User, token: str) -> None:
    Membership.objects.filter(user=dana).update(role="viewer")

    assert send("POST", "/v1/pauses", token, {"scope": "tenant"}).json()["code"] == "api.forbidden"


# --- keys -------------------------------------------------------------------------------------------------


@pytest.fixture
def own_keys(settings: Settings, tmp_path: Any) -> Iterator[None]:
    settings.WEB_DIR = tmp_path
    signing.forget()
    yield
    signing.forget()


@pytest.mark.usefixtures("own_keys")
def test_a_rotated_key_signs_and_the_former_one_still_verifies_until_the_next(send: Send, dana: User) -> None:
    first = token_of(dana)
    out = io.StringIO()
    call_command("rotate_keys", "--tokens", stdout=out)

    second = token_of(dana)

    kids = [jwt.get_unverified_header(one)["kid"] for one in (first, second)]
    assert kids[0] != kids[1]
    assert kids[1] in out.getvalue()
    assert [send("GET", "/v1/calls", one).status_code for one in (first, second)] == [200, 200]
    assert {key["kid"] for key in tokens.public_keys()["keys"]} == set(kids)
    call_command("rotate_keys", "--tokens", stdout=out)
    refuses(send, first, "Invalid token", "api.token_invalid")
    assert send("GET", "/v1/calls", second).status_code == 200
    assert PlatformEntry.objects.filter(event="keys.added", target="token_key").count() == 2


def test_keys_of_the_environment_are_left_to_who_set_them(settings: Settings) -> None:
    settings.JWT_KEYS = signing.new()
    signing.forget()
    try:
        with pytest.raises(CommandError, match="which no command can change"):
            call_command("rotate_keys", "--tokens")
        assert len(signing.keys()) == 1
    finally:
        signing.forget()


@pytest.mark.parametrize("bad", ["x", base64.b64encode(b"no key").decode(), ","])
def test_keys_that_are_none_say_what_to_write(settings: Settings, bad: str) -> None:
    settings.JWT_KEYS = bad
    signing.forget()
    try:
        with pytest.raises(Exception, match="JWT_KEYS"):
            signing.keys()
    finally:
        signing.forget()


@pytest.mark.parametrize("path", ["/v1/auth/token", "/v1/auth/refresh"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("[" * 200_000, "application/json"),
        ('{"a":' * 100_000, "application/json"),
        ("email=a%ffb.co&password=x&refresh_token=%ff", "application/x-www-form-urlencoded; charset=punycode"),
        ("email=a%ffb.co&password=x&refresh_token=%ff", "application/x-www-form-urlencoded; charset=idna"),
        ("&".join(f"a{n}=1" for n in range(2000)), "application/x-www-form-urlencoded"),
    ],
    ids=["arrays", "objects", "punycode", "idna", "fields"],
)
def test_a_body_that_can_not_be_read_is_the_senders_problem(send: Send, path: str, body: str, kind: str) -> None:
    answer = send("POST", path, body=body, content_type=kind)

    assert answer.status_code in {400, 401}
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] in {"api.malformed", "api.invalid", "api.refresh_failed"}


@pytest.mark.parametrize(
    ("path", "more", "status", "code"),
    [
        ("/v1/calls", {"headers": {"Host": "evil.example"}}, 400, "api.malformed"),
        ("/v1/%0a", {}, 404, "api.no_path"),
        ("/v1/a%0ab", {}, 404, "api.no_path"),
    ],
)
def test_what_the_frame_refuses_under_v1_is_a_problem_too(path: str, more: Any, status: int, code: str) -> None:
    answer = Client(raise_request_exception=False).get(path, **more)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code


def test_a_cursor_of_brackets_is_no_cursor(send: Send, token: str) -> None:
    cursor = base64.urlsafe_b64encode(b"[" * 30_000).decode().rstrip("=")

    for path in ("/v1/calls", "/v1/deliveries", "/v1/steps"):
        answer = send("GET", f"{path}?cursor={cursor}", token)
        assert (answer.status_code, answer.json()["code"]) == (404, "api.bad_cursor")
