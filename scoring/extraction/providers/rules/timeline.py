"""When the work is wanted, in the caller's words, and how urgent that makes it."""

import dataclasses
import datetime as dt
import re

from scoring.extraction.provider import Evidence, Fact
from scoring.extraction.providers.rules import danger, dates
from scoring.extraction.providers.rules.dates import Moment
from scoring.extraction.providers.rules.dialogue import Dialogue, Turn

_VISIT = re.compile(
    r"\b(?:come (?:out|by|take|see|look|measure)|swing by|stop by|measure|take a look|visit"
    r"|appointment|estimator|be (?:home|(?:up |out |over )?(?:there|here))|which is better"
    r"|works? (?:for you|better|best)"
    r"|available|what day|what time|call (?:me|you) (?:back )?|a look|walk (?:the|it)|meet"
    r"|send (?:it|you)|free on|home on)\b",
    re.IGNORECASE,
)
_WANTED = re.compile(
    r"\b(?:like|want|need|hop(?:e|ing)|done|start\w*|finish\w*|before|by|within|ready|in place"
    r"|deadline|move in|install\w*|planning|looking to|shoot\w*|timeline|time ?frame|as soon as"
    r"|can wait|wait)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"\b(?:at|between|before|after|around|till|until) (?:\d{1,2}|one|two|three|four|five|six|seven"
    r"|eight|nine|ten|eleven|twelve|noon)\b(?! (?:weeks?|days?|months?))"
    r"|\b(?:morning|afternoon|evening)s?\b",
    re.IGNORECASE,
)
_AGENT_STARTS = re.compile(
    r"\b(?:start|get you (?:in|on|scheduled)|do it|be there|be out|have (?:a|the|somebody"
    r"|someone) .{0,20}(?:there|out)|on my way|all set for|(?:i|we)(?:'ve| have)? (?:got"
    r"|have) (?:an? )?)\b",
    re.IGNORECASE,
)
_AGENT_ESTIMATES = re.compile(
    r"\b(?:estimat\w*|measure|quote|look at|take a look|give you a (?:price|number)|consult\w*|designer|bid)\b",
    re.IGNORECASE,
)
_DOUBTFUL = re.compile(
    r"^\W*(?:(?:um|uh|well|oh|yeah)\W+)*(?:maybe|probably|possibly|i think so|i guess|hopefully)\b", re.IGNORECASE
)
_PHRASE = 100
"""Letters that the words of a timeline may span."""
_MONTH, _QUARTER = 31, 100
"""Days up to which work counts as within a month, within three months."""
_YEAR = 365
_VAGUE_FROM = 45
_UNSURE = re.compile(r"\b(?:not really|i don't know|who knows|maybe)\b", re.IGNORECASE)
_DOUBT_FROM = 150


@dataclasses.dataclass(frozen=True, slots=True)
class _Named:
    weight: float
    turn: Turn
    moments: tuple[Moment, ...]

    @property
    def chosen(self) -> Moment:
        """Return the moment that counts: of a start, else of what is dated, the last; a bare weekday only alone."""
        dated = [one for one in self.moments if one.days is not None] or list(self.moments)
        firm = [one for one in dated if not one.weak] or dated
        first = next(
            (one for one in firm if re.search(r"\bbetween\W*$", self.turn.text[: one.start], re.IGNORECASE)), None
        )
        if first and len(firm) > 1:
            return first
        starts = [
            one for one in firm if re.search(r"start\w*\W+(?:\w+\W+){0,5}$", self.turn.text[: one.start], re.IGNORECASE)
        ]
        return (starts or firm)[-1]


def find(dialogue: Dialogue, *, project_type: str, started_at: dt.datetime) -> dict[str, Fact]:
    """Return timeline and urgency: "now" for an emergency that is only implied, planning where no date is had."""
    today = dates.current(f"{dialogue.said()} {dialogue.heard()}", started_at)
    named = _best(dialogue, today)
    urgency = _urgency(named) if named else "planning"
    waits = named is not None and urgency != "emergency" and ((named.chosen.days or 99) > 10 or urgency == "planning")
    harm = danger.find(dialogue, project_type=project_type, can_wait=waits)
    facts: dict[str, Fact] = {}
    if named:
        quote = _phrase(named)
        facts["timeline"] = Fact(quote.quote, 0.8, (quote,))
        facts["urgency"] = Fact(urgency, 0.75, (quote,))
    if harm:
        if not named or named.turn.is_agent or (named.chosen.days or 0) > 2:
            facts["timeline"] = Fact("now", 0.75, (harm,))
        facts["urgency"] = Fact("emergency", 0.85, (harm,))
    return facts


def _best(dialogue: Dialogue, today: dt.date) -> _Named | None:
    """Return the turn that says best when the work is wanted."""
    named = [one for turn in dialogue.customer() if (one := _weighed(turn, today))]
    best = max(named, key=lambda one: one.weight, default=None)
    if best and best.weight > 0:
        return best
    return _agents_question(dialogue, today) or best or _agents_offer(dialogue, today)


def _weighed(turn: Turn, today: dt.date) -> _Named | None:
    moments = tuple(dates.find(turn.text, today))
    if not moments:
        return None
    weight = 1.0 + 0.01 * turn.index
    weight += 3.0 if turn.answers("time") else 0.0
    weight += 1.0 if _WANTED.search(turn.text) else 0.0
    weight += 1.0 if any(one.days is not None for one in moments) else 0.0
    for_visit = _VISIT.search(turn.asked) or _VISIT.search(turn.text) or _CLOCK.search(turn.text)
    if all(one.weak for one in moments):
        weight -= 4.0 if for_visit else 1.0
    if turn.answers("phone") or turn.answers("email") or turn.answers("name"):
        weight -= 1.0
    return _Named(weight, turn, moments)


def _agents_question(dialogue: Dialogue, today: dt.date) -> _Named | None:
    """Take "are you looking to do it this spring", "yeah": a moment of the agent that the customer takes."""
    for turn in dialogue.agent():
        answer = dialogue.after(turn)
        if answer is None or answer.is_agent or answer.denies() or not answer.answers("time"):
            continue
        moments = tuple(one for one in dates.find(turn.text, today) if not one.weak)
        if moments and (answer.agrees() or _DOUBTFUL.search(answer.text)):
            doubt = bool(_DOUBTFUL.search(answer.text))
            return _Named(0.5, turn, tuple(dataclasses.replace(one, vague=one.vague or doubt) for one in moments))
    return None


def _agents_offer(dialogue: Dialogue, today: dt.date) -> _Named | None:
    """Take a day that the agent offers for the work itself and the customer accepts."""
    for turn in reversed(list(dialogue.agent())):
        answer = dialogue.after(turn)
        moments = tuple(one for one in dates.find(turn.text, today) if one.days is not None and one.days < _VAGUE_FROM)
        offered = _AGENT_STARTS.search(turn.text) and not _AGENT_ESTIMATES.search(turn.text)
        if moments and offered and (answer is None or not answer.denies()):
            return _Named(0.5, turn, moments)
    return None


def _phrase(named: _Named) -> Evidence:
    """Return the words around the moment that counts, with the others that stand close to it."""
    chosen = named.chosen
    near = [one for one in named.moments if abs(one.start - chosen.start) <= _PHRASE]
    start, end = min(one.start for one in near), max(one.end for one in near)
    if end - start > _PHRASE:
        start, end = chosen.start, chosen.end
    filler = re.match(r"(?:(?:like|about|or|um|uh)\s+)+", named.turn.text[start:end], re.IGNORECASE)
    return named.turn.cut(start + (filler.end() if filler else 0), end)


def _urgency(named: _Named) -> str:
    """Return how urgent: by the start that is named last, else by the end; what is only planned has no date."""
    days = named.chosen.days
    deadline = re.match(r"(?:by|before)\b", named.turn.text[named.chosen.start :], re.IGNORECASE)
    doubtful = days is not None and days > _DOUBT_FROM and _UNSURE.search(named.turn.text)
    vague = (doubtful or any(one.vague and not one.weak for one in named.moments)) and not deadline
    if days is None or (vague and days > _VAGUE_FROM):
        return "planning"
    return by_days(days)


def by_days(days: float) -> str:
    """Return the urgency of work to start in so many days."""
    if days < 1:
        return "emergency"
    if days <= _MONTH:
        return "within_month"
    if days <= _QUARTER:
        return "within_3_months"
    return "within_year" if days <= _YEAR else "planning"
