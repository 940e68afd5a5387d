"""The words around a figure that tell whose money it is: the caller's budget, or a measure, a price, a bill."""

import re
from collections.abc import Sequence


def any_of(*patterns: str) -> re.Pattern[str]:
    """Return one pattern for all of these."""
    return re.compile("|".join(patterns), re.IGNORECASE)


STRONG = any_of(
    r"\b(?:budget\w*|spend\w*|afford|ceiling|cap(?:ped)?|max(?:imum)?|limit|set aside|put aside"
    r"|saved|saving|willing|allocated|earmarked|allowance)\b",
    r"\b(?:up to|no more than|not over|not more than|at most|tops|keep it|to pay over|pays up to"
    r"|approved for|comfortable)\b",
    r"\b(?:i'd|we'd|i could|we could|i can|we can|i'll|we'll) (?:go|pay|do|say|swing|stretch)\b"
    r"|\blet's say\b|\bwe should say\b",
    r"\bstay(?:ing)? (?:under|around|at|below|within|near|close|in)\b|\bprice range\b|\breal number\b|\bwork with\b",
    r"\b(?:hoping|figured|figuring|thinking|shooting|aiming|expecting|planning on)\b",
    r"\b(?:we've|i've|we have|i have|we) got (?:about|around|maybe|like|roughly|up to|a)\b|\b(?:i"
    r"|we) have (?:about|around|roughly|maybe|only|like|just)\b",
    r"\binsurance (?:gave|approved|paid|is paying|is giving|cut)\b|\bcheck for\b|\bgrant\b|\bloan (?:for|of)\b",
)
JOB_AFTER = any_of(
    r"^\W*(?:dollars?|thousand|grand)?\W*(?:job|project|for (?:this|it|the (?:whole|job|project))"
    r"|to (?:spend|work with))\b"
)
SPOKEN_OF = any_of(
    r"\bbudget\w*|\bspend\w*|\bi'd go\b|\blet's say\b|\bup to\b|\bto pay\b|\bno more than\b|\bset aside\b|\btops\b"
)
WEAK = any_of(
    r"\b(?:under|below|less than|range|all.?in|total|somewhere|around|about|want to|goal|target\w*"
    r"|looking (?:at|to)|ballpark|could (?:we|you) do|can (?:we|you) do|like|max|maybe|money|dollars"
    r"|bucks|grand)\b"
)
UNIT_PRICE = re.compile(
    r"^\W*(?:(?:dollars|bucks|cents|thousand|installed|or so)\W+)?(?:(?:a|per|an|each|for (?:a|each"
    r"|every))\W+(?:square(?: foot)?|sq\w*|foot|ft|linear foot"
    r"|yard|hour|sheet|piece|lead|gallon|window|door|tree|box|watt|kilowatt\w*|roll|plant|fixture"
    r"|light|day|panel|pound|load|bag|ton|head|zone|unit|person"
    r"|guy|man|square|call|click|step|post|section|pallet|cubic\w*|outlet|drop|point)\b)",
    re.IGNORECASE,
)
MEASURE = re.compile(
    r"^[ -]*(?:square|feet|foot|ft\b|sq\b|inch\w*|gallons?|years?|yrs?|months?\b|weeks?|days?|hours?"
    r"|minutes?|miles?|percent|%|degrees|amps?|tons?|windows?|doors?"
    r"|rooms?|bed(?:room)?s?\b|bath(?:room)?s?\b|units?|people|trees?|outlets?|lights?|stor(?:y|ies"
    r"|ey)|by\b|o'clock|a ?m\b|p ?m\b|kids|guys|panels?|acres?|zones?"
    r"|squares|sheets|holes|gigs|steps|kilowatts?|pounds|floors?|stairs|hundred block|times|calls"
    r"|of (?:them|us|those)|linear|yards?|different|other|sets? of|cars?"
    r"|sections?|gutters?|cabinets?|drawers?|bids|quotes|estimates|thirty\b|fifteen in|x\b)|^:\d"
    r"|^\W?(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
PER_TIME = re.compile(
    r"^\W*(?:dollars|bucks)?\W*(?:a|per|each|every|an?)\W+(?:month|visit|week|time|cut|mow|year|cleaning|service)\b",
    re.IGNORECASE,
)
ASKS_PRICE = any_of(
    r"\b(?:how much|what(?:'s| is| would| does| do| will) (?:it|that|this"
    r"|something like that)(?: \w+)? (?:cost|run)|cost|price|ballpark)\b"
)
MONEY = any_of(r"\b(?:dollars|bucks|grand|thousand|depends what you pick)\b|\$")
INSTALMENT = any_of(
    r"\b(?:payments?|instal+ments?|financ\w+|down payment|interest|pay (?:it|that) off|pay off|apr"
    r"|pay monthly|monthly pay\w*)\b"
)
_WHO = (
    r"(?:somebody|someone|guys?|neighbors?|friends?|brother|sister|cousin|company|companies"
    r"|contractors?|place|outfit|they|he|she|lowe'?s|home depot|costco"
    r"|(?:the )?(?:other|last|first|another|second) (?:one|guy|bid|quote|company|place|person)"
    r"|vendor|internet|online|google|people|dealer|builder|plumber|roofer)"
)
NOT_OURS_BEFORE = any_of(
    rf"\b{_WHO}\b(?: \w+){{0,7}} (?:told|said|quoted?|wanted|charged|wrote|write|asked|bid|tried|gave"
    rf"|offered|was at|were at|at|came in|estimated|paid|says?|wants?|got|for|is|was"
    rf"|did)\b[^.?!;]{{0,30}}$",
    r"\b(?:deductible\w*|bill(?:s|ed)?|quoted|quotes?|bids?|charged|i paid|we paid|paid|cost (?:me"
    r"|us)|costs?|worth|bought (?:it|the|this|our)|appraised|coverage"
    r"|liability|square f\w+|salary|income|rent|mortgage|tax\w*|fee|refund|gift card|won|balance"
    r"|invoice|owed?|account|zip|address|built in|since|back in|year"
    r"|model|apartment|suite|lot (?:size|number)|number is|online|website|last time|typically"
    r"|usually|average)\b[^.?!;]{0,30}$",
)
NOT_OURS_AFTER = any_of(
    r"^\W*(?:when|what|that|like) (?:you|y'all|they|he|she)\b",
    r"^[^.?!,;]{0,25}\b(?:deductible|bill|quote|liability|coverage|down payment|is what (?:they|he"
    r"|she)|from (?:the|another|a) (?:other|guy|company)|rebate|tax credit|discount|coupon)\b",
    r"^\W*(?:on|in|off|from) (?:the|his|her) (?:card|other)",
    r"^\W*(?:was|is|were|'s) (?:just )?(?:the |for )?(?:just )?(?:patio|deck|materials?|labor"
    r"|cabinets|half|part|only)\b",
)
ADOPTED = any_of(
    r"\b(?:not to (?:pay|spend|go) (?:over|more)|no more than|don't (?:spend|pay|go) (?:over|more)"
    r"|budget\w*|i'd (?:like|love)|we'd (?:like|love))\b[^.?!;]{0,25}$"
)
CEILING = any_of(
    r"\b(?:up to|under|below|less than|no more than|not (?:over|more than|above|to pay over"
    r"|to go over|to spend over|to exceed|to pay more than|to go past)|at most|max(?:imum)?(?: of"
    r"| is| at| out at)?"
    r"|ceiling(?: of| is)?|cap(?:ped)?(?: it)? (?:of|at|is)|limit(?: of| is|'s)?|keep it (?:under"
    r"|below|within)|(?:don't|do not) (?:want to|wanna) (?:go|spend|pay) (?:over|more than|above"
    r"|past|any more than)"
    r"|(?:can't|cannot|won't|can not|not gonna|not going to) (?:go|do|spend|pay) (?:over|more than"
    r"|above|past|any more than)|stay(?:ing)? (?:under|below|within)|tops? out at|as high as"
    r"|inside of|pays up to|don't go over|not a penny over)\W+(?:(?:like|about|maybe|say|around|the"
    r"|that|a)\W+){0,2}$"
)
CEILING_AFTER = any_of(
    r"^\W*(?:dollars|bucks|thousand|grand)?\W*(?:(?:is|'s|would be|was)\b(?: \w+){0,4} (?:ceiling"
    r"|max\w*|limit|most|top|cap|absolute)|max\b|maximum|tops\b|at (?:the )?(?:very )?most|or less"
    r"|or under|or below|and that's it|all in tops|is as (?:high|far)|is all (?:i|we)|ceiling|limit)"
)
FLOOR = any_of(
    r"\b(?:at least|minimum(?: of)?|starting (?:at|around)|more than|north of|upwards of|over)\W+(?:\w+\W+)?$"
)
SHAPE = any_of(r"\b(?:between|around|about|roughly|up to|under|no more than|at least|at most)\W+$")
NEGATED = any_of(r"\b(?:not|can't do(?: it for)?|isn't|it's not|never|no way)\W+(?:\w+\W+){0,2}$")
AGENT_ASKS = any_of(
    r"\b(?:your|a) budget\b",
    r"\byou(?:'re| are| were|'d)? (?:\w+ )?(?:looking|hoping|wanting|trying|thinking|like"
    r"|want) to (?:spend|stay|keep|be|go)",
    r"\bcomfortable (?:with|spending)\b|\bare you (?:thinking|talking)\b|\bsomewhere (?:in|around|between)\b",
)


def says_who_else(clauses: Sequence[str]) -> bool:
    """Return whether the words before a figure make it somebody else's."""
    return any(NOT_OURS_BEFORE.search(clause) and not ADOPTED.search(clause) for clause in clauses)
