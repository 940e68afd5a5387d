"""What Pipedrive's refusals mean for a step."""

from crm.sync import wire
from crm.sync.wire import Reply
from pipeline import errors
from pipeline.errors import StepError

QUOTA_LOOK_SECONDS = 3600.0
BURST_SECONDS = 2.0
BLOCK_SECONDS = 300.0
"""Going on after 429 brings a block at Pipedrive's edge that lasts minutes."""


def of(reply: Reply, *, may_have_stored: bool = False) -> StepError:
    """Return the step's error for a refusal."""
    match reply.status:
        case 401:
            return errors.Parked(
                "crm.unauthorized",
                "Pipedrive API token is invalid: it was renewed, or its user was switched off. Copy the token from "
                "Pipedrive (Personal preferences → API), enter it in the tenant's connection and test it; "
                "waiting calls then go on.",
            )
        case 402 | 403:
            return _forbidden(reply)
        case 429:
            return _rate(reply)
        case status if 400 <= status < 500 and status not in wire.PASSING:  # noqa: PLR2004  (HTTP's own numbers)
            return _invalid(reply)
        case status:  # 408, 5xx, and a 2xx that carries something else than Pipedrive's answer
            unsure = may_have_stored or not reply.is_error
            return wire.unavailable("Pipedrive", status, may_have_stored=unsure)


def gone(person_id: str) -> StepError:
    """Return the error for a person that was deleted there."""
    return errors.Permanent(
        "crm.record_gone",
        f"Pipedrive has no person {person_id} any more: someone deleted it there. It is not made again by itself. "
        "Restore it in Pipedrive (List view → Deleted), then retry the call.",
    )


def _forbidden(reply: Reply) -> StepError:
    if not isinstance(reply.body, dict):
        text = "Rate limit exceeded. Pipedrive's edge has blocked us for some minutes; the call goes on by itself."
        return errors.RateLimited("crm.rate_limited", text, wait=BLOCK_SECONDS)
    if reply.status == 402 or reply.text("code").startswith("feature_capping"):  # noqa: PLR2004  (HTTP's own number)
        return errors.Parked(
            "crm.account_full",
            f"Pipedrive's account takes no more: {reply.text('error')[:200]}. Check its plan and payment in Pipedrive "
            "(Company settings → Billing) and test the connection; waiting calls then go on.",
        )
    return errors.Permanent(
        "crm.forbidden",
        f"Pipedrive forbids it: {reply.text('error')[:200]}. The token's user may not write this, or a mapped field "
        "needs Contact Sync. Correct the user's rights or the field mapping, then retry the call.",
    )


def _rate(reply: Reply) -> StepError:
    if reply.headers.get("x-daily-ratelimit-token-remaining") == "0":
        return errors.Parked(
            "crm.quota_spent",
            "Rate limit exceeded. The company's daily tokens are used up; they come back at midnight, and the calls go "
            "on by themselves. Other apps of the company use the same tokens.",
            wait=QUOTA_LOOK_SECONDS,
        )
    told = reply.headers.get("Retry-After") or reply.headers.get("x-ratelimit-reset") or ""
    wait = float(told) if told.isdigit() else BURST_SECONDS
    text = "Rate limit exceeded. Pipedrive takes no more requests for some seconds; the call goes on by itself."
    return errors.RateLimited("crm.rate_limited", text, wait=wait)


def _invalid(reply: Reply) -> StepError:
    said = f"{reply.text('error')[:200]} {reply.text('error_info')[:200]}".strip()
    if "must be given" in said or "required" in said.lower():
        return errors.Permanent(
            "crm.required_missing",
            f"Required field missing: {said} Map it in the tenant's field mapping, then retry the call.",
        )
    return errors.Permanent(
        "crm.invalid",
        f"Pipedrive refused a value ({reply.status}): {said} Correct the field mapping, then retry the call.",
    )
