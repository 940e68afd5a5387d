"""When the work is wanted, in the caller's words, and how urgent that makes it."""

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence

from scoring.extraction.provider import Evidence, Fact
from scoring.extraction.providers.rules import dates
from scoring.extraction.providers.rules.dates import Moment
from scoring.extraction.providers.rules.dialogue import Dialogue, Turn

_DANGER = re.compile(
    r"\b(?:(?:water|sewage|it)(?:'s| is)? (?:\w+ )?(?:everywhere|pouring|gushing|flooding|all over|spraying|shooting|coming (?:in|through|up|down|out)|dripping (?:through|down|from|on))|flood(?:ed|ing)\b|burst\b|back(?:ing|ed)? up (?:into|in|out|all|every|right)|(?:is|are|keeps?) backing up|no heat\b|no hot water\b|without (?:heat|power|water|a ?c)\b|(?:heat|furnace|heater|a ?c|air|power)(?: just)?(?:'s| is| went| has been)? (?:out|off|dead|quit|stopped|not working)|smell(?:s|ing)? (?:of )?(?:gas|burning|smoke|like (?:burning|gas|smoke))|gas (?:leak|smell)|burning smell|spark(?:s|ed|ing)|smok(?:e|ing) (?:coming|from|out)|caught fire|had a fire|(?:tree|limb|branch)\b.{0,40}\b(?:fell|came down|through|on (?:the|my|our) (?:house|roof|car|garage|power))|ceiling (?:is |just )?(?:collaps\w*|came down|fell|bulging|sagging|caving|caved)|can't (?:turn|shut) (?:it|the water) off|won't shut off|got shocked|(?:carbon monoxide|c o) (?:alarm|detector)|(?:baby|newborn|oxygen|elderly)\b.{0,60}\b(?:hot|cold|heat|degrees)|standing water|inch(?:es)? of water|leaking (?:really |pretty )?(?:bad|badly|everywhere|right now|all over|through|onto|into)|hole in (?:the|my|our) (?:roof|ceiling)|tarp)\b",
    re.IGNORECASE,
)
_NEEDS_NOW = re.compile(
    r"(?<!not an )(?<!not like an )(?<!not a )(?<!isn't an )\b(?:it's an emergency|this is an emergency|emergency (?:service|repair|call|plumber)|an emergency|right now|right away|immediately|hurry|tonight|as soon as humanly|(?:come|out|here|somebody|someone|anybody|fixed|look) (?:\w+ ){0,2}today|today (?:if|please|or)|within the hour|how (?:soon|fast|quick\w*) can (?:you|someone|somebody)|can (?:you|somebody|someone) come (?:now|today|tonight|out now|right))\b",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"\b(?:last (?:week|month|year|spring|summer|fall|winter)|years? ago|months? ago|weeks? ago|it's (?:dry|stopped|fine|off) now|already (?:dried|fixed|tarped)|used to|when(?:ever)? it rains|every time)\b",
    re.IGNORECASE,
)
_URGENT_KINDS = frozenset({
    "plumbing repair", "drain and sewer", "water damage restoration", "hvac repair", "electrical repair", "roof repair", "tree service",
    "fire damage restoration", "storm damage", "water heater", "basement waterproofing", "gutters", "repiping", "electrical panel upgrade", "other",
})  # fmt: skip
_VISIT = re.compile(
    r"\b(?:come (?:out|by|take|see|look|measure)|swing by|stop by|measure|take a look|visit|appointment|estimator|be (?:home|there|here)|which is better|works? (?:for you|better|best)|available|what day|what time|call (?:me|you) (?:back )?|a look|walk (?:the|it)|meet|send (?:it|you))\b",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"\b(?:like|want|need|hop(?:e|ing)|done|start\w*|finish\w*|before|by|within|ready|in place|deadline|move in|install\w*|planning|looking to|shoot\w*|timeline|time ?frame|as soon as|can wait|wait)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\b(?:at|between|before|after|around|till|until) (?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon)\b(?! (?:weeks?|days?|months?))|\b(?:morning|afternoon|evening)s?\b",
    re.IGNORECASE,
)
_SHORT = 100
_AGENT_STARTS = re.compile(
    r"\b(?:start|get you (?:in|on|scheduled)|do it|be there|be out|have (?:a|the|somebody|someone) .{0,20}(?:there|out)|on my way|all set for|(?:i|we)(?:'ve| have)? (?:got|have) (?:an? )?)\b",
    re.IGNORECASE,
)
_AGENT_ESTIMATES = re.compile(
    r"\b(?:estimat\w*|measure|quote|look at|take a look|give you a (?:price|number)|consult\w*|designer|bid)\b",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True, slots=True)
class _Named:
    weight: float
    turn: Turn
    moments: tuple[Moment, ...]


