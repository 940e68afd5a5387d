"""Moments as callers name them, and how many days away they are: "mid january", "in five or six weeks", "after labor day"."""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator

from scoring.extraction.providers.rules.numbers import TEENS, TENS, UNITS

MONTHS = {
    m: n
    for n, m in enumerate(
        "january february march april may june july august september october november december".split(), 1
    )
}
_MONTH = "|".join(m for m in MONTHS if m != "may") + "|may(?! (?:be|not|have|want|need|do|go|get|i|we))"
_HOLIDAYS = {
    r"new year'?s?(?: (?:day|eve))?": (1, 1), r"the super ?bowl": (2, 8), r"valentine'?s(?: day)?": (2, 14), r"spring break": (3, 14), r"easter": (4, 12), r"passover": (4, 10),
    r"mother'?s day": (5, 10), r"memorial day": (5, 27), r"graduation": (5, 30), r"school(?:'s| is| lets?| gets?) out": (6, 8), r"father'?s day": (6, 18),
    r"(?:the )?fourth of july|july (?:fourth|4th)": (7, 4), r"school starts|back to school|school year": (8, 20), r"labor day": (9, 4), r"halloween": (10, 31), r"thanksgiving": (11, 25),
    r"the holidays|holiday season": (12, 15), r"christmas": (12, 22), r"hanukkah": (12, 12), r"hurricane season": (6, 1), r"monsoon(?: season)?": (7, 1), r"(?:the )?rainy season|the rains?": (11, 1),
    r"(?:the )?(?:first|hard) (?:hard )?(?:freeze|frost|snow)|(?:it )?(?:freezes|snows)|it gets (?:too )?cold": (11, 15), r"it gets (?:too )?hot": (6, 1), r"the ground thaws": (4, 1),
}  # fmt: skip
_SEASONS = {"spring": (4, 1), "summer": (6, 15), "fall": (9, 25), "autumn": (9, 25), "winter": (12, 10)}
_COUNTS = {**UNITS, **TEENS, **TENS, "a": 1, "an": 1, "couple": 2, "few": 3, "several": 4, "half": 0.5}
_NUMBER = r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|eighteen|twenty|thirty|forty|forty.five|sixty|ninety|(?:a )?couple(?: of)?|(?:a )?few|several|half an?)"
_UNIT = {"minute": 0.001, "hour": 0.05, "day": 1, "week": 7, "month": 30, "year": 365}
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """A moment that was named: where in the text, and days from the call; None: no date can be had from it."""

    start: int
    end: int
    days: float | None
    vague: bool = False


def current(text: str, started_at: dt.datetime) -> dt.date:
    """Return the day of the call: in the month that somebody says it is now, else as the source gave it."""
    said = re.search(
        rf"\b(?:it's|it is|already|here in|being|we're in|now that it's)\s+(?P<how>almost |nearly |only |just |already |still )?(?P<part>(?:the )?(?:end|middle|beginning|start) of |early |mid |late )?(?P<month>{_MONTH})(?P<now> now| already)?\b(?! \d|'s)",
        text,
        re.IGNORECASE,
    )
    if not said:
        return started_at.date()
    month = MONTHS[said.group("month").lower()]
    day = _day_in_month(said.group("part") or "")
    if (said.group("how") or "").strip().lower() in {"almost", "nearly"}:
        month, day = (month - 2) % 12 + 1, 25
    return dt.date(started_at.year, month, day)


def _day_in_month(part: str) -> int:
    low = part.lower()
    if "end" in low or "late" in low:
        return 26
    if "beginning" in low or "start" in low or "early" in low or "first" in low:
        return 4
    return 15


def find(text: str, today: dt.date) -> list[Moment]:
    """Return the moments named in a text, in order, none inside another; what is over is left out."""
    moments: list[Moment] = []
    for pattern, days, vague in _RULES:
        for match in pattern.finditer(text):
            if any(one.start < match.end() and match.start() < one.end for one in moments) or _is_past(text, match):
                continue
            moments.append(Moment(match.start(), match.end(), days(match, today), vague))
    return sorted(moments, key=lambda one: one.start)


