"""What the caller means to spend: ranges, ceilings, sums. Never prices per foot, bills, deductibles, others' quotes."""

import dataclasses
import re
from collections.abc import Iterator

from scoring.extraction.provider import Evidence, Fact
from scoring.extraction.providers.rules import moneywords, numbers
from scoring.extraction.providers.rules.dialogue import Dialogue, Turn
from scoring.extraction.providers.rules.numbers import Number
from scoring.extraction.providers.rules.words import ends_sentence

_LINKS = frozenset({"to", "and", "or", "through"})
_BETWEEN = _LINKS | {"maybe", "thousand", "grand", "dollars", "like", "about", "um", "uh", "bucks"}
_SMALLEST = 20
_SHORT_TURN = 7
_SMALL, _THOUSAND = 300, 1000
_OPEN_TURNS = 7
"""How many utterances after the question, or after a sum, the talk is still about money."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sum:
    """A budget as one turn gives it: lowest and highest dollars, either may be open."""

    low: int | None
    high: int | None
    evidence: Evidence
    sure: float


@dataclasses.dataclass(frozen=True, slots=True)
class _Topic:
    """What the talk is about where a figure falls: asked for the budget, still about it, or about prices."""

    asked: bool
    budget: bool
    price: bool


@dataclasses.dataclass(frozen=True, slots=True)
class _Spot:
    """One figure, or a range of two, in a turn, with the words around it."""

    turn: Turn
    first: Number
    second: Number | None

    @property
    def last(self) -> Number:
        return self.second or self.first

    @property
    def start(self) -> int:
        return self.turn.words[self.first.first].start

    @property
    def end(self) -> int:
        return self.turn.words[self.last.last].end

    @property
    def clause(self) -> str:
        return re.split(r"[.?!;]\s|\bbut\b|, (?:and|so|which)\b", self.turn.text[: self.start])[-1][-90:]

    @property
    def after(self) -> str:
        return self.turn.text[self.end :]

    @property
    def in_dollars(self) -> bool:
        return self.first.dollars or self.last.dollars or bool(re.match(r"\W*(?:dollars|bucks|grand)", self.after))

    @property
    def is_scaled(self) -> bool:
        return self.first.scaled or self.last.scaled


def find(dialogue: Dialogue) -> dict[str, Fact]:
    """Return budget_min and budget_max; the last sum that the customer settles on counts."""
    settled: Sum | None = None
    budget_until = price_until = -1
    for turn in dialogue.turns:
        if turn.is_agent:
            price_until = turn.index + _OPEN_TURNS if _names_price(turn) else price_until
            continue
        asked = turn.answers("budget")
        budget_until = turn.index + _OPEN_TURNS if asked else budget_until
        price_until = turn.index + _OPEN_TURNS if moneywords.ASKS_PRICE.search(turn.text) else price_until
        topic = _Topic(
            asked=asked or (turn.index <= budget_until - _OPEN_TURNS + 3 and _is_short_sum(turn)),
            budget=turn.index <= budget_until,
            price=turn.index <= price_until,
        )
        for spot in _spots(turn):
            one = _sum(dialogue, spot, topic)
            if one:
                settled = _merged(settled, one)
                budget_until = turn.index + _OPEN_TURNS
    settled = settled or _agreed_with_agent(dialogue)
    if settled is None:
        return {}
    bounds = {"budget_min": settled.low, "budget_max": settled.high}
    return {name: Fact(value, settled.sure, (settled.evidence,)) for name, value in bounds.items() if value}


def _names_price(turn: Turn) -> bool:
    """Return whether the agent speaks of money."""
    found = numbers.find(turn.words)
    return any(one.dollars or (one.scaled and one.value >= _THOUSAND) for one in found) or bool(
        moneywords.MONEY.search(turn.text)
    )


def _merged(before: Sum | None, new: Sum) -> Sum:
    """Return the sum that counts now: a ceiling within the range said before sharpens it, else the new one."""
    is_range = before is not None and before.low is not None and before.high is not None and before.low < before.high
    if before and is_range and new.low is None and new.high and (before.low or 0) < new.high <= (before.high or 0):
        return dataclasses.replace(before, high=new.high)
    return new


def _spots(turn: Turn) -> Iterator[_Spot]:
    found = numbers.find(turn.words)
    at = 0
    while at < len(found):
        second = found[at + 1] if at + 1 < len(found) and _is_range(turn, found[at], found[at + 1]) else None
        yield _Spot(turn, found[at], second)
        at += 2 if second else 1


def _is_range(turn: Turn, first: Number, second: Number) -> bool:
    """Return whether two figures are the ends of a range: "forty to fifty", "25-30k", "ten or twelve thousand"."""
    between = turn.words[first.last + 1 : second.first]
    text = turn.text[turn.words[first.last].end : turn.words[second.first].start]
    if not between:
        phone_like = re.match(r"-\d{3,4}\b|\d*-\d{4}\b", turn.text[turn.words[second.first].end :])
        dash = bool(re.fullmatch(r"\s*[-–—]\s*\$?", text)) and not phone_like
        grows = first.value < second.value and (not first.scaled or second.value <= 3 * first.value)
        return dash or (text in {" ", ", "} and second.scaled and grows)
    if len(between) > 3 or ends_sentence(text) or "," in text:
        return False
    words = [word.low for word in between]
    return any(word in _LINKS for word in words) and all(word in _BETWEEN for word in words) and second.value > 0


def _is_short_sum(turn: Turn) -> bool:
    """Return whether a turn is hardly more than a figure: "twenty to twenty two"."""
    others = [topic for topic in ("phone", "email", "time", "name", "address") if turn.answers(topic)]
    day = re.search(r"day\b|o'clock|\b(?:at|before|after|come)\b", turn.text, re.IGNORECASE)
    return len(turn.words) <= _SHORT_TURN and not others and not day


def _sum(dialogue: Dialogue, spot: _Spot, topic: _Topic) -> Sum | None:
    """Return the sum at this spot if it is the customer's own, None if it is something else."""
    if _is_foreign(spot):
        return None
    near = f"{spot.clause[-60:]} {re.split(r'[.?!;] ', spot.after)[0][:30]}"
    strong = bool(moneywords.STRONG.search(near) or moneywords.JOB_AFTER.search(spot.after))
    is_money = spot.in_dollars or spot.is_scaled or _said_in_thousands(dialogue, spot)
    if not is_money and _is_pronoun(spot):
        return None
    meant = strong or bool(moneywords.WEAK.search(near))
    if not _is_own(topic, strong=strong, meant=meant, is_money=is_money, near=near):
        return None
    low, high = _scaled(dialogue, spot)
    if high < _SMALLEST:
        return None
    shape = moneywords.SHAPE.search(spot.turn.text[: spot.start])
    evidence = spot.turn.cut(shape.start() if shape else spot.start, spot.end)
    return _shaped(spot, low, high, evidence, 0.9 if topic.asked or strong else 0.75)


