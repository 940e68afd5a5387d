"""What kind of caller it was, and whether calls were forbidden."""

import dataclasses
import re
from collections.abc import Mapping

from scoring.extraction.provider import Evidence
from scoring.extraction.providers.rules.dialogue import Dialogue


def _all(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_MACHINE = _all(
    r"\bleave (?:us |me |a |your |us a |me a )*(?:detailed |brief |short )?(?:message|name)",
    r"\bafter the (?:tone|beep)\b|\bat the (?:tone|beep)\b|\bvoice ?mail\b|\bmailbox\b|\brecord your message\b",
    r"\b(?:we(?:'re| are) (?:currently )?closed|office is (?:currently )?closed|can't (?:come to|take|answer)|unable to (?:take|answer)|missed your call|away from (?:the|my) (?:phone|desk))\b",
)
_MESSAGE = _all(
    r"\b(?:call me back|give me a (?:call|ring)|(?:please )?call (?:me )?(?:back )?at|return my call|my (?:number|cell|phone) is|you can reach me|get back to me|leaving a message|just (?:left|leaving))\b"
)
_ROBOT = _all(
    r"\bpress (?:one|two|three|nine|zero|\d|any key|star|pound)\b",
    r"\b(?:this is (?:an? |your )?(?:automated|recorded|pre-?recorded|final|urgent|important) (?:\w+ )?(?:call|message|notice|attempt|reminder|courtesy)|do not hang up|final (?:notice|attempt|courtesy)|say yes (?:or|to|now)|stay on the line to)\b",
    r"\byour home has been (?:selected|approved|chosen)|\bhas been (?:selected|pre-?approved) (?:to receive|for)|\bvehicle'?s? (?:extended )?warranty|\bextended (?:car|auto|vehicle) warranty|\b(?:to )?be removed from (?:our|this|the) (?:call(?:ing)? )?list\b|\bto (?:opt out|be placed on)|\b(?:energy|debt|tax|rate) (?:relief|reduction|savings) (?:department|program|center)",
    r"\byour (?:google|business) (?:listing|profile) (?:is|has|may|will)\b.{0,60}\b(?:press|suspended|removed|not verified|unverified)",
)
_SCAM = _all(
    r"\bgift ?cards?\b|\bbit ?coin\b|\bcrypto\w*\b|\bsocial security (?:number|administration|office)\b|\birs\b|\bi r s\b|\binternal revenue\b",
    r"\b(?:you (?:have |'ve )?(?:been )?(?:chosen|won)|congratulations)\b.{0,80}\b(?:prize|dollars?|check|winner|sweepstakes|lottery|clearing ?house|cruise|free)\b|\bsweepstakes\b|\bprocessing fee\b|\bclearing ?house\b",
    r"\b(?:warrant (?:is|has been|out|for your)|arrest(?:ed)?\b.{0,30}\bwarrant|legal action|wire (?:the )?(?:transfer|money|me)|western union|money ?gram|verification code|remote access|team ?viewer|any ?desk|your computer (?:has|is)|microsoft (?:support|technical)|(?:disconnect\w*|shut off|cut off)\b.{0,60}\b(?:pay\w*|minutes|hour|today)\b.{0,60}\b(?:zelle|card|cash ?app|now|pay)|pay (?:by|with|through) zelle|routing (?:number|and)|your (?:bank )?account (?:has|number))\b",
    r"\b(?:refrigerator running|prince albert|mike hunt|hugh jass|seymour|i\.? ?p\.? freely|go catch it|prank|ha ?ha ?ha|made you|moe'?s tavern|you smell|your mom|poop|fart|butt)\b",
)
_JOB = _all(
    r"\b(?:you(?:'re| are|r| guys are|'all are|'all)?|y'all|still|are) (?:\w+ )?(?:hiring|taking applications|looking for (?:help|people|guys|workers|a \w+))\b|\b(?:hiring|job (?:opening|posting|position|listing|ad|application|interview)|(?:open|any) positions?|looking for (?:work|a job|employment|a position)|apply(?:ing)? (?:for|to|online)|appl(?:ied|ication|icant)s?\b(?! for (?:a )?(?:loan|permit|grant))|resum[eé]s?|my c\.?v\b|help wanted|need (?:any )?(?:help|hands|workers|guys|laborers)\?|calling (?:about|for|on) the (?:job|position|opening)|for the job\b|the (?:job|position) (?:on|you (?:posted|have|had))|job on (?:indeed|craigslist|facebook)|on indeed|apprentice\w*|interview)\b",
    r"\b(?:i(?:'ve| have) got|i got|i have|with) \w+(?: \w+)? years(?: of)? (?:experience|commercial|residential|in the trade|doing)|\bsub ?contract\w*|\b(?:be|work as|looking for) a sub\b|\blike a sub\b|\bsub(?:bing)? work\b|\bi have (?:a|my own) crew\b|\bwork for you(?: guys| all)?\b|\bwhat(?:'s| is) the (?:pay|wage|starting pay)\b|\bpay range\b|\bget (?:a job|on with you)\b",
)
_SELLS = _all(
    r"\b(?:owner|person in charge|decision maker|whoever (?:runs|handles|does|is in charge)|(?:speak|talk) (?:to|with) (?:the|your) (?:owner|manager|office manager|person)|who (?:handles|does|takes care of) your)\b",
    r"\b(?:your (?:google|website|listing|web site|online presence|rankings?|seo|reviews|google business|facebook page|marketing|advertising|payroll|merchant|credit card process\w+|processor|fleet|phone (?:system|service)|dumpsters?|uniforms?|cleaning (?:crew|company)|workers comp\w*|insurance (?:rates?|renewal|carrier)|(?:electric|energy) (?:rate|supplier|bill)|office supplies|suppliers?|material\w*|account (?:rep|manager)|shop|business)\b)",
    r"\b(?:exclusive|qualified|more|new|roofing|solar|hvac|plumbing|remodeling) leads\b|\bleads? (?:in your|for (?:your|roof\w*|contract\w*)|generat\w+|service)\b|\b(?:seo|s e o|search engine|first page|page one|pay per (?:call|click|lead)|google ads?|yelp|angi\b|angie'?s list|home ?advisor|thumbtack|marketing (?:agency|company|specialist)|growth specialist|ad (?:space|campaign)|sponsor\w*|advertis\w*|trade show|directory listing)\b",
    r"\b(?:we (?:help|offer|provide|sell|supply|make|build|work with|specialize|partner|carry|distribute|manufacture|represent|do \w+ for) (?:\w+ ){0,3}(?:businesses|contractors?|companies|roofers?|plumbers?|software|leads|services?|materials?|products?|shops?|you|like you)|our (?:software|platform|product line|products|service|app|program|system|technology|pricing|catalog|distribution)|save you|lower your|cut your|free (?:trial|demo|consultation for your)|quick demo|\bdemo\b|(?:five|ten|fifteen|thirty|\d+) (?:minutes|seconds|min) (?:of your time|with (?:the|your|whoever)|with)|wholesale|distributor|manufacturer|sales rep\w*|territory (?:rep|manager)|account executive|business development|(?:strategic|referral) partner\w*|partner(?:ship)? (?:with|opportunit\w+)|refer(?:ral)? (?:fee|program|partner)|send you (?:some )?(?:referrals|business|samples)|drop off (?:some )?(?:samples|donuts|literature|brochures|lunch)|net terms|line of credit|business (?:loan|funding|capital)|working capital|merchant (?:services|account)|(?:not|isn't) a sales call|price (?:sheet|list) (?:for|to) contractors|contractor pricing|open an account)\b",
    r"\b(?:with|from|at) (?:\w+ ){1,4}(?:marketing|media|solutions|supply|suppl(?:y|ies)|distribut\w+|software|wholesale|digital|local|capital|payments|staffing|leads?\w*|advertising|systems|lumber|payroll|ai)\b",
)
_PITCH = _all(
    r"\bwe (?:help|offer|provide|sell|supply|make|specialize|only work)\b|\bour (?:software|platform|product)\b|\bshow you\b|\bi (?:was )?(?:just )?(?:looking at|noticed|saw|came across|found) your (?:google|website|listing|site|company|business|reviews)"
)
_WRONG = _all(
    r"\bwrong (?:number|place|house|person)\b|\bmisdialed\b|\b(?:hit|dialed|pressed) (?:redial|the wrong)\b|\bdialed (?:it )?wrong\b|\b(?:meant|trying|wanted) to (?:call|reach|get)\b.{0,40}\b(?:my|dr|doctor|the (?:pharmacy|school|bank|clinic|pizza|restaurant|hospital|vet|dentist|salon|library|dmv|store))\b|\bpocket dial|\bbutt dial|\bsorry to bother\b|\bthis isn't\b",
    r"\bis this (?:the )?(?:\w+ ){0,3}(?:pharmacy|clinic|school|bank|pizz\w+|restaurant|hospital|vet|dentist|dental|salon|library|dmv|church|hotel|walgreens|cvs|walmart|post office|dr\.?|doctor'?s?|daycare|barber\w*|nail\w*)\b|\b(?:refill|prescription|my order of|reservation|pepperoni|haircut|my dog|appointment with (?:dr|doctor)|my test results|is (?:\w+) there)\b",
)
_AGENT_WRONG = _all(
    r"\bwrong number\b|\bno (?:one|body) (?:here )?by that name\b|\bwe(?:'re| are) (?:not|a|an) (?:\w+ ){0,3}(?:company|contractor|business)\b|\bthis is (?:a|an) (?:\w+ ){0,3}(?:company|contractor|business)\b|\byou(?:'ve| have)? (?:got|reached) (?:the wrong|a )"
)
_CUSTOMER = _all(
    r"\b(?:i|we) (?:have|had|got|'ve got|already have) (?:an? |my |our |your )?(?:\w+[ -]){0,3}(?:appointment|tune.?up|install\w*|service call|job|crew|warranty|maintenance plan|membership|plan|contract|invoice|project)\b(?:.{0,30}\b(?:scheduled|tomorrow|today|monday|tuesday|wednesday|thursday|friday|with you|coming|booked))?",
    r"\b(?:you(?: guys| people| all|'all)?|y'all|your (?:guys|crew|team|company|people|men|tech\w*|installer|painter|plumber)) (?:\w+ ){0,2}(?:did|came|come|put in|installed|fixed|replaced|built|painted|finished|were (?:here|out|just)|was (?:here|out|just)|worked|sold|started|are (?:here|working|at)|is (?:here|working|at)|left|redid|serviced|repaired|remodeled)\b",
    r"\b(?:had|have had) (?:my|our|the|a) \w+(?: \w+)? (?:done|replaced|installed|painted|redone|put in|built|remodeled|serviced) (?:with|by|from|through) you\b",
    r"\b(?:under warranty|warranty (?:claim|work|issue|call|registration)|my (?:invoice|bill|balance|account|contract|final payment|deposit)|the (?:invoice|bill|receipt|final payment|punch list|deposit)|pay my|(?:make|take) a payment|(?:re ?schedule|move|cancel|confirm|check on|change) (?:my|our|the|an?) (?:appointment|install\w*|visit|job|service|order|tune.?up|project|delivery|reservation)|i'm (?:a|an|already a|an existing|a current) (?:\w+ )?customer|existing customer|my project manager|on the (?:gold |silver |maintenance |service )?plan|(?:status|update) (?:of|on) (?:my|our|the) (?:\w+ )?(?:job|order|project|permit|install\w*|windows|cabinets|claim)|change order|running late|supposed to (?:be here|come today|show up|start|be out)|when (?:are|is) (?:you|they|he|the \w+) (?:coming|showing|going to be)|no ?body (?:showed|has shown|came)|thank (?:you|y'all) for (?:the|your) (?:great|good) (?:work|job))\b",
    r"\bsame (?:crew|guys|company|people) (?:that|who|as)\b|\bcustomer number\b|\bwork order\b|\bmy technician\b",
)
_ESTIMATE_ONLY = _all(
    r"\b(?:supposed to|coming|come)(?: \w+){0,3} (?:out )?(?:\w+ ){0,2}(?:to )?(?:measure|give (?:me|us) (?:an?|the) (?:estimate|quote)|look|quote|bid)\b|\b(?:estimate|quote|bid|consult\w*) (?:appointment|visit|scheduled)|\b(?:my|our|an?|the) (?:estimate|quote|bid|consultation) (?:appointment|on|for|is|was|scheduled|you)\b"
)
_CURRENT_NO = _all(r"\bcurrent customer\b|\bworked with us before\b|\bused us before\b|\bin (?:our|the) system\b")
_WANTS = _all(
    r"\b(?:estimate|quote|bid|looking (?:to|for|at|into)|interested in|need (?:somebody|someone|a|an|to get|help|my|the|new|you)|want(?:ed)? to (?:get|see|have|find|talk|put|do|replace|add|remodel)|(?:i|we)(?:'d| would) like|how much|do you (?:guys )?(?:do|install|repair|fix|handle|offer|work on|service|sell)|can (?:you|someone|somebody) (?:come|fix|look|take a look|help|send)|thinking (?:about|of)|calling (?:about|on|to (?:see|get)))\b"
)
_FORBIDS = _all(
    r"\b(?:take|get|remove|put|keep) (?:me|us|my (?:name|number)|this number|our number|it|both) (?:\w+ ){0,2}(?:off|from|on) (?:of )?(?:(?:the|your|that|this|every|all|any) )?(?:\w+ )?(?:do not call|no call|call(?:ing)?|contact|phone|mailing|marketing)? ?(?:lists?|database|system)\b",
    r"\b(?:stop|quit|cease) (?:\w+ )?(?:calling|texting|contacting|phoning|harassing|the calls|bothering)\b|\bnot stop calling\b|\bwon't stop calling\b",
    r"\b(?:don't|do not|never|please don't|not to) (?:ever )?(?:call|contact|phone|text) (?:me|us|here|this (?:number|house|phone)|my (?:phone|house|home|number))(?: (?:again|any ?more|ever|back|at all|please|either))?(?!\W*(?:\w+ ){0,1}(?:before|after|until|till|during|between|at (?:work|night|home)|on (?:sunday|saturday|weekend|my work|the weekend)|unless|when|while|too (?:early|late)|tomorrow|today|this week|at \w+|in the (?:morning|evening)))",
    r"\bdo.not.call (?:list|registry)\b|\bno (?:more )?calls\b(?!.{0,20}\b(?:before|after|until|during))|\b(?:lose|delete|forget|erase) (?:my|this|our) number\b|\bunsubscribe\b|\bdon't want (?:any ?more |any |your |these |to get |to receive )*(?:calls|phone calls|texts)\b|\bremove my (?:number|name|info\w*)\b",
)
_ON_LIST_FINE = _all(r"\bput (?:me|us) on (?:the|your) (?:\w+ )?(?:list|schedule)\b")
_SHORT_CALL_WORDS = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """What kind of caller, how sure, and the words that show it, if one place does."""

    name: str
    sure: float
    evidence: Evidence | None = None


def forbids_calls(dialogue: Dialogue) -> bool:
    """Return whether the customer forbids calls; asking not to be called before eight forbids none."""
    return any(
        match and not _ON_LIST_FINE.fullmatch(match.group())
        for turn in dialogue.customer()
        for match in _FORBIDS.finditer(turn.text)
    )


def find(dialogue: Dialogue, *, project: float) -> Kind:
    """Return the kind of caller; `project` is how strongly the words name a project (points of the lexicon)."""
    said, heard = dialogue.said(), dialogue.heard()
    points = _points(said, heard)
    machine = _on_machine(dialogue)
    if points["robocall"] >= 2 or (points["robocall"] and points["vendor"] == 0 and not _WANTS.search(said)):  # noqa: PLR2004
        return Kind("robocall", 0.9)
    if points["spam"] >= 1 and points["spam"] * 3 > points["customer"] + (
        1 if _WANTS.search(said) and project > 4 else 0
    ):  # noqa: PLR2004
        return Kind("spam", 0.85)
    if points["job_applicant"] >= 1 and points["job_applicant"] >= points["vendor"]:
        return Kind("job_applicant", min(0.95, 0.75 + 0.1 * points["job_applicant"]))
    if points["vendor"] >= 2 or (points["vendor"] and _PITCH.search(said)):  # noqa: PLR2004
        return Kind("vendor", min(0.95, 0.7 + 0.1 * points["vendor"]))
    if points["wrong_number"] and (project < 3 or not _WANTS.search(said)):  # noqa: PLR2004
        return Kind("wrong_number", 0.9)
    if points["customer"] and not (_ESTIMATE_ONLY.search(said) and points["customer"] < 2):  # noqa: PLR2004
        return Kind("existing_customer", min(0.92, 0.72 + 0.08 * points["customer"]))
    if machine:
        return Kind("voicemail", 0.92)
    if project < 1.5 and not _WANTS.search(said) and len(said.split()) < _SHORT_CALL_WORDS:  # noqa: PLR2004
        return Kind("wrong_number", 0.7)
    return Kind("lead", 0.9 if project > 4 else 0.75)  # noqa: PLR2004


def _points(said: str, heard: str) -> Mapping[str, float]:
    """Return how many different signs of each kind were heard."""
    signs = {
        "robocall": _ROBOT,
        "spam": _SCAM,
        "job_applicant": _JOB,
        "vendor": _SELLS,
        "wrong_number": _WRONG,
        "customer": _CUSTOMER,
    }
    points = {
        kind: float(len({match.group().lower() for match in pattern.finditer(said)})) for kind, pattern in signs.items()
    }
    points["wrong_number"] += bool(_AGENT_WRONG.search(heard)) and len(said.split()) < _SHORT_CALL_WORDS
    return points


def _on_machine(dialogue: Dialogue) -> bool:
    """Return whether a machine took the call: nobody of the business speaks after the customer has begun."""
    first = next((turn.index for turn in dialogue.customer()), None)
    if first is None:
        return False
    answered = any(turn.is_agent for turn in dialogue.turns[first:])
    if answered:
        return False
    return bool(_MACHINE.search(dialogue.heard())) or (first == 0 and bool(_MESSAGE.search(dialogue.said())))
