"""The words by which callers show what they are: a machine, a scam, a seller, an applicant, a customer. Data of kinds.py."""

import re


def _all(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


MACHINE = _all(
    r"\bleave (?:us |me |a |your |us a |me a )*(?:detailed |brief |short |quick )*(?:message|name)",
    r"\bafter the (?:tone|beep)\b|\bat the (?:tone|beep)\b|\bvoice ?mail\b|\bmailbox\b|\brecord your message\b",
    r"\b(?:we(?:'re| are) (?:currently )?closed|office is (?:currently |now )?closed|can't (?:come to|take|answer|get to)|unable to (?:take|answer)|missed your call|away from (?:the|my) (?:phone|desk))\b",
)
MESSAGE = _all(
    r"\b(?:call me back|give me a (?:call|ring|shout)|(?:please )?call (?:me )?(?:back )?at|return my call|my (?:number|cell|phone|telephone) is|you can reach me|get back to me|leaving a message|just (?:left|leaving)|i'll try (?:you )?again)\b"
)
ROBOT = _all(
    r"\bpress (?:one|two|three|nine|zero|\d|any key|star|pound)\b",
    r"\bthis is (?:an? |your |the )?(?:\w+ )?(?:automated|recorded|pre-?recorded|final|important|courtesy) (?:\w+ )?(?:call|message|notice|attempt|reminder|courtesy)\b",
    r"\bdo not hang up\b|\bfinal (?:notice|attempt|courtesy)\b|\bsay yes (?:or|to|now)\b|\bstay on the line to\b|\bto speak (?:to|with) (?:a|an) (?:representative|agent|specialist|advisor)\b",
    r"\b(?:your (?:home|business|vehicle|account|property) )?has been (?:selected|pre-?approved|approved|chosen|flagged)\b|\bvehicle'?s? (?:extended )?warranty|\bextended (?:car|auto|vehicle) warranty",
    r"\bto be removed from (?:our|this|the)\b|\bto (?:opt out|be placed on)|\b(?:energy|debt|tax|rate|loan|credit) (?:relief|reduction|savings|forgiveness) (?:department|program|center)\b",
    r"\byour (?:google|business) (?:listing|profile) (?:is|has|may|will)\b.{0,60}\b(?:press|suspended|removed|not verified|unverified)",
)
SCAM = _all(
    r"\bgift ?cards?\b|\bbit ?coins?\b|\bcrypto\w*\b|\bsocial security (?:number|administration|office|card)\b|\birs\b|\bi r s\b|\binternal revenue\b",
    r"\b(?:you (?:have |'ve |are )?(?:been )?(?:the )?(?:chosen|won|winner|lucky)|congratulations)\b.{0,80}\b(?:prize|dollars?|check|winner|sweepstakes|lottery|clearing ?house|cruise|free)\b",
    r"\bsweepstakes\b|\bprocessing fee\b|\bclearing ?house\b|\bwestern union\b|\bmoney ?gram\b|\bverification code\b|\bremote access\b|\bteam ?viewer\b|\bany ?desk\b",
    r"\bwarrant (?:is|has been|out|for your)\b|\blegal action\b|\bwire (?:the )?(?:transfer|money|me)\b|\byour computer (?:has|is)\b|\bmicrosoft\b|\b(?:over ?payment|overpaid|cashier'?s check|send (?:you )?a check for more|refund the difference|my (?:mover|shipper|private agent))\b",
    r"\b(?:disconnect\w*|shut off|cut off|turn(?:ed)? off)\b.{0,60}\b(?:pay\w*|minutes|hour|today)\b.{0,60}\b(?:zelle|card|cash ?app|now|pay)|\bpay(?:ment)? (?:by|with|through|via|over) (?:zelle|phone|card|cash ?app|venmo|prepaid)\b|\brouting (?:number|and)\b|\byour (?:bank )?account (?:has|number)\b|\bpast due\b.{0,40}\b(?:meter|disconnect|utility|power)\b",
)
PRANK = _all(
    r"\b(?:refrigerator running|prince albert|mike hunt|hugh jass|seymour butt\w*|i\.? ?p\.? freely|go catch it|prank|moe'?s tavern|you smell|your mom\b|poop|fart\w*|(?:big|your) butt|haha\w*|(?:ha ){2,}|gotcha|got em|santa|dinosaur|aliens?|bigfoot|unicorn|lava|moat|shark|dragon)\b"
)
JOB = _all(
    r"\b(?:you(?:'re| are|r| guys are| all|'all are| folks)?|y'all|still|are you|are y'all) (?:\w+ )?(?:hiring|taking (?:on )?applications|taking on|looking for (?:help|people|guys|workers|an? (?:\w+ )?(?:helper|installer|tech\w*|laborer|painter|carpenter|plumber|electrician|roofer|driver)))\b",
    r"\bhiring\b|\bjob (?:opening|posting|position|listing|ad|application|interview|fair)\b|\b(?:open|any|the|that|your) positions?\b|\blooking for (?:work|a job|employment|a position|full.?time|part.?time)\b|\bapply(?:ing)? (?:for|to|online|with)\b|\bappl(?:ied|icant)\b|\b(?:my|an|the|job|your) application\b(?! for (?:a )?(?:loan|permit|grant))|\bresum[eé]s?\b|\bhelp wanted\b",
    r"\bcalling (?:about|for|on) (?:the|a|that|your) (?:job|position|opening|ad)\b|\bfor the job\b|\b(?:job|position|ad) (?:on|in) (?:indeed|craigslist|facebook|the paper|your website|your truck)\b|\bon indeed\b|\bapprentice\w*\b|\binterview\b|\bstill open\b",
    r"\b(?!(?:water|gutter|sewer|generator|door|floor|exterior|interior|heater|gutters|cover|shower|number|other|another|whatever|winter|summer|bigger|smaller|proper|paver|for|or|your|our)\b)(?:\w{2,}er|tech\w*|labor|journeyman|apprentice|crew|office|sales|estimator|foreman) (?:job|position|opening)\b",
    r"\b(?:i(?:'ve| have| got)?|got|with|have) (?:\w+ ){0,2}years?(?: of)? (?:experience|commercial|residential|in the trade|doing|as an?)\b|\bsub ?contract\w*\b|\b(?:be|work as|looking for|like) a sub\b|\bsub(?:bing)? work\b|\b(?:i have|i run|i got|we're) (?:a|my own|an?) (?:\w+ )?crew\b|\bmy (?:own )?tools\b|\bown (?:tools|truck|transportation)\b",
    r"\b(?:want to |like to |i could |can i |to come )?work (?:for|with) (?:you|y'all)(?: guys| all)?\b(?! before)|\bwhat(?:'s| is| do(?:es)?) (?:the|it|you|y'all|you guys) (?:pay|wage|starting pay|start at)\b|\bpay (?:range|rate|an hour|by the hour|weekly)\b|\bget (?:a job|on with you)\b|\bneed (?:any )?(?:more )?(?:help|hands|workers|guys|laborers|installers|painters)\?|\bstart (?:monday|right away|tomorrow|next week)\b.{0,40}\b(?:tools|truck|experience|license)\b|\blaid off\b|\bcut (?:everybody's|our|my) hours\b|\bdriver'?s license\b|\bfelony\b|\bbackground check\b|\bdrug test\b",
)
SELLS = _all(
    r"\b(?:confirming (?:the|your)|your (?:order|delivery|material|p\.?o\.?)|delivery (?:for|to|of|on)|deliver(?:ing)? (?:your|the|to)|ready for (?:pick ?up|will call)|will call|purchase order number|on the truck|template|back ?ordered)\b",

    r"\b(?:is this|are you|speak (?:to|with)|talk (?:to|with)|reach|looking for) (?:the|your|a|with the) (?:\w+ )?(?:owner|person in charge|decision maker|office manager|manager|buyer|purchasing|person (?:who|that) (?:handles|does|runs|orders|buys))\b|\bwhoever (?:runs|handles|does|is in charge|orders|buys|does your)\b|\bwho (?:handles|is in charge of|takes care of|does|do you use for|would i talk to about|makes the decisions?|orders)\b",
    r"\byour (?:google|website|web site|online|listing|rankings?|seo|reviews|business|facebook|marketing|advertising|payroll|merchant|credit card|processor|processing|terminal|fleet|phone (?:system|service)|dumpsters?|uniforms?|cleaning (?:crew|company)|workers comp\w*|insurance (?:rates?|renewal|carrier)|(?:electric|energy|gas) (?:rate|supplier|account)|office supplies|suppliers?|materials? (?:supplier|needs)|account rep|shop|company|crews?|trucks?|customers|team|current (?:\w+ )?(?:processor|provider|vendor|supplier|system|rate|carrier|software))\b",
    r"\b(?:exclusive|qualified|more|new|roofing|solar|hvac|plumbing|remodeling|homeowner|live) leads\b|\bleads? (?:in your|for (?:your|roof\w*|contract\w*)|generat\w+|service)\b|\b(?:seo|s e o|search engine|first page|page one|pay per (?:call|click|lead)|google (?:ads?|maps)|yelp|angi\b|angie'?s list|home ?advisor|thumbtack|(?:marketing|growth|account|digital|territory|business|partner\w*) (?:agency|company|specialist|manager|executive|consultant|rep\w*|development)|ad (?:space|campaign)|sponsor\w*|advertis\w*|trade show|directory|little league|magazine|coupon (?:book|mailer))\b",
    r"\bwe (?:help|offer|provide|sell|supply|make|manufacture|distribute|specialize|partner|carry|represent|only work|work with (?:a lot of |other |local )?(?:contractors?|businesses|companies|roofers?|plumbers?)|do \w+ for (?:contractors?|businesses|companies))\b|\b(?:i|we) (?:just )?(?:wanted|want|would like|'d like|'d love|'d) to (?:introduce|offer|stop by and|drop off|show you|see if you(?:'d| would) be interested|tell you about|see about (?:getting|partnering))\b",
    r"\bour (?:software|platform|product(?: line)?s?|app|program|system|technology|catalog|distribution|rates|new line|rep|warehouse|branch|counter)\b|\b(?:save|saving) you\b|\blower your\b|\bcut your\b|\bfree (?:trial|demo|samples?)\b|\bdemo\b|\b(?:five|ten|fifteen|twenty|thirty|\d+) (?:minutes|seconds|min) (?:of your time|with (?:the|your|whoever)|to (?:chat|talk|show))\b|\bwholesale\b|\bdistributors?\b|\bmanufacturer'?s? rep\w*|\bsales rep\w*|\bnot (?:a sales call|selling anything)\b|\byou qualify for\b",
    r"\b(?:strategic|referral) partner\w*|\bpartner(?:ship)? (?:with|opportunit\w+|up)\b|\brefer(?:ral)? (?:fee|program|partner)\b|\bsend you (?:some )?(?:referrals|business|samples|work)\b|\bdrop off (?:some |a )?(?:samples|donuts|literature|brochures?|lunch|catalog|card)\b|\bnet terms\b|\bbusiness (?:loan|funding|capital|line)\b|\bworking capital\b|\bmerchant\b|\bcontractor (?:pricing|discount|rate|account)\b|\bopen an account\b|\bprice (?:sheet|list|increase|break)\b|\bper (?:lead|click|seat|user)\b|\bcall.?(?:scoring|tracking|answering)\b|\banswering service\b|\bvirtual (?:assistant|receptionist)\b",
    r"\b(?:with|from) (?:\w+ ){0,3}(?:marketing|media|solutions|supply|suppl(?:y|ies)|distribut\w+|software|wholesale|digital|local|capital|payments|merchant|staffing|leads?\w*|advertising|systems|lumber|payroll|ai|telecom|energy|insurance agency|funding|tech|studios?|networks?|publications?|materials|manufacturing)\b",
)
PITCH = _all(
    r"\b(?:from|with|at) (?:\w+ ){1,4}(?:just )?(?:confirming|checking on|following up|calling (?:to confirm|about (?:the|your) (?:order|delivery|template|po)))\b|\b(?:at|for) the (?!same\b|new\b|old\b|whole\b|main\b)\w+ (?:job|jobsite|site)\b(?! site)",

    r"\bwe (?:help|offer|provide|sell|supply|make|specialize|only work|carry|distribute)\b|\bour (?:software|platform|products?|rates)\b|\bshow you\b|\byou qualify\b|\bnot selling\b",
    r"\bi (?:was )?(?:just )?(?:looking at|noticed|saw|came across|found) (?:that )?your (?:google|website|listing|site|company|business|reviews|ads?)|\bcalling about your (?!ad\b|sign\b|truck\b|flyer\b|mailer\b|letter\b|website special\b|special\b|estimate\b|quote\b|services\b)",
)
WRONG = _all(
    r"\bwrong (?:number|place|house|person)\b|\bmis ?dialed\b|\b(?:hit|dialed|pressed) (?:redial|the wrong)\b|\bdialed (?:it )?wrong\b|\bpocket dial\w*|\bbutt dial\w*|\bsorry to bother\b|\bnot (?:the )?(?:right|who i)\b.{0,15}\b(?:number|place)\b",
    r"\b(?:meant|trying|wanted|looking) (?:to (?:call|reach|get)|for)\b.{0,40}\b(?:my (?:son|daughter|mom|sister|brother|husband|wife|doctor|dentist|friend)|dr|doctor|the (?:pharmacy|school|bank|clinic|pizza|restaurant|hospital|vet|dentist|salon|library|dmv|store|county|courthouse|post office))\b",
    r"\bis this (?:the )?(?:\w+ ){0,3}(?:pharmacy|clinic|school|bank|pizz\w+|restaurant|hospital|vet|veterinar\w+|dentist|dental|salon|library|dmv|church|hotel|walgreens|cvs|walmart|post office|dr\.?|doctor'?s?|daycare|barber\w*|nail\w*|tire\w*|auto\w*|florist|bakery)\b|\b(?:refill|prescription|pepperoni|haircut|my dog'?s?|my cat'?s?|test results|oil change|title office|library card|lane|tee time|babysit\w*|birthday cake|passport|my (?:grand)?(?:son|daughter|kid)'s (?:school|class|teacher))\b|\bis (?!there\b|this\b|that\b|it\b)(?:\w+) (?:there|home|around)\b(?! a)",
)
AGENT_WRONG = _all(
    r"\bwrong number\b|\bno (?:one|body) (?:here )?by that name\b|\bwe(?:'re| are) (?:not|just|actually) (?:a|an|the) (?:\w+ ){0,3}\b|\bthis is (?:a|an) (?:\w+ ){0,3}(?:company|contractor|business|shop)\b|\byou(?:'ve| have)? (?:got|reached|dialed|called) (?:the wrong|a )|\bno,? this is\b|\bnot (?:the|a) (?:pharmacy|school|bank|doctor|restaurant)"
)
CUSTOMER = _all(
    r"\b(?:i|we) (?:have|had|got|'ve got|already have) (?:an? |my |our |your )(?:\w+[ -]){0,3}(?:appointment|tune.?up|service call|maintenance plan|service plan|membership|service agreement|invoice)\b",
    r"\b(?:i|we) (?:have|had|got|'ve got) (?:an? |my |our |your |you |somebody |someone )(?:\w+[ -]){0,4}(?:scheduled|booked|on the (?:calendar|schedule)|coming (?:out )?(?:today|tomorrow|monday|tuesday|wednesday|thursday|friday|between))\b",
    r"\b(?:you(?: guys| people| all|'all| folks)?|y'all|your (?:guys|crew|team|people|men|tech\w*|installers?|painters?|plumber)) (?:\w+ ){0,2}(?:did|came|put in|installed|fixed|replaced|built|painted|finished|were (?:here|out|just)|was (?:here|out|just)|sold (?:us|me)|started|are (?:here|working|at my|at our)|is (?:here|working|at my|at our)|left (?:a|the|their|some)|redid|serviced|repaired|remodeled)\b(?! (?:a great job|good work) (?:for|on) (?:my|our) (?:neighbor|friend|sister|brother))",
    r"\b(?:had|have had) (?:my|our|the|a) \w+(?: \w+)? (?:done|replaced|installed|painted|redone|put in|built|remodeled|serviced) (?:with|by|from|through) you\b",
    r"\b(?:under warranty|warranty (?:claim|work|issue|call|registration)|my (?:invoice|balance|account|contract|final payment|deposit|installer|project manager)|the (?:invoice|receipt|final payment|punch list|deposit|balance)|pay my (?:bill|invoice|balance)|(?:make|take) a payment|change order|work order|customer number|my technician)\b",
    r"\b(?:re ?schedule|move|cancel|confirm|check on) (?:my|our|the|an?|that) (?:\w+ )?(?:appointment|install\w*|visit|job|service|order|tune.?up|project|delivery|crew)\b|\b(?:i'm|we're|i am|we are|been) (?:a|an|already a|an existing|a current|a long.?time|already) (?:\w+ )?customers?\b|\bexisting customer\b|\bon the (?:gold |silver |maintenance |service )plan\b|\b(?:status|update) (?:of|on) (?:my|our|the) (?:\w+ )?(?:job|order|project|permit|install\w*|windows|cabinets)\b",
    r"\b(?:running late|supposed to (?:be here|come today|show up|start|be out|finish)|when (?:are|is) (?:you|they|he|she|the (?:guys?|crew|tech\w*|installers?|painters?)) (?:guys )?(?:coming|showing|going to be|getting here|supposed)|no ?body (?:showed|has shown|came)|thank (?:you|y'all) for (?:the|your) (?:great|good) (?:work|job)|the (?:guys|crew|painters|installers) (?:are|were|left|did|didn't))\b",
)
ESTIMATE_ONLY = _all(
    r"\b(?:supposed to|coming|come|scheduled)(?: \w+){0,3} (?:out )?(?:\w+ ){0,2}(?:to )?(?:measure|give (?:me|us) (?:an?|the) (?:estimate|quote)|look|quote|bid)\b|\b(?:estimate|quote|bid|consult\w*) (?:appointment|visit|scheduled)|\b(?:my|our|an?|the) (?:estimate|quote|bid|consultation) (?:appointment|on|for|is|was|scheduled|you)\b|\bfree estimate\b"
)
WANTS = _all(
    r"\b(?:estimate|quote|bid|looking (?:to|for|at|into)|interested in|need (?:somebody|someone|a|an|to get|help|my|the|new|you|it)|want(?:ed)? (?:to (?:get|see|have|find|talk|put|do|replace|add|remodel)|a|an|the|it|my|our)|(?:i|we)(?:'d| would) like|how much|do you (?:guys |all )?(?:do|install|repair|fix|handle|offer|work on|service|sell|clean)|can (?:you|someone|somebody) (?:come|fix|look|take a look|help|send)|thinking (?:about|of)|calling (?:about|on|to (?:see|get))|get (?:it|this|that|them|somebody|someone) (?:fixed|done|replaced|out|looked at)|have (?:a|the) problem)\b"
)
CALLED_BACK = _all(r"\b(?:you|somebody|someone|people|y'all|this number|from (?:you|this number|there))\b.{0,30}\b(?:call(?:s|ed|ing)?|text(?:s|ed|ing)?) (?:me|us|my|here)\b|\bmissed (?:a )?call from\b")
FORBIDS = _all(
    r"\b(?:take|get|remove|put|keep) (?:me|us|my (?:name|number)|this number|our number|it|both|these numbers) (?:\w+ ){0,2}?(?:off|from|on) (?:of )?(?:(?:the|your|that|this|every|all|any) )*(?:\w+ )?(?:do.not.call|no.call|call(?:ing)?|contact|phone|mailing|marketing)? ?(?:lists?|database|system)\b",
    r"\b(?:stop|quit|cease) (?:\w+ )?(?:calling|texting|contacting|phoning|harassing|the calls|the phone calls|bothering)\b|\b(?:not|won't|never) stop calling\b",
    r"\b(?:don't|do not|never|not to|don't you) (?:ever |please |you ever )?(?:call|contact|phone|text) (?:me|us|here|this (?:number|house|phone)|my (?:phone|house|home|number))(?: (?:again|any ?more|ever|back|at all|please|either))?(?!\W*(?:\w+ ){0,1}(?:before|after|until|till|during|between|at (?:work|night|home|the office)|on (?:sundays?|saturdays?|weekends?|my work|the weekend|my)|unless|when|while|too (?:early|late)|tomorrow|today|this week|at \w+|in the (?:morning|evening)|if))",
    r"\bdo.not.call (?:list|registry)\b|\bno (?:more )?(?:phone )?calls\b(?!.{0,20}\b(?:before|after|until|during))|\b(?:lose|delete|forget|erase) (?:my|this|our) number\b|\bunsubscribe\b|\bdon't want (?:any ?more |any |your |these |to get |to receive |you )*(?:calls|phone calls|texts|calling)\b|\bremove my (?:number|name|info\w*)\b",
)
