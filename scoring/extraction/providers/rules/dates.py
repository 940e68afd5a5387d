"""Moments as callers name them, and how many days away they are: "mid january", "after labor day"."""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator

from scoring.extraction.providers.rules.datewords import (
    AT_ONCE,
    COUNT,
    COUNTS,
    HOLIDAYS,
    LEAD,
    MONTHS,
    NOT_DATE,
    ORDINAL,
    PART,
    SEASONS,
    SOON,
    UNIT_DAYS,
    VAGUE,
    WEEKDAY,
)
from scoring.extraction.providers.rules.words import listed

Days = Callable[[re.Match[str], dt.date], float | None]
_MONTH = "|".join(m for m in MONTHS if m != "may") + "|may(?! (?:be|not|have|want|need|do|go|get|i|we))"
_THIS_MONTH = re.compile(
    r"\b(?:it's|it is|already|here in|being|we're in|now that it's|since it's"
    r"|so it's)\s+(?P<how>almost |nearly |only |just |already |still |like )?"
    rf"(?P<part>(?:the )?(?:end|middle|beginning|start) of |early |mid "
    rf"|late )?(?P<month>{_MONTH})\b(?! \d|'s|(?: or)? (?:{_MONTH}))",
    re.IGNORECASE,
)
_DONE_BY = listed(
    "finished started installed completed replaced painted fixed repaired needed wanted "
    "planned scheduled removed refinished cleaned remodeled"
    " poured mowed trimmed opened closed delivered wrapped resurfaced supposed hoped redone"
)
_HAPPENED = re.compile(r"\b(?:had|hit|came through|happened|since|got)\b[^.?!]{0,30}$", re.IGNORECASE)
_BEFORE_SEASON = 25
"""Days: who says "before winter" means before it gets cold, not its first day."""
_MIDDLE, _LATE, _EARLY = 15, 26, 4


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """A moment that was named: where in the text, and days from the call; None: no date can be had from it."""

    start: int
    end: int
    days: float | None
    vague: bool = False
    weak: bool = False
    """It tells a day, but seldom of the work: a weekday, "the 12th"."""


def current(text: str, started_at: dt.datetime) -> dt.date:
    """Return the day of the call: in the month that somebody says it is now, else as the source gave it."""
    said = _THIS_MONTH.search(text)
    if not said:
        return started_at.date()
    month, day = MONTHS[said.group("month").lower()], _day_in_month(said.group("part") or "")
    if (said.group("how") or "").strip().lower() in {"almost", "nearly"}:
        month, day = (month - 2) % 12 + 1, _LATE
    return dt.date(started_at.year, month, day)


def find(text: str, today: dt.date) -> list[Moment]:
    """Return the moments named in a text, in order, none inside another; what is over or is now is left out."""
    moments: list[Moment] = []
    taken = [(now.start(), now.end()) for now in _THIS_MONTH.finditer(text)]
    for pattern, days, vague, weak in _RULES:
        for match in pattern.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            if _is_past(text, match) or _is_denied(text, match):
                continue
            taken.append((match.start(), match.end()))
            moments.append(Moment(match.start(), match.end(), days(match, today), vague, weak))
    return sorted(moments, key=lambda one: one.start)


def _is_past(text: str, match: re.Match[str]) -> bool:
    """Return whether the moment lies behind, or is no moment of the work: "two years ago", "he passed in may"."""
    after, before = text[match.end() :][:24].lower(), text[: match.start()][-34:].lower()
    verb = re.search(
        r"\b(\w{2,}ed|died|bought|came|went|got|built|did|was|were|had|broke|fell|left|happened|began"
        r"|since)\W+(?:it |them |us |here |this )?$",
        before,
    )
    if re.search(r"day\b", match.group(), re.IGNORECASE) and _HAPPENED.search(text[: match.start()]):
        return True
    lasting = re.search(
        r"\bfor (?:like |about |almost |over |maybe |the )*$", before
    ) or match.group().lower().startswith("for ")
    return bool(
        re.match(r"\W*(?:ago|before last|earlier|old\b|of age|warranty|later he|later she)", after)
        or re.search(
            r"\b(?:last|since|past|previous|every|back in|how|been|how's your|each|takes?|took|per|a)\W*$", before
        )
        or (verb and verb.group(1) not in _DONE_BY)
        or (
            lasting
            and not re.search(
                r"\b(?:not|schedul\w*|aim\w*|shoot\w*|look\w*|plan\w*|set|book\w*|ready|ask\w*)\W*(?:for )?$", before
            )
        )
    )


