"""The words by which callers show what they are: machine, scam, seller, applicant, customer. Data of kinds.py."""

import re


def _all(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


MACHINE = _all(
    r"\bleave (?:us |me |a |your |us a |me a )*(?:detailed |brief |short |quick )*(?:message|name)",
    r"\bafter the (?:tone|beep)\b|\bat the (?:tone|beep)\b|\bvoice ?mail\b|\bmailbox\b|\brecord your message\b",
    r"\b(?:we(?:'re| are) (?:currently )?closed|office is (?:currently |now )?closed"
    r"|can't (?:come to|take|answer|get to)|unable to (?:take|answer)|missed your call"
    r"|away from (?:the|my) (?:phone|desk))\b",
)
MESSAGE = _all(
    r"\b(?:call me back|give me a (?:call|ring|shout)|(?:please )?call (?:me )?(?:back )?at"
    r"|return my call|my (?:number|cell|phone|telephone) is|you can reach me|get back to me"
    r"|leaving a message|just (?:left|leaving)|i'll try (?:you )?again)\b"
)
ROBOT = _all(
    r"\bthis is (?:a|an) message from\b|\bour records (?:show|indicate)\b|\byou may be eligible\b"
    r"|\bto be connected\b",
    r"\bpress (?:one|two|three|nine|zero|\d|any key|star|pound)\b",
    r"\bthis is (?:an? |your |the )?(?:\w+ )?(?:automated|recorded|pre-?recorded|final|important"
    r"|courtesy) (?:\w+ )?(?:call|message|notice|attempt|reminder|courtesy)\b",
    r"\bdo not hang up\b|\bfinal (?:notice|attempt|courtesy)\b|\bsay yes (?:or|to|now)\b"
    r"|\bstay on the line to\b|\bto speak (?:to|with) (?:a|an) (?:representative|agent|specialist"
    r"|advisor)\b",
    r"\b(?:your (?:home|business|vehicle|account|property) )?has been (?:selected|pre-?approved"
    r"|approved|chosen|flagged)\b|\bvehicle'?s? (?:extended )?warranty|\bextended (?:car|auto"
    r"|vehicle) warranty",
    r"\bto be removed from (?:our|this|the)\b|\bto (?:opt out|be placed on)|\b(?:energy|debt|tax"
    r"|rate|loan|credit) (?:relief|reduction|savings|forgiveness) (?:department|program|center)\b",
    r"\byour (?:google|business) (?:listing|profile) (?:is|has|may|will)\b.{0,60}\b(?:press"
    r"|suspended|removed|not verified|unverified)",
)
SCAM = _all(
    r"\bgift ?cards?\b|\bbit ?coins?\b|\bcrypto\w*\b|\bsocial security (?:number|administration"
    r"|office|card)\b|\birs\b|\bi r s\b|\binternal revenue\b",
    r"\b(?:you (?:have |'ve |are )?(?:been )?(?:the )?(?:chosen|won|winner|lucky)"
    r"|congratulations)\b.{0,80}\b(?:prize|dollars?|check|winner|sweepstakes|lottery|clearing ?house"
    r"|cruise|free)\b",
    r"\bsweepstakes\b|\bprocessing fee\b|\bclearing ?house\b|\bwestern union\b|\bmoney ?gram\b"
    r"|\bverification code\b|\bremote access\b|\bteam ?viewer\b|\bany ?desk\b",
    r"\bwarrant (?:is|has been|out|for your)\b|\blegal action\b|\bwire (?:the )?(?:transfer|money"
    r"|me)\b|\byour computer (?:has|is)\b|\bmicrosoft\b|\b(?:over ?payment|overpaid|cashier'?s check"
    r"|send (?:you )?a check for more|refund the difference|my (?:mover|shipper|private agent))\b",
    r"\b(?:disconnect\w*|shut off|cut off|turn(?:ed)? off)\b.{0,60}\b(?:pay\w*|minutes|hour"
    r"|today)\b.{0,60}\b(?:zelle|card|cash ?app|now|pay)|\bpay(?:ment)? (?:by|with|through|via"
    r"|over) (?:zelle|phone|card|cash ?app|venmo|prepaid)\b|\brouting (?:number|and)\b"
    r"|\byour (?:bank )?account (?:has|number)\b|\bpast due\b.{0,40}\b(?:meter|disconnect|utility"
    r"|power)\b",
)
PRANK = _all(
    r"\b(?:refrigerator running|prince albert|mike hunt|hugh jass|seymour butt\w*|i\.? ?p\.? freely"
    r"|go catch it|prank|moe'?s tavern|you smell|your mom\b|poop|fart\w*|(?:big|your) butt|haha\w*"
    r"|(?:ha ){2,}|gotcha|got em|santa|dinosaur|aliens?|bigfoot|unicorn|lava|moat|shark|dragon)\b"
)
JOB = _all(
    r"\b(?:help|painters?|roofers?|drivers?|installers?|workers?|laborers?|techs?|technicians?"
    r"|plumbers?|electricians?|carpenters?) (?:wanted|needed)\b|\bnow hiring\b",
    r"\b(?:you(?:'re| are|r| guys are| all|'all are| folks)?|y'all|still|are you"
    r"|are y'all) (?:\w+ )?(?:hiring|taking (?:on )?applications|taking on|looking for (?:help"
    r"|people|guys|workers|an? (?:\w+ )?(?:helper|installer|tech\w*|laborer|painter|carpenter"
    r"|plumber|electrician|roofer|driver)))\b",
    r"\bhiring\b|\bjob (?:opening|posting|position|listing|ad|application|interview|fair)\b"
    r"|\b(?:open|any|the|that|your) positions?\b|\blooking for (?:work|a job|employment|a position"
    r"|full.?time|part.?time)\b|\bapply(?:ing)? (?:for|to|online|with)\b|\bappl(?:ied|icant)\b"
    r"|\b(?:my|an|the|job|your) application\b(?! for (?:a )?(?:loan|permit|grant))|\bresum[eé]s?\b"
    r"|\bhelp wanted\b",
    r"\bcalling (?:about|for|on) (?:the|a|that|your) (?:job|position|opening|ad)\b|\bfor the job\b"
    r"|\b(?:job|position|ad) (?:on|in) (?:indeed|craigslist|facebook|the paper|your website"
    r"|your truck)\b|\bon indeed\b|\bapprentice\w*\b|\binterview\b|\bstill open\b",
    r"\b(?:installer|painter|roofer|plumber|carpenter|electrician|laborer|helper|driver|framer"
    r"|finisher|welder|landscaper"
    r"|cleaner|manager|worker|hanger|setter|mason|tech\w*|labor|journeyman|apprentice|crew|office"
    r"|sales|estimator|foreman"
    r"|receptionist|dispatcher|groundsman|climber) (?:job|position|opening|spot)s?\b",
    r"\b(?:i(?:'ve| have| got)?|got|with|have) (?:\w+ ){0,2}years?(?: of)? (?:experience|commercial"
    r"|residential|in the trade|doing|as an?)\b|\bsub ?contract\w*\b|\b(?:be|work as|looking for"
    r"|like) a sub\b|\bsub(?:bing)? work\b|\b(?:i have|i run|i got|we're) (?:a|my own"
    r"|an?) (?:\w+ )?crew\b|\bmy (?:own )?tools\b|\bown (?:tools|truck|transportation)\b",
    r"\b(?:want to |like to |i could |can i |to come )?work (?:for|with) (?:you|y'all)(?: guys"
    r"| all)?\b(?! before)|\bwhat(?:'s| is| do(?:es)?) (?:the|it|you|y'all|you guys) (?:pay|wage"
    r"|starting pay|start at)\b|\bpay (?:range|rate|an hour|by the hour|weekly)\b|\bget (?:a job"
    r"|on with you)\b|\bneed (?:any )?(?:more )?(?:help|hands|workers|guys|laborers|installers"
    r"|painters)\?|\bstart (?:monday|right away|tomorrow|next week)\b.{0,40}\b(?:tools|truck"
    r"|experience|license)\b|\blaid off\b|\bcut (?:everybody's|our|my) hours\b|\bdriver'?s license\b"
    r"|\bfelony\b|\bbackground check\b|\bdrug test\b",
)
SELLS = _all(
    r"\b(?:confirming (?:the|your)|your (?:order|delivery|material|p\.?o\.?)|delivery (?:for|to|of"
    r"|on)|deliver(?:ing)? (?:your|the|to)|ready for (?:pick ?up|will call)|will call"
    r"|purchase order number|on the truck|(?:pick|picked) (?:it|them|em) up|want us to deliver"
    r"|template|back ?ordered)\b",
    r"\b(?:is this|are you|speak (?:to|with)|talk (?:to|with)|reach|looking for) (?:the|your|a"
    r"|with the) (?:\w+ )?(?:owner|person in charge|decision maker|office manager|manager|buyer"
    r"|purchasing|person (?:who|that) (?:handles|does|runs|orders|buys))\b|\bwhoever (?:runs|handles"
    r"|does|is in charge|orders|buys|does your)\b|\bwho (?:handles|is in charge of|takes care of"
    r"|does|do you use for|would i talk to about|makes the decisions?|orders)\b",
    r"\byour (?:google|website|web site|online|listing|rankings?|seo|reviews|business|facebook"
    r"|marketing|advertising|payroll|merchant|credit card|processor|processing|terminal|fleet"
    r"|phone (?:system|service)|dumpsters?|uniforms?|cleaning (?:crew|company)|workers comp\w*"
    r"|insurance (?:rates?|renewal|carrier)|(?:electric|energy|gas) (?:rate|supplier|account)"
    r"|office supplies|suppliers?|materials? (?:supplier|needs)|account rep|shop|company|crews?"
    r"|trucks?|customers|team|current (?:\w+ )?(?:processor|provider|vendor|supplier|system|rate"
    r"|carrier|software))\b",
    r"\b(?:exclusive|qualified|more|new|roofing|solar|hvac|plumbing|remodeling|homeowner"
    r"|live) leads\b|\bleads? (?:in your|for (?:your|roof\w*|contract\w*)|generat\w+|service)\b"
    r"|\b(?:seo|s e o|search engine|first page|page one|pay per (?:call|click|lead)|google (?:ads?"
    r"|maps)|yelp|angi\b|angie'?s list|home ?advisor|thumbtack|(?:marketing|growth|account|digital"
    r"|territory|business|partner\w*) (?:agency|company|specialist|manager|executive|consultant"
    r"|rep\w*|development)|ad (?:space|campaign)|sponsor\w*|advertis\w*|trade show|directory"
    r"|little league|magazine|coupon (?:book|mailer))\b",
    r"\bwe (?:help|offer|provide|sell|supply|make|manufacture|distribute|specialize|partner|carry"
    r"|represent|only work|work with (?:a lot of |other |local )?(?:contractors?|businesses"
    r"|companies|roofers?|plumbers?)|do \w+ for (?:contractors?|businesses|companies))\b|\b(?:i"
    r"|we) (?:just )?(?:wanted|want|would like|'d like|'d love|'d) to (?:introduce|offer|stop by and"
    r"|drop off|show you|see if you(?:'d| would) be interested|tell you about|see about (?:getting"
    r"|partnering))\b",
    r"\b(?:our|a) (?:new line|software|platform|product(?: line)?s?|app|program|system|technology|catalog"
    r"|distribution|rates|rep|warehouse|branch|counter)\b|\b(?:save|saving) you\b"
    r"|\blower your\b|\bcut your\b|\bfree (?:trial|demo|samples?)\b|\bdemo\b|\b(?:five|ten|fifteen"
    r"|twenty|thirty|\d+) (?:minutes|seconds|min) (?:of your time|with (?:the|your|whoever)"
    r"|to (?:chat|talk|show))\b|\bwholesale\b|\bdistributors?\b|\bmanufacturer'?s? rep\w*"
    r"|\bsales rep\w*|\bnot (?:a sales call|selling anything)\b|\byou qualify for\b",
    r"\b(?:strategic|referral) partner\w*|\bpartner(?:ship)? (?:with|opportunit\w+|up)\b"
    r"|\brefer(?:ral)? (?:fee|program|partner)\b|\bsend you (?:some )?(?:referrals|business|samples"
    r"|work)\b|\bdrop off (?:some |a )?(?:samples|donuts|literature|brochures?|lunch|catalog|card)\b"
    r"|\bnet terms\b|\bbusiness (?:loan|funding|capital|line)\b|\bworking capital\b|\bmerchant\b"
    r"|\bcontractor (?:pricing|discount|rate|account)\b|\bopen an account\b|\bprice (?:sheet|list"
    r"|increase|break)\b|\bper (?:lead|click|seat|user)\b|\bcall.?(?:scoring|tracking|answering)\b"
    r"|\banswering service\b|\bvirtual (?:assistant|receptionist)\b",
    r"\b(?:with|from|over at) (?:\w+ ){0,3}(?:marketing|media|solutions|supply|suppl(?:y|ies)|distribut\w+"
    r"|software|wholesale|digital|local|capital|payments|merchant|staffing|leads?\w*|advertising"
    r"|systems|lumber|payroll|ai|telecom|energy|insurance agency|funding|tech|studios?|networks?"
    r"|publications?|materials|manufacturing)\b",
)
PITCH = _all(
    r"\b(?:join|part of) our (?:\w+ )?(?:network|program|platform)\b|\b(?:contractor|preferred"
    r"|vendor) network\b|\b(?:plumbers|roofers|contractors|electricians|companies"
    r"|painters) in your area\b",
    r"\bdrop off (?:some |a |our )?(?:samples?|literature|brochures?|catalogs?|donuts|lunch)\b"
    r"|\b(?:new|your|local|the) (?:\w+ )?rep(?:resentative)? (?:for|in|with)\b|\bwho (?:does|handles"
    r"|makes) your (?:purchasing|buying|ordering|marketing|advertising|it|payroll)",
    r"\b(?:from|with|at) (?:\w+ ){1,4}(?:just )?(?:confirming|checking on|following up"
    r"|calling (?:to confirm|about (?:the|your) (?:order|delivery|template|po)))\b|\b(?:at"
    r"|for) the (?!same\b|new\b|old\b|whole\b|main\b)\w+ (?:job|jobsite|site)\b(?! site)",
    r"\bwe (?:help|offer|provide|sell|supply|make|specialize|only work|carry|distribute)\b"
    r"|\bour (?:software|platform|products?|rates)\b|\bshow you\b|\byou qualify\b|\bnot selling\b",
    r"\bi (?:was )?(?:just )?(?:looking at|noticed|saw|came across|found) (?:that )?your (?:google"
    r"|website|listing|site|company|business|reviews|ads?)|\bcalling about your (?!ad\b|sign\b"
    r"|truck\b|flyer\b|mailer\b|letter\b|website special\b|special\b|estimate\b|quote\b|services\b)",
)
WRONG = _all(
    r"\bwrong (?:number|place|house|person)\b|\bmis ?dialed\b|\b(?:hit|dialed|pressed) (?:redial"
    r"|the wrong)\b|\bdialed (?:it )?wrong\b|\bpocket dial\w*|\bbutt dial\w*|\bsorry to bother\b"
    r"|\bnot (?:the )?(?:right|who i)\b.{0,15}\b(?:number|place)\b",
    r"\b(?:meant|trying|wanted|looking) (?:to (?:call|reach|get)|for)\b.{0,40}\b(?:my (?:son"
    r"|daughter|mom|sister|brother|husband|wife|doctor|dentist|friend)|dr|doctor|the (?:pharmacy"
    r"|school|bank|clinic|pizza|restaurant|hospital|vet|dentist|salon|library|dmv|store|county"
    r"|courthouse|post office))\b",
    r"\bis this (?:the )?(?:\w+ ){0,3}(?:pharmacy|clinic|school|bank|pizz\w+|restaurant|hospital|vet"
    r"|veterinar\w+|dentist|dental|salon|library|dmv|church|hotel|walgreens|cvs|walmart|post office"
    r"|dr\.?|doctor'?s?|daycare|barber\w*|nail\w*|tire\w*|auto\w*|florist|bakery)\b|\b(?:refill"
    r"|prescription|pepperoni|haircut|my dog'?s?|my cat'?s?|test results|oil change|title office"
    r"|library card|lane|tee time|babysit\w*|birthday cake|passport|my (?:grand)?(?:son|daughter"
    r"|kid)'s (?:school|class|teacher))\b",
    r"(?:^|\n)\W*(?:(?:hi|hello|hey|yeah|yes|um|uh)\W+)*is (?!there\b|this\b|that\b"
    r"|it\b)\w+ (?:there|home|around|in)\W*(?:\n|$)",
)
AGENT_WRONG = _all(
    r"\bwrong number\b|\bno (?:one|body) (?:here )?by that name\b|\bwe(?:'re| are) (?:not|just"
    r"|actually) (?:a|an|the) (?:\w+ ){0,3}(?:company|contractor|business|shop|pharmacy|school|bank"
    r"|restaurant|store|office)\b|\bthis is (?:a|an) (?:\w+ ){0,3}(?:company|contractor"
    r"|business|shop)\b|\byou(?:'ve| have)? (?:got|reached|dialed|called) the wrong\b|\byou(?:'ve"
    r"| have)? (?:reached|dialed|called) an? (?:\w+ ){1,3}(?:company|contractor|business|shop)\b"
    r"|\bno,? this is\b|\bnot (?:the|a) (?:pharmacy|school|bank|doctor|restaurant)"
)
CUSTOMER = _all(
    r"\b(?:i|we) (?:have|had|got|'ve got|already have) (?:an? |my |our "
    r"|your )(?:\w+[ -]){0,3}(?:appointment|tune.?up|service call|maintenance plan|service plan"
    r"|membership|service agreement|invoice)\b",
    r"\b(?:i|we) (?:have|had|got|'ve got) (?:an? |my |our |your |you |somebody "
    r"|someone )(?:\w+[ -]){0,4}(?:scheduled|booked|on the (?:calendar|schedule)"
    r"|coming (?:out )?(?:today|tomorrow|monday|tuesday|wednesday|thursday|friday|between))\b",
    r"\b(?:you(?: guys| people| all|'all| folks)?|y'all|your (?:guys|crew|team|people|men|tech\w*"
    r"|installers?|painters?|plumber)) (?:\w+ ){0,2}(?:did|came|put (?:\w+ ){0,3}(?:in|on|up|down)"
    r"|installed|fixed|replaced"
    r"|built|painted|finished|were (?:here|out|just)|was (?:here|out|just)|sold (?:us|me)|started"
    r"|are (?:here|working|at my|at our)|is (?:here|working|at my|at our)|left (?:a|the|their|some)"
    r"|redid|serviced|repaired|remodeled)\b(?! (?:a great job|good work) (?:for|on) (?:my"
    r"|our) (?:neighbor|friend|sister|brother))",
    r"\b(?:had|have had) (?:my|our|the|a) \w+(?: \w+)? (?:done|replaced|installed|painted|redone"
    r"|put in|built|remodeled|serviced) (?:with|by|from|through) you\b",
    r"\b(?:under warranty|warranty (?:claim|work|issue|call|registration)|my (?:invoice|balance"
    r"|account|contract|final payment|deposit|installer|project manager)|the (?:invoice|receipt"
    r"|final payment|punch list|deposit|balance)|pay my (?:bill|invoice|balance)|(?:make"
    r"|take) a payment|change order|work order|customer number|my technician)\b",
    r"\b(?:re ?schedule|move|cancel|confirm|check on) (?:my|our|the|an?"
    r"|that) (?:\w+ )?(?:appointment|install\w*|visit|job|service|order|tune.?up|project|delivery"
    r"|crew)\b|\b(?:i'm|we're|i am|we are|been) (?:a|an|already a|an existing|a current|a long.?time"
    r"|already) (?:\w+ )?customers?\b|\bexisting customer\b|\bon the (?:gold |silver |maintenance "
    r"|service )plan\b|\b(?:status|update) (?:of|on) (?:my|our|the) (?:\w+ )?(?:job|order|project"
    r"|permit|install\w*|windows|cabinets)\b",
    r"\b(?:running late|supposed to (?:be here|come today|show up|start|be out|finish)|when (?:are"
    r"|is) (?:you|they|he|she|the (?:guys?|crew|tech\w*|installers?|painters?)) (?:guys )?(?:coming"
    r"|showing|going to be|getting here|supposed)|no ?body (?:showed|has shown|came)|thank (?:you"
    r"|y'all) for (?:the|your) (?:great|good) (?:work|job)|the (?:guys|crew|painters"
    r"|installers) (?:are|were|left|did|didn't))\b",
)
ESTIMATE_ONLY = _all(
    r"\b(?:supposed to|coming|come|scheduled)(?: \w+){0,3} (?:out )?(?:\w+ ){0,2}(?:to )?(?:measure"
    r"|give (?:me|us) (?:an?|the) (?:estimate|quote)|look|quote|bid)\b|\b(?:estimate|quote|bid"
    r"|consult\w*) (?:appointment|visit|scheduled)|\b(?:my|our|an?|the) (?:estimate|quote|bid"
    r"|consultation) (?:appointment|on|for|is|was|scheduled|you)\b|\bfree estimate\b"
)
WANTS = _all(
    r"\b(?:estimate|quote|bid|looking (?:to|for|at|into)|interested in|need (?:somebody|someone|a|an"
    r"|to get|help|my|the|new|you|it)|want(?:ed)? (?:to (?:get|see|have|find|talk|put|do|replace|add"
    r"|remodel)|a|an|the|it|my|our)|(?:i|we)(?:'d| would) like|how much|do you (?:guys |all )?(?:do"
    r"|install|repair|fix|handle|offer|work on|service|sell|clean)|can (?:you|someone"
    r"|somebody) (?:come|fix|look|take a look|help|send)|thinking (?:about|of)|calling (?:about|on"
    r"|to (?:see|get))|get (?:it|this|that|them|somebody|someone) (?:fixed|done|replaced|out"
    r"|looked at)|have (?:a|the) problem)\b"
)
CALLED_BACK = _all(
    r"\b(?:you|somebody|someone|people|y'all|this number|from (?:you|this number"
    r"|there))\b.{0,30}\b(?:call(?:s|ed|ing)?|text(?:s|ed|ing)?) (?:me|us|my|here)\b"
    r"|\bmissed (?:a )?call from\b"
)
FORBIDS = _all(
    r"\b(?:take|get|remove|put|keep) (?:me|us|my (?:name|number)|this number|our number|it|both"
    r"|these numbers) (?:\w+ ){0,2}?(?:off|from|on) (?:of )?(?:(?:the|your|that|this|every|all"
    r"|any) )*(?:\w+ )?(?:do.not.call|no.call|call(?:ing)?|contact|phone|mailing"
    r"|marketing)? ?(?:lists?|database|system)\b",
    r"\b(?:stop|quit|cease) (?:\w+ )?(?:calling|texting|contacting|phoning|harassing|the calls"
    r"|the phone calls|bothering)\b|\b(?:not|won't|never) stop calling\b",
    r"\b(?:don't|do not|never|not to|don't you) (?:ever |please |you ever )?(?:call|contact|phone"
    r"|text) (?:me|us|here|this (?:number|house|phone)|my (?:phone|house|home|number))(?: (?:again"
    r"|any ?more|ever|back|at all|please|either))?(?!\W*(?:\w+ ){0,1}(?:before|after|until|till"
    r"|during|between|at (?:work|night|home|the office)|on (?:sundays?|saturdays?|weekends?|my work"
    r"|the weekend|my)|unless|when|while|too (?:early|late)|tomorrow|today|this week|at \w+"
    r"|in the (?:morning|evening)|if))",
    r"\bdo.not.call (?:list|registry)\b|\bno (?:more )?(?:phone )?calls\b(?!.{0,20}\b(?:before|after"
    r"|until|during))|\b(?:lose|delete|forget|erase) (?:my|this|our) number\b|\bunsubscribe\b"
    r"|\bdon't want (?:any ?more |any |your |these |to get |to receive |you )*(?:calls|phone calls"
    r"|texts|calling)\b|\bremove my (?:number|name|info\w*)\b",
)
