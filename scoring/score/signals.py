"""What a caller's words tell about a project besides the facts: an agreed visit, an accepted price, a hesitation.

Read from the lines themselves, so that every analyzer's call is scored by the same rule. Plain Python.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence

from scoring.extraction.provider import Evidence, Line

_ORDERED = (
    r"\b(?:can|could|would) (?:you|somebody|someone|anybody) (?:guys )?(?:please )?(?:come|stop"
    r"|swing|look)|\bwhen (?:can|could) (?:you|somebody|someone)|\bcome (?:on )?(?:by "
    r"|out )?(?:saturday|sunday|monday|tuesday|wednesday|thursday|friday|tomorrow|today|whenever)"
    r"|\bsend (?:somebody|someone|him|her|them|a guy)\b"
)
_VISIT_OFFERED = re.compile(
    r"\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|today|this afternoon"
    r"|this evening|tonight|next week)\b"
    r"|\b(?:i|we|he|she|they|someone|somebody)(?:'ll| can| could|'d| will)? (?:come|be there|be out"
    r"|stop by|swing by|head|measure|walk|send|get)\b"
    r"|\bon (?:my|the|his|their) way\b|\bschedule\b|\bappointment\b|\bopening\b",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"\$\s?\d|\b(?:dollars|bucks|grand|thousand|hundred)\b"
    r"|\b(?:rate|fee|price|charge|runs?|costs?)(?:'s| is)?\b.{0,30}\b(?:\d+|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|one|two)\b"
    r"|\b(?:a|per) (?:month|visit|foot|hour|square)\b",
    re.IGNORECASE,
)
_DECLINED = re.compile(
    r"\bwe (?:don't|do not|no longer|aren't able to|are not able to) (?:really |usually |actually "
    r"|even )?(?:go|travel|drive|come) (?:past|out|that|up|down|to|over|as)\b"
    r"|\bwe (?:don't|do not|no longer) (?:really |usually |actually )?(?:do|offer|handle|install"
    r"|service|sweep|work on|repair|touch|take on)\b(?! (?:that|it|them|any)? ?(?:on |until "
    r"|before )?(?:weekends?|sundays?|saturdays?|mondays?|nights?|estimates|financing|payments))"
    r"|\b(?:out of|outside) (?:of )?our (?:area|service area|range|territory)\b"
    r"|\bnot something we (?:do|offer)\b|\btoo far (?:for|out)\b|\bcall (?:somebody|someone) local\b"
    r"|\bwe(?:'re| are) not taking (?:on )?(?:any )?(?:new|more)\b",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^(?:(?:oh|ok|okay|um|uh|well|yeah|yes|yep|and)[,.!]? )*(?:yes|yeah|yep|sure|perfect|great|good"
    r"|fine|deal|absolutely|please|okay|ok"
    r"|that(?:'s| is| would be| will be|'d be) (?:fine|perfect|great|good|okay)|that works"
    r"|works(?: for (?:me|us))?|sounds (?:good|great|fair)|(?:i|we)(?:'ll| will) be (?:here|home"
    r"|there)"
    r"|let's do (?:it|that)|come (?:on|saturday|sunday|by|whenever)|\w+day(?: at \w+)?(?: is| works"
    r"| sounds)? ?(?:perfect|fine|great|good|works)?)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"\b(?:no thanks|no thank you|rather not|not (?:yet|ready|interested|sure)|call you back"
    r"|let me (?:check|think|talk|ask))\b",
    re.IGNORECASE,
)
_SAID: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "asks_quote": r"\b(?:(?:free |an? |get(?:ting)? (?:an? )?|for an? )?(?:estimate|quote|bid)s?\b|how much (?:do"
        r"|would|does|will|is|it)|get (?:\w+ ){0,3}(?:price|pricing)|pricing on)",
        "asks_visit": _ORDERED,
        "shopping": r"\b(?:calling around|call(?:ed)? a few|shopping around|get(?:ting)? (?:a few |some "
        r"|couple )?(?:prices|quotes|bids)|(?:just )?(?:want|wanted|need|looking for) a ball ?park"
        r"|just (?:want|wanted|wondering|curious|checking)(?: \w+){0,4} (?:price|prices|cost|costs"
        r"|ball ?park)|price shopping|comparing)\b",
        "holds_back": r"\b(?:i'd rather not|let me (?:think|check|talk|ask|see)|(?:i|we)(?:'ll| will) (?:call"
        r"|get back to) (?:you|ya)|(?:call|get back to) you (?:back|later)|not ready|not (?:buying"
        r"|committing|looking to buy)|i(?:'m| am)? (?:just )?curious|just (?:info|gathering|looking"
        r"|planning|curious|exploring|browsing)|we'll see|maybe i don't know|talk (?:it over"
        r"|to my (?:wife|husband)) first)\b",
        "cannot_pay": r"\b(?:can(?:'t|not) afford|don't have (?:the|any|that kind of) money|out of (?:my"
        r"|our) (?:budget|price range)|too (?:much|expensive)|way more than|on a fixed income|lost (?:my"
        r"|his|her) job)\b",
        "not_owner": r"\b(?:(?:i|we) rent(?! (?:it|them|out))|(?:i'm|we're) (?:just )?renting(?! in)"
        r"|i'm (?:just )?(?:a|the) (?:tenant|renter)|just a renter|(?:my|the) landlord(?:'s)? (?:should"
        r"|would|has to|needs to|won't|sells|never|to pay|isn't))\b",
        "means": r"\b(?:it's cash|paying cash|cash buyer|cash (?:job|ready)|pre-?approved|approved for|set aside"
        r"|saved up|been saving|home equity|heloc|insurance (?:is|will|already|approved|adjuster"
        r"|company)|money is there|money isn't|net 30|purchase order|whatever it (?:costs|takes)"
        r"|financing)\b",
    }.items()
}


@dataclasses.dataclass(frozen=True, slots=True)
class Signals:
    """Signal → where it was heard first, and how the talk was shared."""

    heard: Mapping[str, Evidence]
    caller_words: int
    all_words: int
    known_speakers: bool
    """False: no channel and no greeting said who speaks, so shares mean nothing."""

    def has(self, *names: str) -> bool:
        """Return whether one of the signals was heard."""
        return any(name in self.heard for name in names)

    def quotes(self, *names: str) -> tuple[Evidence, ...]:
        """Return the words of these signals, those that were heard."""
        return tuple(self.heard[name] for name in names if name in self.heard)


def read(lines: Sequence[Line]) -> Signals:
    """Return what the customer's lines signal; `visit` and `price_accepted` are answers to the agent's line before."""
    heard: dict[str, Evidence] = {}
    for position, line in enumerate(lines):
        if line.speaker == "agent":
            if "declined" not in heard and (found := _DECLINED.search(line.text)):
                heard["declined"] = Evidence(line.position, line.start, found.group().strip())
            continue
        for name, pattern in _SAID.items():
            if name not in heard and (found := pattern.search(line.text)):
                heard[name] = Evidence(line.position, line.start, found.group().strip())
        if position:
            _answered(lines[position - 1], line, heard)
    spoken = {line.speaker for line in lines}
    return Signals(
        heard=heard,
        caller_words=sum(len(line.text.split()) for line in lines if line.speaker != "agent"),
        all_words=sum(len(line.text.split()) for line in lines),
        known_speakers="agent" in spoken and "caller" in spoken,
    )


def _answered(asked: Line, answer: Line, heard: dict[str, Evidence]) -> None:
    """Add what the customer agreed to in an answer to the agent."""
    if asked.speaker != "agent" or _NO.search(answer.text):
        return
    agreed = _YES.search(answer.text.strip())
    if not agreed:
        return
    quote = " ".join(answer.text.split()[:8])
    if _VISIT_OFFERED.search(asked.text) and "visit" not in heard:
        heard["visit"] = Evidence(answer.position, answer.start, quote)
    if _PRICE.search(asked.text) and "price_accepted" not in heard:
        heard["price_accepted"] = Evidence(answer.position, answer.start, quote)
