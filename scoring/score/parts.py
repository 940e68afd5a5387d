"""The five parts of a score: how much of each a call earns, and the sentence that says why. Plain Python."""

import dataclasses
from collections.abc import Mapping

from scoring.extraction.provider import Evidence, Fact
from scoring.score.signals import Signals

FULL_DURATION = 180
"""Seconds from which a call has all points for its length."""
_URGENCY_SHARE = {"emergency": 1.0, "within_month": 0.92, "within_3_months": 0.84, "within_year": 0.5, "planning": 0.25}
_URGENCY_WORDS = {
    "emergency": "It can't wait",
    "within_month": "Within a month",
    "within_3_months": "Within three months",
    "within_year": "Within a year",
    "planning": "No date yet",
}
_FIRM = 0.9
_NO_INTENT = {
    "lead": (0.27, "Called about a project, but wants none done now."),
    "voicemail": (0.27, "Left a message that names no project."),
    "existing_customer": (0.14, "Existing customer, no new project."),
    "vendor": (0.03, "Wants to sell, not to buy."),
    "job_applicant": (0.03, "Looks for work."),
}
_MONEY_SIGNALS = (
    ("cannot_pay", 0.15, "Doubts that the money is there."),
    ("price_accepted", 0.9, "Accepts the price named."),
    ("means", 0.85, "Says how it will be paid."),
    ("shopping", 0.2, "Compares prices, names none."),
)
_NOTHING = "No project, so it doesn't count."
_UNHEARD = "No transcript, so it doesn't count."


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """What a call is rated by; duration in seconds."""

    kind: str
    intent: bool
    facts: Mapping[str, Fact]
    signals: Signals
    duration: float

    def quotes(self, *names: str) -> tuple[Evidence, ...]:
        """Return the first words of each of these facts."""
        return tuple(self.facts[name].evidence[0] for name in names if name in self.facts)


@dataclasses.dataclass(frozen=True, slots=True)
class Rated:
    """How much of a part is earned, 0 to 1, and why."""

    share: float
    why: str
    evidence: tuple[Evidence, ...] = ()


def project_intent(call: Reading) -> Rated:
    """Rate whether the caller wants work done, and how firmly."""
    if not call.intent:
        share, why = _NO_INTENT.get(call.kind, (0.0, "No business with us."))
        return Rated(share, why)
    share, said = 0.9, []
    project = call.facts.get("project_type")
    named = "" if project is None or project.value == "other" else f" for {project.value}"
    opening = f"Asks for an estimate{named}" if call.signals.has("asks_quote") else f"Wants work done{named}"
    if call.signals.has("asks_quote", "asks_visit", "visit"):
        share += 0.06
    for signal, cost, words in (
        ("declined", 0.6, "we don't do that, or not there"),
        ("shopping", 0.35, "compares prices"),
        ("holds_back", 0.2, "isn't decided"),
        ("not_owner", 0.25, "doesn't own the place"),
        ("cannot_pay", 0.2, "doubts the money"),
    ):
        if call.signals.has(signal):
            share -= cost
            said.append(words)
    why = f"{opening}, but {' and '.join(said)}." if said else f"{opening}."
    return Rated(
        max(0.2, share), why, (call.quotes("project_type", "project_details") or call.signals.quotes("asks_quote"))[:1]
    )


def _firmness(call: Reading) -> float:
    """Return how firm the intent is, 0 to 1: what a long talk about it is worth."""
    return min(1.0, project_intent(call).share / _FIRM)


def timeline_urgency(call: Reading) -> Rated:
    """Rate how soon the work is wanted."""
    if not call.intent:
        return Rated(0, _NOTHING)
    urgency = call.facts.get("urgency")
    if urgency is None:
        return Rated(_URGENCY_SHARE["planning"], "Says nothing about when.")
    value = str(urgency.value)
    timeline = call.facts.get("timeline")
    if call.signals.has("declined"):
        return Rated(
            _URGENCY_SHARE[value] * 0.5, f"{_URGENCY_WORDS[value]}, but it isn't ours to do.", call.quotes("timeline")
        )
    named = "" if timeline is None or value in {"planning", "emergency"} else ", with a time named"
    return Rated(
        _URGENCY_SHARE[value], f"{_URGENCY_WORDS[value]}{named}.", call.quotes("timeline") or call.quotes("urgency")
    )