def _is_pronoun(spot: _Spot) -> bool:
    """Return whether a bare number stands for things: "the six", "one of them"."""
    return spot.last.value == 1 or bool(
        re.search(r"\b(?:the|these|those|all|my|our|other)\W+$", spot.clause, re.IGNORECASE)
    )


def _is_own(topic: _Topic, *, strong: bool, meant: bool, is_money: bool, near: str) -> bool:
    """Return whether the figure is what the customer would spend: asked for, or said with such words."""
    if topic.asked:
        return True
    if topic.budget:
        return strong or (is_money and meant)
    if topic.price and strong:
        return True
    return strong and (is_money or bool(moneywords.SPOKEN_OF.search(near)))


def _shaped(spot: _Spot, low: int, high: int, evidence: Evidence, sure: float) -> Sum | None:
    if spot.second:
        return Sum(min(low, high), max(low, high), evidence, sure)
    if moneywords.CEILING.search(spot.clause) or moneywords.CEILING_AFTER.search(spot.after):
        return Sum(None, high, evidence, sure)
    if moneywords.NEGATED.search(spot.clause):
        return None
    if moneywords.FLOOR.search(spot.clause):
        return Sum(high, None, evidence, sure)
    return Sum(high, high, evidence, sure)


def _is_foreign(spot: _Spot) -> bool:
    """Return whether the figure is a measure, a unit price, a bill, or what somebody else asked or paid."""
    per_time = moneywords.PER_TIME.search(spot.after)
    if (moneywords.UNIT_PRICE.search(spot.after) or moneywords.MEASURE.search(spot.after)) and not per_time:
        return True
    if moneywords.NOT_OURS_AFTER.search(spot.after):
        return True
    if moneywords.INSTALMENT.search(spot.clause) or moneywords.INSTALMENT.search(spot.after[:40]):
        return True
    if re.search(r"\d(?:st|nd|rd|th)$", spot.turn.words[spot.last.last].low) or _is_digit_row(spot):
        return True
    return moneywords.says_who_else([spot.clause])


