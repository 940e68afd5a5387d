"""What the caller means to spend: ranges, ceilings, sums. Never prices per foot, bills, deductibles, others' quotes."""

import dataclasses
import re
from collections.abc import Iterator

from scoring.extraction.provider import Evidence, Fact
from scoring.extraction.providers.rules import numbers
from scoring.extraction.providers.rules.dialogue import Dialogue, Turn
from scoring.extraction.providers.rules.numbers import Number
from scoring.extraction.providers.rules.words import ends_sentence

_MEANT = re.compile(
    r"\b(?:budget\w*|spend\w*|afford|ceiling|cap(?:ped)?|max(?:imum)?|limit|up to|under|below|less than|no more than|not (?:over|more than|above|to pay over)|keep it|stay(?:ing)?|set aside|put aside|saved|saving"
    r"|i figured|we figured|figur(?:ed|ing)|i'd go|i'd pay|we'd pay|i(?:'ll| will) (?:go|pay|do)|i'd do|could (?:we|you|i) do|can (?:we|you) do|let's say|we(?:'re| were| are)? (?:thinking|hoping)|i(?:'m| was|'ve been)? (?:thinking|hoping)|hoping|shooting for|ballpark"
    r"|(?:we|i)(?:'ve| have)? got (?:about|around|maybe|like|roughly)|have (?:about|around|roughly)|approved for|loan|pays up to|allowance|put down|willing|comfortable|looking (?:at|to)|price range|range|all.?in|total|real number|tops|at most|somewhere (?:around|between|in)|want to (?:spend|stay|keep|pay)|goal|target\w*|allocated|earmarked|work with|to work with|i(?:'d| would) say|we should say|insurance (?:gave|approved|paid|is paying)|check for|don't (?:want|wanna) (?:to )?(?:go|spend|pay))\b",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"\b(?:budget\w*|spend\w*|afford|ceiling|set aside|put aside|saved|saving|i'd go|i'd pay|willing|approved for|price range|max(?:imum)?|keep it|stay(?:ing)? (?:under|around|at|below|within)|allocated|up to|no more than|not over|tops|i(?:'d| would) say|let's say|hoping|figured|thinking|to pay over|work with|pays up to)\b",
    re.IGNORECASE,
)
_UNIT_PRICE = re.compile(
    r"^\W*(?:(?:dollars|bucks|cents|thousand|installed|each)\W+)?(?:(?:a|per|an|each|for (?:a|each|every))\W+(?:square(?: foot)?|sq\w*|foot|ft|linear foot|yard|hour|sheet|piece|lead|gallon|window|door|tree|box|watt|kilowatt\w*|roll|plant|fixture|light|day|panel|pound|load|bag|ton|head|zone|unit|person|guy|man)\b|square feet|square foot|feet|foot|ft\b|sq\b|inch\w*|gallons?|years?|yrs|months?\b|weeks?|days?|hours?|minutes?|miles?|percent|%|degrees|amps?|tons?|windows?|doors?|rooms?|bedrooms?|bathrooms?|units?|people|trees?|outlets?|lights?|stor(?:y|ies)|by\b|o'clock|a ?m\b|p ?m\b|kids|guys|panels?|acres?|zones?|squares|sheets|holes|gigs|steps|kilowatts?|pounds|floors?|stairs|hundred block)",
    re.IGNORECASE,
)
_INSTALMENT = re.compile(
    r"\b(?:payments?|instal+ments?|financ\w+|down payment|monthly payment|interest|pay it off|pay off|apr)\b",
    re.IGNORECASE,
)
_NOT_OURS_BEFORE = re.compile(
    r"\b(?:deductible\w*|bill(?:s|ed)?|(?:somebody|someone|guy|neighbor|friend|brother|company|contractor|place|they|he|she|lowe'?s|home depot|costco|one|other|last|first|vendor|internet|online|zillow)\b(?: \w+){0,6} (?:told|said|quoted|wanted|charged|wrote|asked|bid|tried|gave|offered|was at|were at|came in at|estimated|paid|says|wants)|quoted|quotes?|bid|charged|paid|cost (?:me|us)|worth|bought (?:it|the|this|our)|appraised|coverage|liability|square f\w+|salary|income|rent|mortgage|tax\w*|fee|refund|gift card|won|balance|invoice|owe|account|zip|address|built in|since|back in|year|model|unit|apartment|suite|lot|number)\b[^.?!;]{0,40}$",
    re.IGNORECASE,
)
_NOT_OURS_AFTER = re.compile(
    r"^[^.?!,;]{0,25}\b(?:deductible|bill|quote|liability|coverage|down payment|is what (?:they|he|she)|from (?:the|another|a) (?:other|guy|company))\b|^\W*(?:on|in|off|from) (?:the|his|her) (?:card|other)",
    re.IGNORECASE,
)
_ADOPTED = re.compile(
    r"\b(?:not to pay over|not to (?:spend|go|pay)|no more than|don't (?:spend|pay|go) (?:over|more))\b", re.IGNORECASE
)
_CEILING = re.compile(
    r"\b(?:up to|under|below|less than|no more than|not (?:over|more than|above|to pay over|to go over|to spend over|to exceed)|at most|max(?:imum)?(?: of| is)?|ceiling(?: of| is)?|cap(?:ped)? (?:of|at|is)|limit (?:of|is)|keep it (?:under|below)|don't want to (?:go|spend|pay) (?:over|more than|above|past)|can't (?:go|do|spend) (?:over|more than|above|past)|won't (?:go|pay) (?:over|above)|stay (?:under|below|within)|tops? out at|over)\W+(?:\w+\W+){0,2}?$",
    re.IGNORECASE,
)
_CEILING_AFTER = re.compile(
    r"^\W*(?:dollars|bucks|thousand|grand)?\W*(?:(?:is|'s|would be)\b(?: \w+){0,4} (?:ceiling|max\w*|limit|most|top|cap)|max\b|maximum|tops\b|at (?:the )?most|at the very most|or less|or under|or below|and that's it|all in tops|is as (?:high|far))",
    re.IGNORECASE,
)
_FLOOR = re.compile(
    r"\b(?:at least|minimum(?: of)?|starting (?:at|around)|more than|north of|upwards of)\W+(?:\w+\W+)?$", re.IGNORECASE
)
_NEGATED = re.compile(r"\b(?:no|not|can't do|isn't|it's not|never)\W+(?:\w+\W+){0,3}$", re.IGNORECASE)
_RANGE_WORDS = frozenset({"to", "and", "or", "through"})
_PER_TIME = re.compile(
    r"^\W*(?:dollars|bucks)?\W*(?:a|per|each|every)\W+(?:month|visit|week|time|cut|mow|year|cleaning)\b", re.IGNORECASE
)
_SMALLEST = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Sum:
    """A budget as one turn gives it: lowest and highest dollars, either may be open."""

    low: int | None
    high: int | None
    evidence: Evidence
    sure: float


