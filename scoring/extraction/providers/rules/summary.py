"""One sentence that says what the call was about, built from the facts."""

from collections.abc import Mapping

from scoring.extraction.provider import Fact

_OTHERS = {
    "vendor": "wants to sell something",
    "job_applicant": "looks for work",
    "wrong_number": "reached the wrong number",
    "spam": "is a scam or a prank",
    "robocall": "is a recorded call",
}
_URGENCY = {
    "emergency": "at once",
    "within_month": "within a month",
    "within_3_months": "within three months",
    "within_year": "within a year",
    "planning": "no date yet",
}


def sentence(*, kind: str, intent: bool, do_not_call: bool, facts: Mapping[str, Fact]) -> str:
    """Return the summary of a call."""
    said = [_opening(kind, facts, intent=intent)]
    if intent:
        said += filter(None, (_when(facts), _money(facts)))
    if do_not_call:
        said.append("wants no more calls")
    return ", ".join(said) + "."


def _opening(kind: str, facts: Mapping[str, Fact], *, intent: bool) -> str:
    names = [str(facts[name].value) for name in ("first_name", "last_name") if name in facts]
    who = " ".join(names) or "The caller"
    if kind in _OTHERS:
        return f"{who} {_OTHERS[kind]}"
    verb = "left a message about" if kind == "voicemail" else "calls about"
    project = facts.get("project_type")
    if intent and project and project.value != "other":
        return f"{who} {verb} {project.value}"
    if intent:
        return f"{who} {verb} a project"
    if kind == "existing_customer":
        return f"{who}, a customer, calls about work done or under way"
    return f"{who} wants no work done now"


def _when(facts: Mapping[str, Fact]) -> str:
    if "timeline" in facts:
        return str(facts["timeline"].value)
    return _URGENCY[str(facts["urgency"].value)] if "urgency" in facts else ""


def _money(facts: Mapping[str, Fact]) -> str:
    low, high = (facts[name].value if name in facts else None for name in ("budget_min", "budget_max"))
    if low and high and low != high:
        return f"${low:,} to ${high:,}"
    if low and high:
        return f"about ${high:,}"
    if high:
        return f"up to ${high:,}"
    return f"at least ${low:,}" if low else ""
