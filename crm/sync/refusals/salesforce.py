"""What Salesforce's refusals mean for a step. It answers a JSON array; OAuth an object, SOAP a fault, an edge HTML."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from crm.sync import wire
from pipeline import errors
from pipeline.errors import StepError

LAST_SOAP_VERSION = "64.0"
"""SOAP login() ends with this version of the API."""
QUOTA_LOOK_SECONDS = 3600.0
BUSY_SECONDS = 5.0
_SIGN_IN = (
    "Reset the security token in Salesforce (Personal Settings → Reset My Security Token) or renew the External Client "
    "App's secret, enter it in the tenant's connection and test it; waiting calls then go on."
)
_NO_REFUSAL = frozenset(
    {"", "None", "UNKNOWN_EXCEPTION_CODE", "server_error", "temporarily_unavailable", "unknown_error"}
)
"""Answers to a sign-in that say nothing of the credentials: RFC 6749, 4.1.2.1, and what the SDK makes of no code."""
_ID = re.compile(r"\b00Q[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?\b")


def of(error: Exception, *, gone: str = "", may_have_stored: bool = False) -> StepError:
    """Return the step's error for one of simple-salesforce's; `gone`: the id that a 404 would be about."""
    code, message, entry = _first(getattr(error, "content", b""))
    if hasattr(error, "auth_message"):
        return _sign_in_refused(str(getattr(error, "code", "")), str(error.auth_message))
    if code in _BY_CODE:
        return _BY_CODE[code](message, entry)
    status = int(getattr(error, "status", 0) or 0)
    return _by_status(status, f"{code or status}: {message}", gone=gone, may_have_stored=may_have_stored)


def _by_status(status: int, said: str, *, gone: str, may_have_stored: bool) -> StepError:
    match status:
        case 404 if gone:
            return _gone(gone)
        case 403:
            return errors.Parked(
                "crm.forbidden", f"Salesforce forbids it ({said}). Give the integration's user rights."
            )
        case 300 | 401 | 429:
            return _BY_STATUS[status]()
        case status if 400 <= status < 500 and status not in wire.PASSING:  # noqa: PLR2004  (HTTP's own numbers)
            return errors.Permanent(
                "crm.invalid",
                f"Salesforce refused the record. {said} Correct the field mapping or the rule in "
                "Salesforce, then retry the call.",
            )
        case status:
            return wire.unavailable("Salesforce", status, may_have_stored=may_have_stored)


def not_signed_in(error: StepError) -> StepError:
    """Return a sign-in without an answer as what it is: nothing was written, so it may simply be repeated."""
    if isinstance(error, errors.OutcomeUnknown):
        return errors.Transient(
            "crm.unavailable", "Salesforce did not answer the sign-in. It is tried again by itself."
        )
    return error


def _first(content: object) -> tuple[str, str, Mapping[str, Any]]:
    """Return code, message and whole of the first error; some documents print a bare object, so both are taken."""
    entry = content[0] if isinstance(content, list) and content else content
    if not isinstance(entry, dict):
        return "", "no reason given." if isinstance(content, list) else "it answered no JSON.", {}
    return str(entry.get("errorCode", "")), str(entry.get("message", ""))[:300], entry


def _sign_in_refused(code: str, message: str) -> StepError:
    if code == "UNSUPPORTED_API_VERSION" or "disabled by default" in message:
        way = "Sign-in by password is off in this org. Make an External Client App with a run-as user and enter its "
        return errors.Parked(
            "crm.unauthorized", f"{code}: {message} {way}consumer key and secret in the tenant's connection."
        )
    if code.isdigit() or code in _NO_REFUSAL:
        said = f"answered {code}" if code.isdigit() else f"gave no reason ({code or 'none'})"
        return errors.Transient("crm.unavailable", f"Salesforce's sign-in {said}. It is tried again by itself.")
    text = message if message.startswith(code) else f"{code}: {message}"
    known = "INVALID_LOGIN: Invalid username, password, security token"
    start = text if code == "INVALID_LOGIN" else f"{known} or consumer key ({text.strip(': ')})."
    return errors.Parked("crm.unauthorized", f"{start} {_SIGN_IN}")


def _limit(message: str, _: Mapping[str, Any]) -> StepError:
    if "Concurrent" in message:
        return _too_many()
    return errors.Parked(
        "crm.quota_spent",
        "Rate limit exceeded. The org's API requests of 24 hours are used up; the calls go on by themselves as soon as "
        "there are some again. Other apps of the org use the same limit.",
        wait=QUOTA_LOOK_SECONDS,
    )


def _too_many() -> StepError:
    text = "Rate limit exceeded. Salesforce has too many requests at once; the call goes on by itself."
    return errors.RateLimited("crm.rate_limited", text, wait=BUSY_SECONDS)


def _required(message: str, entry: Mapping[str, Any]) -> StepError:
    fields = [str(field) for field in entry.get("fields") or []] or [message]
    return errors.Permanent(
        "crm.required_missing",
        f"Required field missing: {', '.join(fields)}. Map it in the tenant's field mapping, or give it a "
        "default in Salesforce, then retry the call.",
    )


def _duplicates_detected(message: str, entry: Mapping[str, Any]) -> StepError:
    ids = _matches(entry)
    named = f"it matches {', '.join(ids)}" if ids else f"Salesforce says: {message}"
    return _duplicate(
        f"{named}. Merge or convert that lead, or set allow_save_on_duplicate_rule_warning if the rule only alerts"
    )


def _duplicate_value(message: str, _: Mapping[str, Any]) -> StepError:
    found = _ID.search(message)
    return _duplicate(f"a unique field is taken by {found[0] if found else 'another record'}. Merge the two leads")


def _duplicate(reason: str) -> StepError:
    return errors.Permanent("crm.duplicate", f"Duplicate rule violation: {reason}, then retry the call.")


def _matches(entry: Mapping[str, Any]) -> Sequence[str]:
    """Return the ids of matching records; the key is misspelt `duplicateResut` in many versions."""
    result = entry.get("duplicateResut") or entry.get("duplicateResult") or {}
    return [
        str(match["record"]["Id"])
        for matched in result.get("matchResults") or []
        for match in matched.get("matchRecords") or []
        if isinstance(match.get("record"), dict) and "Id" in match["record"]
    ]


def _locked(_: str, __: Mapping[str, Any]) -> StepError:
    return errors.Transient("crm.unavailable", "Salesforce has locked the record for a moment.", wait=BUSY_SECONDS)


def _session_over(_: str, __: Mapping[str, Any]) -> StepError:
    return errors.Parked("crm.unauthorized", f"INVALID_SESSION_ID: Salesforce ended the session. {_SIGN_IN}")


def _deleted(message: str, _: Mapping[str, Any]) -> StepError:
    found = _ID.search(message)
    return _gone(found[0] if found else "of this person")


def _gone(record_id: str) -> StepError:
    return errors.Permanent(
        "crm.record_gone",
        f"Salesforce has no lead {record_id} any more: someone deleted it there. It is not made again by itself. "
        "Restore it from Salesforce's recycle bin, then retry the call.",
    )


_BY_STATUS: Mapping[int, Callable[[], StepError]] = {
    300: lambda: _duplicate("several leads carry this lead key. Merge them in Salesforce"),
    401: lambda: _session_over("", {}),
    429: _too_many,
}
_BY_CODE: Mapping[str, Callable[[str, Mapping[str, Any]], StepError]] = {
    "REQUEST_LIMIT_EXCEEDED": _limit,
    "REQUIRED_FIELD_MISSING": _required,
    "DUPLICATES_DETECTED": _duplicates_detected,
    "DUPLICATE_VALUE": _duplicate_value,
    "UNABLE_TO_LOCK_ROW": _locked,
    "QUERY_TIMEOUT": _locked,
    "INVALID_SESSION_ID": _session_over,
    "ENTITY_IS_DELETED": _deleted,
}
