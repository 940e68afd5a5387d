"""The guide's five patterns of errors ("Common Error Patterns"): what each likely is, and the quick fix."""

import dataclasses
import re


@dataclasses.dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern: `name`, `issue` and `fix` are the guide's words; `here` is what the fix is on this installation."""

    name: str
    issue: str
    fix: str
    here: str
    codes: frozenset[str]
    """Error codes (docs/reference/error-codes.md) that are of it; a family as `webhook.`."""
    words: re.Pattern[str]
    """What an error without a code of ours says."""


def _pattern(name: str, issue: str, fix: str, here: str, codes: str, words: str) -> Pattern:
    return Pattern(name, issue, fix, here, frozenset(codes.split()), re.compile(words, re.IGNORECASE))


PATTERNS = (
    _pattern(
        "connection refused",
        "Service down",
        "Check Cloud Run status",
        "`processes` shows what runs. A CRM or recording host that is down comes back by itself; its calls go on.",
        "net.unreachable crm.unavailable webhook.unavailable recording.host_error",
        r"connection refused|refused the connection|unreachable|name or service not known",
    ),
    _pattern(
        "timeout",
        "Performance issue",
        "Check resource limits",
        "`queue_status` shows where work waits; start more workers of that queue.",
        "net.too_slow speech.too_slow step.overtime webhook.too_slow net.no_answer crm.no_answer",
        r"time[d ]?[- ]?out|too slow|took longer",
    ),
    _pattern(
        "unauthorized",
        "Auth problem",
        "Verify API keys/tokens",
        "`connect_crm` with new credentials; the calls that waited go on.",
        "crm.unauthorized crm.forbidden crm.needs_attention recording.forbidden",
        r"unauthori[sz]ed|invalid token|token expired|invalid_login|\b401\b",
    ),
    _pattern(
        "rate limit exceeded",
        "Too many requests",
        "Implement backoff",
        "Nothing: the wait that the other side asked for is kept. Daily quotas can be raised with the vendor.",
        "crm.rate_limited crm.quota_spent recording.rate_limited api.rate_limited",
        r"rate.?limit|too many requests|\b429\b",
    ),
    _pattern(
        "invalid signature",
        "Webhook auth issue",
        "Check webhook secret",
        "`webhook_secret TENANT` says how the secret stands, `--renew` makes a new one to put into CallRail.",
        "webhook.signature",
        r"invalid (?:webhook )?signature|signature (?:is )?(?:wrong|invalid)",
    ),
)


def of(text: str, code: str = "") -> Pattern | None:
    """Return the pattern that an error belongs to, by its code if it has one, else by what it says."""
    for pattern in PATTERNS:
        if code in pattern.codes:
            return pattern
    return next((pattern for pattern in PATTERNS if pattern.words.search(text)), None)