def _is_denied(text: str, match: re.Match[str]) -> bool:
    """Return whether it is named to be denied: "it's not an emergency", "not this year"."""
    if re.search(r"\bnot(?: till| until)?\W*$", text[: match.start()], re.IGNORECASE):
        return "till" not in text[: match.start()][-8:] and "until" not in text[: match.start()][-8:]
    if not re.search(r"emergency|urgent|hurry", match.group(), re.IGNORECASE) or re.search(
        r"^(?:no|not)\b", match.group(), re.IGNORECASE
    ):
        return False
    return bool(re.search(r"\b(?:not|isn't|no|wasn't|non)\W+(?:\w+\W+){0,2}$", text[: match.start()], re.IGNORECASE))


def _day_in_month(part: str) -> int:
    low = part.lower()
    if "end" in low or "late" in low or "last" in low:
        return _LATE
    if "beginning" in low or "start" in low or "early" in low or "first" in low:
        return _EARLY
    return _MIDDLE


def _count(words: str) -> float:
    low = words.lower().replace("forty five", "forty-five").split()
    for word in low:
        if word.isdigit():
            return float(word)
        if word in COUNTS and not (word in {"a", "an"} and len(low) > 1):
            return float(COUNTS[word])
    return 1.0


def _in_units(match: re.Match[str], _: dt.date) -> float:
    more = 0.5 if re.search(r" (?:or (?:two|so|three)|and a half)$", match.group(), re.IGNORECASE) else 0.0
    return (_count(match.group("count")) + more) * UNIT_DAYS[match.group("unit").lower()]


def _fixed(days: float | None) -> Days:
    return lambda _match, _today: days


def _until(month: int, day: int, today: dt.date) -> float:
    """Return the days to the next such date; up to two weeks back counts as now."""
    target = dt.date(today.year, month, day)
    if (target - today).days < -14:
        target = dt.date(today.year + 1, month, day)
    return max(1, (target - today).days)


def _month(match: re.Match[str], today: dt.date) -> float:
    digits = re.sub(r"\D", "", match.group("day") or "")
    day = int(digits) if digits else _day_in_month(match.group("part") or "")
    month = MONTHS[match.group("month").lower()]
    if month == today.month and not match.group("part") and not digits:
        return 10
    return _until(month, min(max(day, 1), 28), today)


def _season(match: re.Match[str], today: dt.date) -> float:
    lead, days = match.group("lead").lower(), _until(*SEASONS[match.group("season").lower()], today)
    if "before" in lead:
        return max(10, days - _BEFORE_SEASON)
    if "this" in lead and days > 300:
        return 20
    if "next" in lead and days < 45:
        return days + 365
    return days


def _on(date: tuple[int, int]) -> Days:
    return lambda _match, today: _until(*date, today)


def _year_end(_: re.Match[str], today: dt.date) -> float:
    return max(10, (dt.date(today.year, 12, 28) - today).days)


def _next_year(_: re.Match[str], today: dt.date) -> float:
    return max(110, (dt.date(today.year + 1, 3, 15) - today).days)


def _next_month(_: re.Match[str], today: dt.date) -> float:
    return 32 if today.day < 20 else 20


def _rule(
    pattern: str, days: Days, *, vague: bool = False, weak: bool = False
) -> tuple[re.Pattern[str], Days, bool, bool]:
    return re.compile(pattern, re.IGNORECASE), days, vague, weak


