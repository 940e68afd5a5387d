"""The words for moments: months, seasons, holidays, spans, "as soon as possible", "no rush". Data of dates.py."""

from scoring.extraction.providers.rules.numbers import TEENS, TENS, UNITS

MONTHS = {
    name: number
    for number, name in enumerate(
        "january february march april may june july august september october november december".split(), 1
    )
}
SEASONS = {"spring": (4, 1), "summer": (6, 15), "fall": (9, 25), "autumn": (9, 25), "winter": (12, 10)}
"""Season → month and day at which work "in the spring" would start."""
HOLIDAYS = {
    r"(?:the )?first of the year": (1, 8),
    r"after the holidays": (1, 5),
    r"new year'?s?(?: (?:day|eve))?(?! construction)": (1, 2),
    r"the super ?bowl": (2, 8),
    r"valentine'?s(?: day)?": (2, 14),
    r"spring break": (3, 14),
    r"easter": (4, 12),
    r"passover": (4, 10),
    r"mother'?s day": (5, 10),
    r"memorial day": (5, 27),
    r"graduation": (5, 30),
    r"school(?:'s| is| lets?| gets?) out": (6, 8),
    r"father'?s day": (6, 18),
    r"(?:the )?fourth of july|july (?:fourth|4th)": (7, 4),
    r"school starts|back to school|(?:the )?school year": (8, 20),
    r"labor day": (9, 4),
    r"halloween": (10, 31),
    r"thanksgiving": (11, 25),
    r"the holidays|holiday season": (12, 15),
    r"christmas": (12, 22),
    r"hanukkah": (12, 12),
    r"hurricane season": (6, 1),
    r"(?:the )?monsoons?(?: season)?": (7, 1),
    r"(?:the )?rainy season|the rains? (?:start|come)s?": (11, 1),
    r"(?:the )?(?:first |hard )+(?:freeze|frost|snow)|(?:it )(?:freezes|snows)|it gets (?:too "
    r"|really )?cold": (11, 15),
    r"it gets (?:too |really )?hot": (6, 1),
    r"the ground thaws|it warms up": (4, 1),
}
COUNTS = {**UNITS, **TEENS, **TENS, "a": 1, "an": 1, "couple": 2, "few": 3, "several": 4, "half": 0.5, "forty-five": 45}
COUNT = (
    r"(?:\d+|(?:a )?couple(?: of)?|(?:a )?few|several|half an?|an?|one|two|three|four|five|six|seven"
    r"|eight|nine|ten|eleven|twelve"
    r"|fourteen|fifteen|eighteen|twenty|thirty|forty[ -]five|forty|sixty|ninety)"
)
UNIT_DAYS = {"minute": 0.001, "hour": 0.05, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
LEAD = (
    r"(?:(?:right|just|by|before|after|around|until|till|for|in|within|over|on|sometime|some time"
    r"|about|like|maybe|or|this coming|coming|early in|late in"
    r"|no later than|probably)\s+)*"
)
PART = (
    r"(?P<part>(?:the )?(?:end|middle|beginning|start|first(?: week| part| of)?|last(?: week| part)?"
    r"|second week|third week|week) (?:of|in) |early |mid[- ]?|late"
    r" )?(?:next |this )?"
)
WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth"
    r"|twelfth|fifteenth|twentieth)"
)
NOT_DATE = (
    r"(?! (?:floor|time|of|one|thing|option|one|reason|grade|story|level|guy|person|two|week|street|avenue|company"
    r"|quote|bid|estimate|house|bath\w*|bed\w*|half))"
)
AT_ONCE = (
    r"right away|immediately|tonight|this (?:morning|afternoon|evening)|(?:an "
    r"|an absolute )?emergency|hurry|within the hour"
    r"|(?:come|out|here|somebody|someone|it|in|look|anybody|fixed|done|get \w+) (?:\w+ )?today"
    r"|today(?: if| please| or tomorrow)|by today"
    r"|(?:need|want|come|out|someone|somebody|here|start|help|fixed) (?:\w+ ){0,3}(?:right )?now"
    r"|^\W*(?:now|right now|today)\b(?=\W*$|,| please| if| would)|(?:needs?|want\w*|like|asap)\W+(?:\w+\W+){0,4}today"
)
SOON = (
    r"as soon as (?:possible|we can|you can|you(?:'ve| have) got \w+|you(?:'re| are) able|i can"
    r"|y'all can|you have (?:an opening|something|availability)|we close)"
    r"|a ?s ?a ?p\b|sooner the better|soon(?:er)?\b(?! as)|first available|earliest|next available"
    r"|quick(?:ly)? as|pretty quick\w*|(?:so|by|like|needed it) yesterday|^\W*yesterday"
)
VAGUE = (
    r"no (?:real |big |huge |great )?(?:rush|hurry)|not (?:in )?(?:a|any)(?: \w+)? (?:rush|hurry)"
    r"|not urgent|when ?ever|just (?:planning|looking|gathering|exploring|curious"
    r"|info\w*|want\w* (?:an idea|info\w*))|down the (?:road|line)|eventually|some ?day"
    r"|not sure (?:when|yet)|flexible|no (?:set |real |specific |particular |hard )?(?:timeline"
    r"|time line|time ?frame|date|deadline)|haven't decided|(?:don't|do not) know (?:when|yet)"
    r"|still (?:deciding|planning|thinking)|planning (?:stage|phase|ahead)"
    r"|at some point|one of these days"
    r"|maybe (?:this|next) season|this season|next season|long term|in the future"
)