def find(dialogue: Dialogue) -> dict[str, Fact]:
    """Return budget_min and budget_max; the last sum that the customer settles on counts."""
    settled: Sum | None = None
    for turn in dialogue.customer():
        for one in _sums(dialogue, turn):
            settled = _merged(settled, one)
    if settled is None:
        settled = _agreed_with_agent(dialogue)
    if settled is None:
        return {}
    bounds = {"budget_min": settled.low, "budget_max": settled.high}
    return {name: Fact(value, settled.sure, (settled.evidence,)) for name, value in bounds.items() if value}


def _merged(before: Sum | None, new: Sum) -> Sum:
    """A ceiling that fits the range said before sharpens it; anything else takes its place."""
    if before and new.low is None and new.high and before.low and before.low <= new.high <= (before.high or new.high):
        return dataclasses.replace(before, high=new.high)
    return new


def _sums(dialogue: Dialogue, turn: Turn) -> Iterator[Sum]:
    """Yield the sums of a customer's turn that are the customer's own."""
    asked = turn.answers("budget")
    found = numbers.find(turn.words)
    at = 0
    while at < len(found):
        first = found[at]
        second = found[at + 1] if at + 1 < len(found) and _is_range(turn, first, found[at + 1]) else None
        at += 2 if second else 1
        one = _sum(dialogue, turn, first, second, asked=asked)
        if one:
            yield one