def _rules() -> Iterator[tuple[re.Pattern[str], Days, bool, bool]]:
    """Yield the rules, narrow ones first: what one took, the later leave alone."""
    for pattern, date in HOLIDAYS.items():
        yield _rule(rf"\b(?:{LEAD})?(?:{pattern})\b", _on(date))
    yield _rule(
        rf"\b{LEAD}{PART}(?P<month>{_MONTH})\b(?:\s+(?:the )?(?P<day>{ORDINAL}|\d{{1,2}})(?!\d|:| (?:feet"
        rf"|foot|thousand)))?",
        _month,
    )
    span = rf"{COUNT}(?:(?: to | or |[ -]){COUNT})?"
    more = r"(?: or (?:two|so|three)| and a half)?"
    yield _rule(
        rf"\b{LEAD}(?:the |like )?(?:next |coming )?(?P<count>{span})[ -](?P<unit>minute|hour|day|week"
        rf"|month|year)s?\b{more}(?! old| warranty|ly)",
        _in_units,
    )
    yield _rule(
        r"\b(?:by |before |after |around )*(?:the )?(?:first|1st|end|beginning|middle|fifteenth|15th"
        r"|twentieth|20th|10th|tenth) of (?:the|this) month\b|\bthis month\b",
        _fixed(18),
    )
    yield _rule(r"\b(?:sometime |beginning of |first of |end of )?next month\b", _next_month)
    yield _rule(
        r"\b(?:sometime |later |early |(?:by )?(?:the )?end of )?(?:next|this|following"
        r"|the) week(?:end)?\b|\bweek after(?: next)?\b|\b(?:on|over) the weekend\b",
        _fixed(6),
        weak=True,
    )
    yield _rule(
        rf"\b{LEAD}(?:next |this )?{WEEKDAY}s?(?: (?:or|and) {WEEKDAY})?(?: (?:morning|afternoon|evening|night))?\b",
        _fixed(5),
        weak=True,
    )
    yield _rule(r"\b(?:first thing )?tomorrow(?: (?:morning|afternoon|evening|night))?\b", _fixed(1.5), weak=True)
    yield from _loose_rules()


def _loose_rules() -> Iterator[tuple[re.Pattern[str], Days, bool, bool]]:
    """Yield the rules for what is said loosely: seasons, years, at once, soon, some day."""
    yield _rule(
        r"\b(?P<lead>(?:(?:sometime|early|late|mid|this|next|in|in the|before|by|by the|over the|for the"
        r"|maybe|probably|or|during the|after the|until the|until|middle of"
        r"|end of|the|like|coming) )*)(?:the )?(?P<season>spring|summer|fall|autumn"
        r"|winter)(?:time)?\b(?! (?:break|tune|clean|check|sale|special|valley|creek|lake|street|st\b"
        r"|park|haven|garden|springs?|hill|branch|field))",
        _season,
    )
    yield _rule(
        r"\b(?:by |before )?(?:the )?(?:end of (?:the|this) year|year'?s? end|year end)\b|\b(?:sometime "
        r"|later )?this year\b",
        _year_end,
    )
    yield _rule(
        r"\b(?:sometime |early |late |first of |the first of |in )*(?:the )?next year\b|\bfirst of the year\b",
        _next_year,
    )
    yield _rule(rf"\b(?:{AT_ONCE})\b", _fixed(0))
    yield _rule(rf"\b(?:{SOON})", _fixed(12))
    yield _rule(rf"\b(?:by |before |after |on |until )*the {ORDINAL}\b{NOT_DATE}", _fixed(12), weak=True)
    yield _rule(rf"\b(?:{VAGUE})\b", _fixed(None), vague=True)
    yield _rule(r"\b(?:sometime|some time)\b", _fixed(None), vague=True, weak=True)


_RULES = tuple(_rules())