def _is_past(text: str, match: re.Match[str]) -> bool:
    after, before = text[match.end() :][:24].lower(), text[: match.start()][-32:].lower()
    return bool(
        re.match(r"\W*(?:ago|before last|earlier|old\b|of age)", after)
        or re.search(
            r"\b(?:last|since|past|previous|for (?:like |about |almost |over )?(?:the )?(?:last|past)|every|back in|was|were|been (?:in|for)|bought (?:it |the \w+ )?in|did it in|built in|had|used to|how|day)\W*$",
            before,
        )
        or (
            re.search(r"\bfor (?:like |about |almost |over |maybe )*$", before)
            and not re.search(r"\b(?:not|schedul\w*|aim\w*|shoot\w*|look\w*|plan\w*|set|book\w*)\b", before)
        )
    )


def _count(words: str) -> float:
    low = words.lower().replace("of", "").split()
    for word in low:
        if word.isdigit():
            return float(word)
        if word in _COUNTS and not (word in {"a", "an"} and len(low) > 1):
            return float(_COUNTS[word])
    return float(re.findall(r"forty", words.lower()) and 45 or 1)


def _in_units(match: re.Match[str], _: dt.date) -> float:
    unit = match.group("unit").lower().rstrip("s")
    return _count(match.group("count")) * _UNIT[unit]


def _fixed(days: float | None) -> Callable[[re.Match[str], dt.date], float | None]:
    return lambda _match, _today: days


def _until(month: int, day: int, today: dt.date) -> float:
    """Return the days to the next such date; up to two weeks back counts as now."""
    target = dt.date(today.year, month, day)
    if (target - today).days < -14:  # noqa: PLR2004
        target = dt.date(today.year + 1, month, day)
    return max(0, (target - today).days)


def _month(match: re.Match[str], today: dt.date) -> float:
    number = match.group("day") if "day" in match.re.groupindex else None
    day = (
        int(re.sub(r"\D", "", number))
        if number and re.sub(r"\D", "", number)
        else _day_in_month(match.group("part") or "")
    )
    month = MONTHS[match.group("month").lower()]
    if month == today.month and not match.group("part") and not number:
        return 10
    return _until(month, min(max(day, 1), 28), today)


def _season(match: re.Match[str], today: dt.date) -> float:
    month, day = _SEASONS[match.group("season").lower()]
    lead = (match.group("lead") or "").lower()
    days = _until(month, day, today)
    if "this" in lead and days > 300:  # noqa: PLR2004
        return 20
    if "next" in lead and days < 45:  # noqa: PLR2004
        return days + 365
    return days


def _holiday(date: tuple[int, int]) -> Callable[[re.Match[str], dt.date], float | None]:
    return lambda _match, today: _until(*date, today)


def _year_end(_: re.Match[str], today: dt.date) -> float:
    return (dt.date(today.year, 12, 28) - today).days


def _next_year(_: re.Match[str], today: dt.date) -> float:
    return max(95, (dt.date(today.year + 1, 3, 15) - today).days)


def _next_month(_: re.Match[str], today: dt.date) -> float:
    return 32 if today.day < 20 else 20  # noqa: PLR2004