def _is_range(turn: Turn, first: Number, second: Number) -> bool:
    between = turn.words[first.last + 1 : second.first]
    text = turn.text[turn.words[first.last].end : turn.words[second.first].start]
    if not between:
        return bool(re.fullmatch(r"\s*[-–—]\s*\$?", text)) or (text == " " and not first.scaled and second.scaled)
    if len(between) > 3 or ends_sentence(text) or "," in text:  # noqa: PLR2004
        return False
    words = [word.low for word in between]
    linked = words[0] in _RANGE_WORDS or (
        words[0] in {"thousand", "grand", "dollars"} and len(words) > 1 and words[1] in _RANGE_WORDS
    )
    return linked and all(
        word in {*_RANGE_WORDS, "maybe", "thousand", "grand", "dollars", "like", "about", "um", "uh"} for word in words
    )


def _sum(dialogue: Dialogue, turn: Turn, first: Number, second: Number | None, *, asked: bool) -> Sum | None:
    last = second or first
    start, end = turn.words[first.first].start, turn.words[last.last].end
    before, after = turn.text[:start], turn.text[end:]
    clause = re.split(r"[.?!;]\s", before)[-1][-90:]
    if _is_foreign(turn, clause, after, last):
        return None
    near = clause[-60:] + " " + re.split(r"[.?!;]\s", after)[0][:30]
    meant = bool(_STRONG.search(near)) or (
        bool(_MEANT.search(near)) and (first.scaled or first.dollars or last.scaled or asked)
    )
    if not (asked or meant) or (not asked and not _is_money(first, last, after, near)):
        return None
    low, high = _scaled(dialogue, turn, first, last if second else None)
    if high < _SMALLEST or (asked and not meant and not _plausible(first, last)):
        return None
    sure = 0.9 if asked and meant else 0.8
    evidence = turn.cut(start, end)
    if second:
        return Sum(*sorted((low, high)), evidence, sure)
    if _CEILING.search(clause) or _CEILING_AFTER.search(after):
        return Sum(None, high, evidence, sure)
    if _FLOOR.search(clause):
        return Sum(high, None, evidence, sure)
    if _NEGATED.search(clause) and not asked:
        return None
    return Sum(high, high, evidence, sure)


def _is_foreign(turn: Turn, clause: str, after: str, last: Number) -> bool:
    """Return whether the figure is a measure, a unit price, a bill, or what somebody else asked or paid."""
    if _UNIT_PRICE.search(after) and not _PER_TIME.search(after):
        return True
    if _NOT_OURS_AFTER.search(after) or _INSTALMENT.search(clause) or _INSTALMENT.search(after[:40]):
        return True
    if re.search(r"(?:st|nd|rd|th)$", turn.words[last.last].low):
        return True
    return (
        bool(_NOT_OURS_BEFORE.search(clause))
        and not _ADOPTED.search(clause)
        and not re.search(r"\bbudget|\bspend", clause[-30:])
    )


def _is_money(first: Number, last: Number, after: str, near: str) -> bool:
    """Return whether figures without a question for the budget read as dollars."""
    if first.dollars or first.scaled or last.scaled or re.match(r"\W*(?:dollars|bucks|grand)", after):
        return True
    return (
        bool(re.search(r"\bbudget|\bspend|\bi'd go\b|\blet's say\b|\bup to\b|\bpay\b", near, re.IGNORECASE))
        and last.value >= 1
    )


