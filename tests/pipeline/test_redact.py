"""What is masked before a text is logged or kept, and what stays readable."""

import pytest

from pipeline.redact import redact


@pytest.mark.parametrize(
    "secret",
    [
        "8f14e45fceea167a5a36dedd4bea2543",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "pat-na1-11111111-2222-3333-4444-555555555555",
        "dXNlcjpwYXNzd29yZA==",
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}",
        'authorization: "Basic {}"',
        "bearer {} was refused",
        "GET /recording?access_key={}&x=1",
        "api_token={}",
        '{{"access_token": "{}", "expires_in": 3600}}',
        "x-api-token: {}",
        "postgresql://app:{}@127.0.0.1/pipeline",
        "redis://:{}@127.0.0.1:6379/0",
        '{{"secret": "{}"}}',
        "{{'webhook_secret': '{}'}}",
        '{{"token":"{}","x":1}}',
        "api_key={}",
        "hapikey={}&limit=1",
        "Cookie: csrftoken=x; sessionid={}",
        "Authorization: OAuth {}",
        "password: {}, user: ann",
    ],
)
def test_a_secret_is_masked_wherever_it_stands(text: str, secret: str) -> None:
    assert secret not in redact(text.format(secret))


@pytest.mark.parametrize(
    "phone",
    [
        "+15125550147",
        "15125550147",
        "5125550147",
        "(512) 555-0147",
        "512-555-0147",
        "512.555.0147",
        "512-155-0147",
        "+442079460147",
        "+44 20 7946 0147",
        "+61 (0)2 9374-0147",
    ],
)
def test_a_phone_number_is_cut_to_its_last_four_digits(phone: str) -> None:
    assert redact(f"caller {phone} hung up") == "caller ***0147 hung up"


def test_an_address_is_masked() -> None:
    assert redact("DETAIL:  Key (email)=(rosalind.okafor72+x@mail.example.co.uk) already exists.") == (
        "DETAIL:  Key (email)=(***@***) already exists."
    )


@pytest.mark.parametrize(
    "text",
    [
        "API token invalid. Make a new token in the settings of Pipedrive.",
        "Basic authentication is off in this org",
        "Record 0123456789 created, call logged",
        "Record 00Q83cae1faed0dAAA updated",
        "INVALID_LOGIN: Invalid username, password, security token; or user locked out.",
        "2026-11-25 19:08:34 worker@host started",
        "2026-11-25T19:08:34.581670+00:00 took 43.3 s",
    ],
)
def test_sentences_ids_and_times_stay_readable(text: str) -> None:
    assert redact(text) == text