def _rules() -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str], dt.date], float | None], bool]]:
    def rule(
        pattern: str, days: Callable[[re.Match[str], dt.date], float | None], *, vague: bool = False
    ) -> tuple[re.Pattern[str], Callable[[re.Match[str], dt.date], float | None], bool]:
        return re.compile(pattern, re.IGNORECASE), days, vague

    lead = r"(?:(?:right |just )?(?:by|before|after|around|until|for|in|within|over|on|till|sometime (?:in|around)?|some ?time|about|like|maybe|or|this coming|coming)\s+)*"
    for pattern, date in _HOLIDAYS.items():
        yield rule(rf"\b{lead}(?:{pattern})\b", _holiday(date))
    part = r"(?P<part>(?:the )?(?:end|middle|beginning|start|first(?: week| part)?|last(?: week| part)?|second week|third week) (?:of|in) |early |mid[- ]?|late )?"
    yield rule(
        rf"\b{lead}{part}(?:next |this )?(?P<month>{_MONTH})\b(?:\s+(?P<day>\d{{1,2}}(?:st|nd|rd|th)?|first|second|third|fifth|tenth|fifteenth|twentieth)(?!\d))?",
        _month,
    )
    yield rule(
        rf"\b(?:{lead}(?:the |like )?(?:next |coming )?(?P<count>{_NUMBER})(?:(?: to | or |-| ){_NUMBER})?[ -](?P<unit>minute|hour|day|week|month|year)s?)\b(?! old| warranty)",
        _in_units,
    )
    yield rule(
        r"\b(?:by |before |after )?(?:the )?(?:first|1st|end|beginning|middle|fifteenth|15th|twentieth|20th|10th|tenth) of (?:the|this) month\b|\bthis month\b|\bthe (?:\d{1,2}(?:st|nd|rd|th)|fifteenth|twentieth|tenth|twelfth|first)\b(?! (?:floor|time|of|one|thing|grade|story|level|guy|person|two|week))",
        _fixed(18),
    )
    yield rule(r"\b(?:sometime )?next month\b|\b(?:beginning|first|end) of next month\b", _next_month)
    yield rule(
        r"\b(?:sometime |later |early |end of |the end of )?(?:next|this|following) week(?:end)?\b|\bweek after(?: next)?\b|\b(?:this|the|next|on the) weekend\b|\bend of the week\b",
        _fixed(6),
    )
    yield rule(
        rf"\b(?:(?:on|by|this|next|this coming|before|after|for|maybe|like) )*{_WEEKDAY}s?(?: (?:or|and) {_WEEKDAY})?(?: (?:morning|afternoon|evening|night))?\b",
        _fixed(5),
    )
    yield rule(r"\b(?:first thing )?tomorrow(?: (?:morning|afternoon|evening|night))?\b", _fixed(1))
    yield rule(
        r"\b(?P<lead>(?:(?:sometime |early |late )?(?:this|next|in|in the|before|by|by the|over the|for the|maybe|probably|or|during the|after the|until the|until|early|late|middle of|end of) )+)(?:the )?(?P<season>spring|summer|fall|autumn|winter)(?:time)?\b",
        _season,
    )
    yield rule(
        r"\b(?:by |before )?(?:the )?(?:end of (?:the|this) year|year'?s? end|year end)\b|\b(?:sometime |later )?this year\b",
        _year_end,
    )
    yield rule(
        r"\b(?:sometime |early |late |first of |the first of )?(?:in )?(?:the )?next year\b|\bfirst of the year\b|\bnew year\b",
        _next_year,
    )
    yield rule(
        r"\b(?:right now|right away|immediately|tonight|this (?:morning|afternoon|evening)|emergency|hurry|now(?= please| if)|(?:come|out|here|somebody|someone|it|in|look|anybody) (?:\w+ )?today|today if|by today|today or tomorrow|within the hour)\b",
        _fixed(0),
    )
    yield rule(
        r"\b(?:as soon as (?:possible|we can|you can|you(?:'ve| have) got \w+|you(?:'re| are) able|i can|y'all can)|a ?s ?a ?p\b|soon(?:er the better)?\b|sooner (?:rather )?than later|first available|earliest|next available|quick(?:ly)? as)",
        _fixed(12),
    )
    yield rule(r"\b(?:this|next) season\b|\bmaybe (?:this|next) (?:season|year)\b", _fixed(None), vague=True)
    yield rule(
        r"\b(?:no rush|no (?:real |big |huge )?hurry|not (?:in )?(?:a|any)(?: \w+)? (?:rush|hurry)|when ?ever|just (?:planning|looking|gathering|exploring|curious|info\w*)|down the road|eventually|some ?day|not sure when|flexible|no (?:set |real |specific |particular )?(?:timeline|time line|time ?frame|date|deadline)|haven't decided|(?:don't|do not) know (?:when|yet)|still (?:deciding|planning|thinking)|planning (?:stage|phase|ahead)|at some point|one of these days|sometime)\b",
        _fixed(None),
        vague=True,
    )


_RULES = tuple(_rules())