def _is_digit_row(spot: _Spot) -> bool:
    """Return whether it stands among single digits or is written like a phone number or a year."""
    words = spot.turn.words
    around = [words[at].low for at in (spot.first.first - 1, spot.last.last + 1) if 0 <= at < len(words)]
    single = spot.second is None and not spot.is_scaled and not spot.in_dollars
    beside = any(word in numbers.UNITS or word in {"oh", "o"} or word.isdigit() for word in around)
    text = spot.turn.text[max(0, spot.start - 2) : spot.end + 2]
    return single and (beside or bool(re.search(r"\d-\d|-\d{3,4}", text)) or text.strip().startswith("0"))


def _scaled(dialogue: Dialogue, spot: _Spot) -> tuple[int, int]:
    """Return the two ends in dollars: "forty and fifty thousand", "forty five hundred to six", "ten"."""
    first, second = spot.first, spot.second
    low, high = first.value, spot.last.value
    if second and second.scaled and not first.scaled and low < high / 100:
        low *= _THOUSAND if high >= _THOUSAND else 100
    elif second and first.scaled and not second.scaled and high < low:
        high *= _THOUSAND
    per_time = moneywords.PER_TIME.search(spot.after)
    if high < _SMALL and not per_time and _in_thousands(dialogue, spot):
        low, high = low * _THOUSAND, high * _THOUSAND
    return round(low), round(high)


def _said_in_thousands(dialogue: Dialogue, spot: _Spot) -> bool:
    """Return whether somebody near says the same figure in thousands: "ten", "okay ten thousand"."""
    around = dialogue.turns[max(0, spot.turn.index - 4) : spot.turn.index + 4]
    said = {number.value for one in around for number in numbers.find(one.words) if number.scaled}
    return spot.last.value < _SMALL and spot.last.value * _THOUSAND in said


def _in_thousands(dialogue: Dialogue, spot: _Spot) -> bool:
    """Return whether a bare number stands for thousands; services by the month or visit are paid in hundreds."""
    if _said_in_thousands(dialogue, spot):
        return True
    if spot.in_dollars:
        return False
    around = dialogue.turns[max(0, spot.turn.index - 4) : spot.turn.index + 4]
    if any(
        moneywords.PER_TIME.search(one.text[one.words[number.last].end :])
        for one in around
        for number in numbers.find(one.words)
    ):
        return False
    return spot.last.value <= 150 and not spot.is_scaled


def _agreed_with_agent(dialogue: Dialogue) -> Sum | None:
    """Take "would you say under ten thousand?", "yes": a sum in the agent's question for the budget, agreed to."""
    settled = None
    for turn in dialogue.agent():
        answer = dialogue.after(turn)
        if answer is None or answer.is_agent or not answer.agrees() or not moneywords.AGENT_ASKS.search(turn.text):
            continue
        for spot in _spots(turn):
            if not (spot.is_scaled or spot.in_dollars) or _is_foreign(spot):
                continue
            low, high = _scaled(dialogue, spot)
            quote = answer.quote(answer.words[0], answer.words[min(3, len(answer.words) - 1)])
            settled = _shaped(spot, low, high, quote, 0.75) or settled
    return settled