def budget_indicators(call: Reading) -> Rated:
    """Rate what the caller says about money; urgent work without a figure is rarely lost on price."""
    if not call.intent:
        return Rated(0, _NOTHING)
    said = call.quotes("budget_max") or call.quotes("budget_min")
    if call.signals.has("declined"):
        return Rated(0.3, "Money counts little: it isn't ours to do.", said)
    if said:
        low, high = call.facts.get("budget_min"), call.facts.get("budget_max")
        if low and high:
            return Rated(0.97, "Names a sum." if low.value == high.value else "Names a range in dollars.", said)
        return Rated(0.92, "Names a ceiling in dollars." if high else "Names a least sum in dollars.", said)
    for signal, share, why in _MONEY_SIGNALS:
        if call.signals.has(signal):
            return Rated(share, why, call.signals.quotes(signal))
    return _no_sum(call)


def _no_sum(call: Reading) -> Rated:
    urgency = call.facts.get("urgency")
    if urgency and urgency.value == "emergency":
        return Rated(0.85, "No sum named; damage that grows is seldom a question of price.")
    if _firmness(call) < 1 or (urgency and urgency.value == "planning"):
        return Rated(0.35, "Names no sum, and isn't decided.")
    return Rated(0.6, "Names no sum.")


def call_duration(call: Reading) -> Rated:
    """Rate the length of the talk: it tells something only about a project, and as much as that is firm."""
    if not call.intent:
        return Rated(0, _NOTHING)
    share = min(1.0, (max(0.0, call.duration) / FULL_DURATION) ** 0.5)
    full = f"Full points from {FULL_DURATION // 60} min" + ("." if _firmness(call) == 1 else " for a firm project.")
    return Rated(share * _firmness(call), f"{_clock(call.duration)}. {full}")


def customer_engagement(call: Reading) -> Rated:
    """Rate what the caller gave: talk, contact data, a visit agreed on."""
    if not call.intent:
        return Rated(0, _NOTHING)
    heard, share, said = call.signals, 0.1, []
    if heard.known_speakers and heard.all_words:
        talk = heard.caller_words / heard.all_words
        share += 0.2 * min(1.0, talk / 0.4)
        said.append(f"Spoke {talk:.0%} of the time".replace("%", " %"))
    given = sum(name in call.facts for name in ("first_name", "last_name", "stated_phone", "email"))
    if given:
        share += 0.1 * given
        said.append("left contact data")
    if heard.has("visit", "asks_visit"):
        share += 0.3
        said.append("agreed on a visit" if heard.has("visit") else "asked for a visit")
    if heard.has("holds_back"):
        share -= 0.2
        said.append("wants to think about it")
    sentence = ", ".join(said)
    why = f"{sentence[:1].upper()}{sentence[1:]}." if said else "Gave little."
    return Rated(
        max(0.0, min(1.0, share)) * _firmness(call), why, heard.quotes("visit")[:1] or heard.quotes("asks_visit")[:1]
    )


def without_words(*, kind: str, direction: str, duration: float) -> dict[str, Rated]:
    """Rate a call that has no transcript: someone who called is worth calling back, no more is known."""
    if kind != "lead":
        share, why = 0.0, "No transcript and no number: nobody to call back."
    elif direction == "outbound":
        share, why = 0.3, f"We called; {_clock(duration)}, no transcript."
    elif duration < 1:
        share, why = 0.5, "A missed call: what was wanted isn't known. Call back."
    else:
        share, why = (
            0.55,
            f"Called for {_clock(duration)}; without a transcript what was wanted isn't known. Call back.",
        )
    waits = (
        Rated(0.25, "A caller who waits for an answer.")
        if kind == "lead" and direction != "outbound"
        else Rated(0, _UNHEARD)
    )
    return {
        "project_intent": Rated(share, why),
        "timeline_urgency": waits,
        "budget_indicators": Rated(0, _UNHEARD),
        "call_duration": Rated(0, _UNHEARD),
        "customer_engagement": Rated(0, _UNHEARD),
    }


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