def find(dialogue: Dialogue, *, project_type: str, started_at: dt.datetime) -> dict[str, Fact]:
    """Return timeline and urgency: "now" for an emergency that is only implied, planning where no date is had."""
    today = dates.current(f"{dialogue.said()} {dialogue.heard()}", started_at)
    named = _best(dialogue, today)
    danger = _emergency(dialogue, project_type, named)
    facts: dict[str, Fact] = {}
    if named:
        quote = _phrase(named)
        facts["timeline"] = Fact(quote.quote, 0.8, (quote,))
        facts["urgency"] = Fact(_urgency(named), 0.75, (quote,))
    if danger:
        if not named or _urgency(named) == "planning" or (named.moments[0].days or 0) > 2:  # noqa: PLR2004
            facts["timeline"] = Fact("now", 0.75, (danger,))
        facts["urgency"] = Fact("emergency", 0.85, (danger,))
    return facts


def _best(dialogue: Dialogue, today: dt.date) -> _Named | None:
    """Return the turn that says best when the work is wanted."""
    named = [one for turn in dialogue.customer() if (one := _weighed(dialogue, turn, today))]
    if named:
        return max(named, key=lambda one: one.weight)
    return _agents_offer(dialogue, today)


def _weighed(dialogue: Dialogue, turn: Turn, today: dt.date) -> _Named | None:
    moments = tuple(dates.find(turn.text, today))
    if not moments:
        return None
    weight = 1.0 + 0.01 * turn.index
    weight += 3.0 if turn.answers("time") else 0.0
    weight += 1.0 if _WANTED.search(turn.text) else 0.0
    weight += 1.0 if any(one.days is not None for one in moments) else 0.0
    only_day = all(
        re.search(r"day|tomorrow|week", turn.text[one.start : one.end], re.IGNORECASE) and (one.days or 0) < 8
        for one in moments
    )  # noqa: PLR2004
    if only_day and (_VISIT.search(turn.asked) or _VISIT.search(turn.text) or _CLOCK.search(turn.text)):
        weight -= 3.0
    if turn.answers("phone") or turn.answers("email") or turn.answers("name"):
        weight -= 1.0
    return _Named(weight, turn, moments)


def _agents_offer(dialogue: Dialogue, today: dt.date) -> _Named | None:
    """Take a day that the agent offers for the work itself and the customer accepts."""
    for turn in reversed(list(dialogue.agent())):
        answer = dialogue.after(turn)
        moments = tuple(one for one in dates.find(turn.text, today) if one.days is not None and one.days < 45)  # noqa: PLR2004
        offered = _AGENT_STARTS.search(turn.text) and not _AGENT_ESTIMATES.search(turn.text)
        if moments and offered and (answer is None or not answer.denies()):
            return _Named(0.5, turn, moments)
    return None


def _phrase(named: _Named) -> Evidence:
    """Return the words from the first moment named to the last, if they stand close together."""
    first = named.moments[0]
    last = max((one for one in named.moments if one.end - first.start <= _SHORT), key=lambda one: one.end)
    return named.turn.cut(first.start, last.end)


def _urgency(named: _Named) -> str:
    """Return how urgent: by the start that is named last, else by the end."""
    dated = [one for one in named.moments if one.days is not None]
    if any(one.vague for one in named.moments) and (not dated or min(one.days or 0 for one in dated) > 45):  # noqa: PLR2004
        return "planning"
    if not dated:
        return "planning"
    starts = [
        one for one in dated if re.search(r"start\w*\W+(?:\w+\W+){0,5}$", named.turn.text[: one.start], re.IGNORECASE)
    ]
    return by_days(_soonest(starts or dated))


def _soonest(moments: Sequence[Moment]) -> float:
    return min(one.days for one in moments if one.days is not None)


def by_days(days: float) -> str:
    """Return the urgency of work to start in so many days."""
    if days < 1:
        return "emergency"
    if days <= 31:  # noqa: PLR2004
        return "within_month"
    return "within_3_months" if days <= 100 else "within_year"  # noqa: PLR2004


def _emergency(dialogue: Dialogue, project_type: str, named: _Named | None) -> Evidence | None:
    """Return the words that show damage or danger at this moment, or that ask for somebody at once."""
    later = (
        named is not None
        and any(one.days is not None and one.days > 10 for one in named.moments)
        or (named is not None and any(one.vague for one in named.moments))
    )  # noqa: PLR2004
    for turn in dialogue.customer():
        asks = _NEEDS_NOW.search(turn.text)
        if asks and project_type in _URGENT_KINDS and not later:
            return turn.found(asks)
    if later or project_type not in _URGENT_KINDS:
        return None
    for turn in dialogue.customer():
        danger = _DANGER.search(turn.text)
        if danger and not _OVER.search(turn.text):
            return turn.found(danger)
    return None