def _plausible(first: Number, last: Number) -> bool:
    return first.dollars or first.scaled or last.scaled or last.value >= 5  # noqa: PLR2004


def _scaled(dialogue: Dialogue, turn: Turn, first: Number, second: Number | None) -> tuple[int, int]:
    """Return the two sums in dollars: "forty and fifty thousand", "forty five hundred to six", "ten" among thousands."""
    low, high = first.value, (second or first).value
    if second:
        if second.scaled and not first.scaled and low < 1000 <= high and low < high / 100:  # noqa: PLR2004
            low *= 1000 if high >= 1000 else 100  # noqa: PLR2004
        elif first.scaled and not second.scaled and high < low:
            high *= 1000
    after = turn.text[turn.words[(second or first).last].end :]
    in_dollars = (
        first.dollars
        or (second and second.dollars)
        or re.match(r"\W*(?:dollars|bucks)", after)
        or _PER_TIME.search(after)
    )
    if (
        high < 300
        and not first.scaled
        and not in_dollars
        and not (second and second.scaled)
        and _in_thousands(dialogue, turn, high)
    ):  # noqa: PLR2004
        low, high = low * 1000, high * 1000
    elif first.dollars and high < 300 and _in_thousands(dialogue, turn, high, strictly=True):  # noqa: PLR2004
        low, high = low * 1000, high * 1000
    return round(low), round(high)


def _in_thousands(dialogue: Dialogue, turn: Turn, value: float, *, strictly: bool = False) -> bool:
    """Return whether a bare number stands for thousands: the agent repeats it so, or it is too small for a job.

    Services by the month or visit are paid in hundreds.
    """
    figures = {f"{value:g},000", f"{value:g}k", f"{value:g} thousand", f"{value:g},500"}
    around = dialogue.turns[max(0, turn.index - 4) : turn.index + 4]
    if any(figure in one.text.lower() for one in around for figure in figures):
        return True
    repeated = [number.value for one in around for number in numbers.find(one.words) if number.scaled]
    if any(number == value * 1000 for number in repeated):
        return True
    if strictly:
        return False
    if re.search(
        r"\b(?:a|per|every|each) (?:month|visit|week|mow|cut|cleaning|time)\b",
        " ".join(one.text for one in around),
        re.IGNORECASE,
    ):
        return False
    thousands = any(number >= 1000 for number in repeated)  # noqa: PLR2004
    return value <= 100 or (value < 200 and thousands)  # noqa: PLR2004


def _agreed_with_agent(dialogue: Dialogue) -> Sum | None:
    """Take "would you say under ten thousand?" – "yes": a sum in the agent's question for the budget, agreed to."""
    settled = None
    for turn in dialogue.agent():
        answer = dialogue.after(turn)
        if answer is None or answer.is_agent or not answer.agrees() or numbers.find(answer.words):
            continue
        if not re.search(
            r"\b(?:your|a) budget\b|\byou(?:'re| are| were)? (?:looking|hoping|wanting|trying|thinking) to (?:spend|stay|keep)|\bcomfortable (?:with|spending)",
            turn.text,
            re.IGNORECASE,
        ):
            continue
        found = numbers.find(turn.words)
        if not found or not (found[0].scaled or found[0].dollars or found[-1].scaled):
            continue
        second = found[1] if len(found) > 1 and _is_range(turn, found[0], found[1]) else None
        low, high = _scaled(dialogue, turn, found[0], second)
        clause = turn.text[: turn.words[found[0].first].start]
        ceiling = bool(_CEILING.search(clause)) and second is None
        settled = Sum(
            None if ceiling else low,
            high,
            answer.quote(answer.words[0], answer.words[min(3, len(answer.words) - 1)]),
            0.75,
        )
    return settled
