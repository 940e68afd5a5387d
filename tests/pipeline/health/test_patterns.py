"""The guide's five patterns of errors, by code and by what an error says."""

import pytest

from pipeline.health import patterns
from tests.repo.sources import first_column


def test_the_five_are_the_guides_with_its_words() -> None:
    assert [(one.name, one.issue, one.fix) for one in patterns.PATTERNS] == [
        ("connection refused", "Service down", "Check Cloud Run status"),
        ("timeout", "Performance issue", "Check resource limits"),
        ("unauthorized", "Auth problem", "Verify API keys/tokens"),
        ("rate limit exceeded", "Too many requests", "Implement backoff"),
        ("invalid signature", "Webhook auth issue", "Check webhook secret"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("[Errno 111] Connection refused", "", "connection refused"),
        ("nobody took the connection", "net.unreachable", "connection refused"),
        ("Read timed out after 30 s", "", "timeout"),
        ("The work took longer than 10 min", "step.overtime", "timeout"),
        ("HTTP 401 Unauthorized", "", "unauthorized"),
        ("HubSpot API key invalid", "crm.unauthorized", "unauthorized"),
        ("Rate limit exceeded", "", "rate limit exceeded"),
        ("429 Too Many Requests", "", "rate limit exceeded"),
        ("Invalid webhook signature", "", "invalid signature"),
        ("counts", "webhook.signature", "invalid signature"),
    ],
)
def test_an_error_belongs_to_its_pattern(text: str, code: str, name: str) -> None:
    found = patterns.of(text, code)

    assert found is not None
    assert found.name == name


def test_an_error_of_none_has_none() -> None:
    assert patterns.of("Required property missing", "crm.required_missing") is None


def test_the_code_counts_before_the_words() -> None:
    found = patterns.of("timeout while the token was unauthorized", "crm.rate_limited")

    assert found is not None
    assert found.name == "rate limit exceeded"


def test_every_code_of_a_pattern_is_one_of_the_references() -> None:
    named = {code for one in patterns.PATTERNS for code in one.codes}

    assert named - set(first_column("docs/reference/error-codes.md")) == set()
