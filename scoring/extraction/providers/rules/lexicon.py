"""The words of each kind of project: pattern → weight. What is done (repair, replace, clean) parts kinds of one thing.

Weights: 5 names the job itself, 3 points to it, 1 to 2 only fits it; a negative one speaks against it.
"""

import re
from collections.abc import Mapping

_BROKEN = r"(?:not (?:working|cooling|heating|turning|coming|blowing|kicking|running)|isn't (?:working|cooling|heating|turning|coming|blowing|running)|won't (?:turn|come|start|cool|heat|kick|stay|run|light|shut)|stopped (?:working|cooling|heating|running)|quit(?: working| on)?|went out|is out|died|broke|broken|dead|acting up|making (?:a )?(?:\w+ )?nois|blowing (?:warm|hot|cold)|doesn't (?:work|turn|cool|heat|come)|keeps (?:tripping|shutting|turning)|shuts? off|frozen|froze)"
_NEW = r"(?:new|price|replac\w+|install\w*|put in|putting in|add(?:ing)?|upgrade|swap|quote|estimate|convert\w*|switch)"
_HVAC = r"(?:hvac|h v a c|a ?/? ?c(?: unit| system)?|air(?: ?con\w*| conditioner)?|furnace|heat ?pump|boiler|mini.?splits?|heater|heating(?: and cooling)?|central air|air handler|condenser|ductwork|system|thermostat|unit)"
_SOLID_HVAC = r"(?:hvac|h v a c|a ?c(?: unit| system)?|air condition\w+|furnace|heat ?pump|boiler|mini.?splits?|central air|air handler|condenser)"

_PATTERNS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "basement finishing": (
        (r"finish\w* (?:the |our |my |out )*basement|basement (?:finish\w*|remodel\w*|renovat\w*|build ?out)|basement\b.{0,60}\b(?:finished|drywall|family room|bedroom|rec room|theater|bar|egress)|unfinished basement", 5),
        (r"\begress\b|\blower level\b|\bbasement apartment\b(?=.*finish)", 2),
        (r"\bbasement", 1.5),
    ),
    "basement waterproofing": (
        (r"waterproof\w*|sump ?pump|french drain|interior drain|crawl ?space encapsul\w*|foundation (?:crack|leak)|wet basement|damp basement", 5),
        (r"(?:water|seep\w*|leak\w*|damp|puddle\w*|wet|moisture)\b.{0,50}\b(?:basement|foundation|crawl ?space)|(?:basement|foundation|crawl ?space)\b.{0,60}\b(?:water|seep\w*|leak\w*|damp|puddles?|wet|moisture|efflorescence|when(?:ever)? it rains)", 4.5),
    ),
    "bathroom remodel": (
        (r"(?:remodel\w*|redo\w*|re ?do(?:ing|ne)?|renovat\w*|update|updating|gut\w*|new|convert\w*|replac\w*)\b.{0,40}\b(?:bath(?:room)?s?|shower|tub|master bath|powder room|half bath)|bath(?:room)?s?\b.{0,25}\b(?:remodel\w*|renovat\w*|redone|reno|update|gut\w*|makeover)|tub.to.shower|walk.?in (?:shower|tub)|re.?til\w+\b.{0,20}\bshower|(?:redone|gutted|remodeled)\b.{0,20}\bbath", 5),
        (r"\b(?:bath(?:room)?s?|shower|vanity|bathtub)\b", 1.8),
        (r"\b(?:grout|shower pan|curbless|grab bars|double vanity|vanity|soaking tub|shower glass)\b", 2),
    ),
    "cabinet painting": (
        (r"(?:paint\w*|refinish\w*|spray\w*|re ?paint\w*|restain\w*|reface|refacing|stain\w*)\b.{0,30}\bcabinets?|cabinets?\b.{0,30}\b(?:painted|painting|refinish\w*|sprayed|repainted|spray|refaced|restained)", 8),
        (r"cabinets?\b.{0,120}\b(?:oak|honey|white|navy|sage|color|gray|grey)\b.{0,60}\bpaint\w*", 2),
    ),
    "countertops": (
        (r"\b(?:laminate|formica|tile|old|granite|quartz) counters?\b|\bisland top\b|\bcounters?\b.{0,40}\b(?:quartz|granite|quartzite|marble)\b", 5),
        (r"(?:new|replac\w+|install\w*|quartz|granite|marble|quartzite|laminate|butcher block|solid surface|corian|want\w*|just|only|price on|quote (?:on|for))\b.{0,25}\bcounter ?tops?|counter ?tops?\b.{0,30}\b(?:replac\w+|install\w*|quartz|granite|fabricat\w*)|(?:granite|quartz|quartzite|marble) (?:counters?|slabs?|island)|slab yard", 5),
        (r"\bcounter ?tops?\b|\bcounters\b", 2.5),
        (r"\b(?:granite|quartz|quartzite|slab|backsplash|template|undermount)\b", 1.5),
    ),
    "deck": (
        (r"\bsplinter\w*\b|\btimber ?tech\b|\bwant the deck\b|\bscreened.in porch\b|\bcovered (?:patio|porch)\b", 3),
        (r"\b(?:new|build\w*|replac\w+|redo|rebuild\w*|composite|trex|repair|re.?deck\w*|stain\w*|pressure treated|add\w*|cedar|wood|rotten|rotting|back)\b.{0,20}\bdeck(?:s|ing)?\b|\bdeck\b.{0,40}\b(?:built|build|boards?|railing|replaced|rotting|rotted|rotten|stained|stairs|joists|composite|trex|estimate|quote|permit)\b", 5),
        (r"\bdeck(?:s|ing)?\b(?! (?:oven|of cards))|\bpergola\b|\bporch\b", 3),
    ),
    "door replacement": (
        (r"(?:new|replac\w+|install\w*|hang\w*|order\w*)\b.{0,25}\b(?:front|entry|exterior|back|patio|sliding|french|storm|side|interior|garage|barn|screen)? ?doors?\b|\b(?:front|entry|exterior|back|patio|sliding|sliding glass|french|storm|entrance) doors?\b.{0,60}\b(?:replac\w+|new|rot\w*|draft\w*|won't (?:close|lock|open|shut)|stuck|sticks|warped|kicked|broke\w*|install\w*)|\bslider\b.{0,30}\b(?:replac\w*|new|stuck)", 5),
        (r"\b(?:front|entry|patio|sliding|sliding glass|french|storm|back|garage) doors?\b|\bdoors?\b.{0,20}\b(?:fiberglass|frame|jamb|threshold)\b", 2.5),
    ),
    "drain and sewer": (
        (r"\b(?:(?:shower|tub|sink|toilet|floor|it) (?:doesn't|won't|isn't|not) (?:drain\w*|go(?:ing)? down)|gurgl\w+|drano|snak(?:e|ed|ing)|plunge[rd]?|won't go down|roots)\b", 4),
        (r"\b(?:sewer|sewage|septic|main ?line|clean ?out|hydro ?jet\w*|snake (?:it|the|a|out)|root(?:s|er)\b.{0,20}\b(?:line|pipe|sewer|drain)|camera (?:the|in the|inspection)\b|back(?:ing|ed|s)? ?up\b.{0,60}\b(?:toilet|tub|shower|drain|sink|sewer|floor|laundry|basement)|(?:toilets?|tub|shower|drain|sink|sewer|floor drain)\b.{0,50}\bback(?:ing|ed|s)? ?up|clogged|clog\b|drains?\b.{0,40}\b(?:slow|clog\w*|stopped|backed|back\w*|won't)|(?:slow|stopped.up|plugged|blocked) (?:drain|sink|toilet|tub))", 5),
        (r"(?<!french )\bdrains?\b(?! tile)|\bgurgl\w+", 2),
    ),
    "electrical panel upgrade": (
        (r"(?:panel|breaker box|fuse box|fuse panel|service|electrical service)\b.{0,40}\b(?:upgrad\w*|replac\w*|swap\w*|changed? out|two hundred|200|new|full|federal pacific|zinsco|insurance)|(?:upgrad\w*|replac\w*|swap\w*|new|change)\b.{0,30}\b(?:panel|breaker box|fuse box|electrical service|main breaker)\b|federal pacific|zinsco|(?:60|100|sixty|one hundred|a hundred|hundred).amp (?:panel|service|to)|panel upgrade|(?:200|two hundred).amp (?:service|panel)", 5),
        (r"\b(?:breaker box|fuse box|electrical panel|main panel|sub ?panel)\b", 2),
    ),
    "electrical repair": (
        (r"\b(?:outlets?|breakers?|switch(?:es)?|wiring|lights?|power|circuit|socket|plug)\b.{0,50}\b(?:spark\w*|trip\w*|dead|buzz\w*|burn\w*|hot|smok\w*|flicker\w*|out|stopped|not working|don't work|doesn't work|won't|melt\w*|half the house|shock\w*|dim\w*)|\b(?:sparks?|sparking|flicker\w*|tripping|trips|burning smell|electrical smell|lost power|no power|half (?:the|my|our) (?:house|power)|short(?:ed|ing)? out|got shocked|gfci|aluminum wiring|knob and tube|rewir\w+|add(?:ing)? (?:an? |some |a couple )?outlets?)\b|electrical (?:repair|problem|issue|work)", 4.5),
        (r"\b(?:outlets?|breakers?|wiring|electrician|electrical|circuit)\b", 1.5),
    ),
    "ev charger installation": (
        (r"\b(?:mach.?e|rivian|ioniq|leaf|polestar|lucid|chevy bolt|model (?:three|y|3|s|x)|f.?150 lightning)\b|\blevel (?:two|2)\b|\bwall connectors?\b|\b(?:two forty|240).{0,30}\b(?:car|garage|driveway)", 5),
        (r"\b(?:e\.? ?v\.? charg\w+|ev charg\w+|car charg\w+|tesla (?:charger|wall|connector)|wall connector|level (?:two|2) charg\w*|charging station|charger for (?:my|the|our|a) (?:car|ev|tesla|electric|truck)|(?:nema )?14.?50|fourteen.fifty|vehicle charg\w+)\b", 8),
        (r"\b(?:tesla|electric (?:car|vehicle|truck)|rivian|mach.?e|ioniq|hardwired|lightning|bolt)\b", 2.5),
        (r"\bcharger\b", 3),
    ),
    "exterior painting": (
        (r"\b(?:paint\w*|re ?paint\w*)\b.{0,40}\b(?:outside|exterior|house|home|trim|stucco|siding|fence|shutters|soffit\w*|eaves|brick|garage)\b|\b(?:outside|exterior|house|home|trim|stucco|siding|shutters|brick)\b.{0,50}\b(?:paint\w*|re ?painted|blister\w*|peel\w*)\b|exterior paint\w*|outside paint\w*", 4.5),
        (r"\bpeeling\b|\bblistering\b|\belastomeric\b|\bstucco\b", 1.5),
    ),
    "fencing": (
        (r"\bchain.?link\b|\bfenc(?:e|es|ing)\b.{0,20}\bdown\b|\b(?:blew|knocked|took) (?:down|out|over)\b.{0,30}\bfence|\bstockade\b|\bkeep the (?:dogs?|deer) (?:in|out)\b", 6),
        (r"\b(?:fenc(?:e|es|ing)\b.{0,40}\b(?:install\w*|new|replac\w*|fell|blew|down|built|build|repair\w*|feet|foot|linear|posts?|gates?|panels?|estimate|quote|leaning)|(?:new|install\w*|replac\w*|build\w*|repair\w*|privacy|vinyl|cedar|chain.?link|wood|aluminum|wrought iron|pool|split.?rail|picket|dog)\b.{0,20}\bfenc(?:e|es|ing))\b", 5),
        (r"\bfenc(?:e|es|ing)\b", 3.5),
    ),
    "fire damage restoration": (
        (r"\b(?:fire damage|smoke damage|soot|(?:kitchen|grease|house|garage|stove|electrical|dryer|small|had a|was a|the) fire\b(?! ?(?:pit|place|extinguisher))|smoke (?:smell|everywhere|and soot)|burned (?:down|up|the)|caught (?:on )?fire|fire department|fire marshal)\b", 6),
        (r"\bsmoke\b|\bboard(?:ed)? up\b|\bcharred\b", 2),
    ),
    "floor refinishing": (
        (r"\bre ?finish\w*\b.{0,30}\bfloor|\bscratch\w* (?:up )?(?:the |my |our )?(?:wood|hardwood|oak) floors?|\b(?:buff|recoat|sand) (?:them|it|the floors?)\b|\bworn (?:out |down )?(?:finish|spots?)\b|\bpolyurethane\b|\bdustless\b", 5),
        (r"\b(?:refinish\w*|sand\w*|re ?sand\w*|buff\w*|screen and (?:re)?coat|re ?coat\w*|re ?stain\w*)\b.{0,40}\b(?:floors?|hardwoods?|oak|wood)|\b(?:floors?|hardwoods?|oak)\b.{0,50}\b(?:refinish\w*|sand\w*|re ?sanded|buffed|re ?coated|re ?stained|stain\w*|scratch\w*)\b", 6),
    ),
    "flooring installation": (
        (r"\btile\b.{0,40}\b(?:entry|downstairs|replace it with (?:wood|plank|laminate))|\b(?:floor|floors) (?:is|are) (?:cracked|worn|shot|ruined|bad)\b|\bsheet vinyl\b|\blinoleum\b|\bglued.down\b|\bcarpet (?:is|and pad|stinks|has)\b", 4),
        (r"\b(?:install\w*|new|replac\w*|lay|put (?:in|down)|need|pull up|rip (?:up|out))\b.{0,40}\b(?:floors?|flooring|hardwoods?|carpet\w*|lvp|l v p|laminate|vinyl plank|tile floor)\b|\b(?:lvp|l v p|lvt|vinyl plank|luxury vinyl|engineered (?:hard)?wood|flooring|laminate floor\w*)\b|\bcarpet\w*\b.{0,40}\b(?:replac\w*|install\w*|new|out|pull)\b", 5),
        (r"\b(?:floors?|carpet\w*|hardwoods?|laminate|plank|sub ?floor|baseboards?|underlayment)\b", 1.5),
    ),
    "garage conversion": (
        (r"\b(?:convert\w*|turn\w*|conversion|make|making)\b.{0,30}\bgarage\b.{0,40}|\bgarage (?:conversion|into|apartment)\b|\bgarage\b.{0,30}\b(?:into an?|converted|conversion|apartment|living space|studio|bedroom|office|a ?d ?u)\b", 6),
    ),
    "generator installation": (
        (r"\bback.?up power\b|\bwhen the power goes out\b(?!.*solar)|\bpower outages?\b.{0,60}\b(?:tired|back ?up|again)|\bkicks? on by itself\b|\b(?:twenty.two|22|24|twenty) ?(?:k ?w|kilowatt)\b", 4),
        (r"\b(?:generators?|generac|standby|whole.?house generator|whole.?home generator|transfer switch|interlock|kohler)\b", 6),
    ),
    "gutters": (
        (r"\bgutters?\b", 3),
        (r"\b(?:gutters?|down ?spouts?|gutter guards?|leaf ?guards?|seamless)\b", 5),
    ),
    "hardscaping": (
        (r"\b(?:pavers?|patios?|retaining wall|seat wall|walkways?|fire ?pit|flagstone|stamped concrete|hardscap\w*|outdoor kitchen|stone steps|driveways?|concrete (?:pad|slab|patio)|boulders?|block wall)\b", 4),
        (r"\b(?:natural stone|stone ?work|concrete|brick (?:patio|walk\w*))\b", 1.5),
    ),
    "home addition": (
        (r"\bsecond (?:story|storey|floor) on\b|\bgo(?:ing)? up\b.{0,30}\b(?:story|ranch|level)|\b(?:more|extra) (?:space|room)\b.{0,40}\b(?:onto|on to|build)|\bextension\b|\bextend the (?:house|back|kitchen)\b", 5),
        (r"\b(?:additions?|add(?:ing)?(?: on)?(?: to (?:the|our|my)| an?| another)? (?:room|bedroom|story|second (?:story|floor|level)|sun ?room|family room|mother.in.law|in.law|bath|suite|space|master)|sun ?room|in.law suite|mother.in.law (?:suite|apartment|unit)|bump.?out|second (?:story|storey|floor) (?:addition|onto|on top)|build (?:on|out|up|onto)|adding on|add on|granny flat|a ?d ?u|accessory dwelling|dormer)\b", 5),
    ),
    "hvac installation": (
        (r"\breplace the whole (?:unit|system|thing)\b|\bsecond (?:bid|opinion|quote)\b.{0,80}\b(?:unit|system|compressor|furnace|a ?c)|\b(?:compressor|heat exchanger|coil)\b.{0,60}\b(?:replace|new (?:unit|system|one))|\b(?:furnace|air conditioner|a ?c|heat pump|boiler|unit)\b.{0,30}\b(?:\d\d|twenty|thirty|fifteen|eighteen) years old|\b(?:oil|propane|window units?) to (?:gas|central|heat pump)\b", 5),
        (rf"\b{_NEW}\b.{{0,35}}\b{_SOLID_HVAC}\b|\b{_SOLID_HVAC}\b.{{0,50}}\b(?:replac\w*|install\w*|new (?:one|unit|system)|estimate|quote|upgrade|convert\w*|years old|second opinion)|\bmini.?splits?\b|new (?:hvac )?(?:unit|system)\b|ductless|changeout|change out the (?:unit|system)", 4.5),
        (r"\b(?:seer|tons?|tonnage|ductwork|rebate)\b", 1.2),
    ),
    "hvac maintenance": (
        (rf"\b(?:tune.?ups?|maintenance|check.?up|inspect\w*|serviced?|servicing|clean\w*|winteriz\w*|annual|yearly|seasonal|fall check|spring check|maintenance plan|duct cleaning|filters?)\b.{{0,50}}\b{_SOLID_HVAC}|\b{_HVAC}\b.{{0,40}}\b(?:tune.?ups?|serviced|maintenance|check.?up|checked|looked at before|cleaned|inspected)|\b(?:tune.?ups?|duct cleaning|ducts? cleaned)\b", 5),
    ),
    "hvac repair": (
        (r"\b(?:air|heat|a c|ac|furnace|cooling|heating)(?:'s| is| has been)? out\b|\bdegrees in (?:here|my|the)\b|\bthermostat\b.{0,40}\b(?:blank|dead|screen|doesn't|won't|says)|\bcondenser\b.{0,30}\b(?:fan|noise|loud)|\bblower\b|\bno (?:air|cool)\b|\bit's (?:freezing|boiling|a hundred|so hot|so cold) in\b|\bsqueal\w*|\bhelicopter\b|\bshort cycl\w+", 5),
        (rf"\b{_HVAC}\b.{{0,50}}\b{_BROKEN}|\b(?:no (?:heat|a ?c|air|cooling|hot air|cold air)|(?:blowing|blows|putting out) (?:warm|hot|cold|lukewarm)(?: air)?|without (?:heat|a ?c|air)|won't (?:heat|cool)|heat(?:er|ing)?(?: is|'s| has been)? (?:out|off|gone|dead)|(?:a ?c|furnace|heater) (?:is |'s |just )?(?:out|off|down|dead)|house is (?:\w+ )?(?:degrees|freezing)|(?:ac|a c) (?:leaking|dripping)|refrigerant|freon|compressor|capacitor|pilot light|error code)\b", 5),
    ),
    "interior painting": (
        (r"\b(?:paint\w*|re ?paint\w*)\b.{0,40}\b(?:inside|interior|rooms?|bedrooms?|living|dining|hallway|walls?|ceilings?|nursery|office|stairwell|entry|condo|apartment|unit|downstairs|upstairs|whole inside)\b|\b(?:inside|interior|rooms?|bedrooms?|walls?|ceilings?|hallway|condo|apartment)\b.{0,40}\b(?:paint\w*|re ?painted)\b|interior paint\w*|wallpaper|popcorn ceiling|accent wall", 4.5),
        (r"\bpaint\w*\b", 1),
    ),
    "irrigation": (
        (r"\b(?:irrigation|sprinklers?(?! head in the ceiling)|drip (?:line|system)|blow.?outs?|back ?flow|sprinkler heads?|valve box|zones?\b.{0,20}\b(?:sprinkl\w*|water\w*|controller)|winteriz\w*\b.{0,20}\bsprinkler\w*)\b", 5),
    ),
    "kitchen remodel": (
        (r"\bnew cabinets (?:and|with|new)\b|\bmove the (?:sink|stove|fridge)\b|\bappliances\b|\bopen (?:it|the kitchen) up\b|\bgalley\b|\bpantry wall\b|\bkitchen island\b", 3.5),
        (r"(?:remodel\w*|redo\w*|re ?do(?:ing|ne)?|renovat\w*|update|updating|gut\w*|new|full)\b.{0,25}\bkitchens?|kitchens?\b.{0,30}\b(?:remodel\w*|renovat\w*|redone|reno|update[ds]?|gutted|makeover|gut)\b|estimate on (?:a|my|our|the) kitchen|(?:estimate|quote|bid)\b.{0,20}\bkitchen\b|kitchen and bath", 5),
        (r"\bkitchens?\b", 2.5),
        (r"\b(?:cabinets?|island|pantry|backsplash|range hood|counters?)\b", 1),
    ),
    "landscaping": (
        (r"\bfrench drains?\b.{0,40}\byard\b|\byard\b.{0,40}\b(?:hold\w* water|floods?|pond|swamp|drain\w*|soggy)|\b(?:hold\w* water|swamp|soggy|drainage)\b.{0,30}\byard\b", 7),
        (r"\b(?:design|redesign|redo) (?:the |my |our )?(?:yards?|front|back)\b|\b(?:yard|it)(?:'s| is) all (?:dirt|weeds|mud|clay)\b|\bbeds\b|\bgravel\b|\bpalms? planted\b|\bplant (?:some|a)\b|\bdrainage in the yard\b|\bdirt\b.{0,20}\bmud\b", 3),
        (r"\b(?:landscap\w*|sod|xeriscap\w*|mulch\w*|flower ?beds?|planting|shrubs?|bushes|artificial (?:turf|grass)|synthetic turf|turf|yard (?:design|makeover|clean.?up|redo\w*|redone)|redo (?:the|my|our) (?:yard|front yard|back ?yard)|native plants|grading|regrad\w*|drought|rain garden|garden design|river rock|new (?:front|back) ?yard)\b", 4),
        (r"\b(?:front|back) ?yard\b|\bgarden\b|\bplants\b", 1.2),
    ),
    "lawn care": (
        (r"\b(?:mow\w*|lawn (?:care|service|mow\w*|maintenance|treatment)|cut (?:the|my|our) (?:grass|lawn|yard)|grass (?:cut|cutting|mowed)|yard (?:mowed|cut|service|maintenance)|lawn\b.{0,30}\b(?:mowed|cut|weeds|treat\w*|brown|fertiliz\w*|dead)|fertiliz\w*|aerat\w*|over ?seed\w*|weed (?:control|and feed)|crab ?grass|grubs|edging|leaf (?:removal|clean.?up)|rak(?:e|ing) (?:the )?leaves|every (?:other )?week.{0,20}(?:lawn|grass|yard))\b", 5),
        (r"\blawn\b|\bgrass\b", 1.8),
    ),
    "lighting installation": (
        (r"\b(?:hang|put up) (?:a |the |two |my )?(?:chandelier|ceiling fans?|fixtures?|lights?)\b|\bdimmers?\b", 4),
        (r"\b(?:recessed|can lights?|pot lights?|chandeliers?|light fixtures?|fixtures? (?:install\w*|hung|put)|landscape light\w*|under.?cabinet light\w*|pendants?|(?:install\w*|hang\w*|put (?:in|up)|add\w*|new)\b.{0,25}\b(?:lights?|lighting|ceiling fans?|sconces?)|outdoor light\w*|lighting|(?:christmas|holiday|permanent|string|flood|track|led|motion) light\w*|ceiling fans?)\b", 4.5),
    ),
    "mold remediation": (
        (r"\bmusty\b|\bblack (?:spots|stuff|mold)\b|\bremediat\w*", 3),
        (r"\b(?:mold\w*|mould\w*|mildew (?:all|on the wall)|black stuff|spores?|air (?:samples?|quality test))\b", 5),
    ),
    "plumbing repair": (
        (r"\b(?:hose bib\w*|spigot|outside faucet)\b|\b(?:pipe|line)s?\b.{0,25}\b(?:froze|split|burst|cracked|leak\w*)|\bwater (?:meter|bill) (?:is |was |keeps |went )?(?:spinning|doubled|tripled|high)|\bshut.?off (?:valve )?(?:is |won't|stuck)|\btoilet (?:won't flush|keeps running|rocks|leaks)|\bshower (?:valve|handle|drip\w*)", 5),
        (r"\b(?:leak\w*|drip\w*|burst|broken|broke|running|runs|busted|spraying|pouring|cracked|frozen)\b.{0,40}\b(?:pipes?|faucets?|toilets?|sink|spigot|hose bib|shut.?off|supply line|garbage disposal|disposal|valve|under the (?:sink|kitchen sink|house|slab))\b|\b(?:pipes?|faucets?|toilets?|sink|spigot|hose bib|supply line|garbage disposal|disposal|shut.?off|slab|shower valve|water line|pressure)\b.{0,40}\b(?:leak\w*|drip\w*|burst|broke\w*|running|runs|busted|spray\w*|won't (?:stop|shut|turn|flush)|frozen|low|jammed|humming)|slab leak|garbage disposal|water pressure|plumbing (?:repair|leak|problem|issue)|gas (?:leak|line)|smell\w* gas|leaky", 4.5),
        (r"\b(?:plumber|plumbing|faucets?|toilets?|leak\w*|pipes?)\b", 1.4),
    ),
    "pool installation": (
        (r"\b(?:install\w*|put(?:ting)? in|build\w*|new|want|get(?:ting)?|dig\w*|add\w*|plunge|in.?ground|fiberglass|gunite)\b.{0,20}\b(?:pools?|hot tub|swim spa)\b(?! (?:service|clean|guy|tile|pump|liner|deck))|\bpools?\b.{0,30}\b(?:installed|built|put in|dug|construction|in (?:my|our|the) back ?yard|from scratch)\b", 4.5),
    ),
    "pool remodel": (
        (r"\b(?:resurface|redo|remodel|update|retile|replaster) (?:a |the |my |our )?pool\b|\bold pool\b|\bpool\b.{0,60}\b(?:stains?|rough|chunks|chipping|crack\w*)", 6),
        (r"\b(?:pools?\b.{0,40}\b(?:re ?plaster\w*|resurfac\w*|remodel\w*|redone|re ?do|re ?til\w*|renovat\w*|new (?:plaster|tile|liner|coping|deck)|liner|plaster|coping|crack\w*)|(?:re ?plaster\w*|resurfac\w*|remodel\w*|redo|re ?til\w*|renovat\w*|replac\w*|new liner)\b.{0,40}\bpools?|pool (?:liner|plaster|tile|coping|deck|remodel)|delaminat\w*|pebble ?tec|re ?plaster\w*|plaster\b.{0,30}\bpool)\b", 6),
        (r"\b(?:plaster|coping|pebble|liner)\b", 1.5),
    ),
    "pool service": (
        (r"\b(?:pools?\b.{0,50}\b(?:green|clean\w*|service\w*|weekly|maintenance|cloudy|chemicals|pump|filter|heater|open(?:ed|ing)?|clos(?:ed|ing)|winteriz\w*|leak\w*|algae|salt cell)|(?:clean\w*|service|open|opening|clos(?:e|ing)|maintain\w*|weekly|winteriz\w*|green)\b.{0,30}\bpools?|pool (?:guy|service|pump|filter|care|cleaning|opening|closing|heater))\b", 4.5),
        (r"\bpools?\b", 1.5),
    ),
    "repiping": (
        (r"\b(?:re.?pip\w*|polybutylene|poly ?b|galvanized|(?:replac\w*|new|change|swap|redo)\b.{0,30}\b(?:all (?:the|of the|my|our) (?:pipes|plumbing|piping)|water lines|piping|plumbing throughout)|whole.?house (?:pipes?|plumbing)|pex|pin.?hole leaks?|all (?:the |new )?(?:copper|pipes)|rusty water)\b", 6),
    ),
    "roof repair": (
        (r"\bproblem with (?:the|my|our) roof\b|\bfix (?:the|my|our|a) roof\b|\broof\b.{0,30}\b(?:problem|leak\w*|hole)|\bcoming (?:in|through) (?:the|my|our) (?:ceiling|roof)|\bwater (?:inside|in) .{0,30}\bwhen .{0,10}rain|\bfix (?:it )?only\b|\bsoft spot\b|\bnail pops?\b", 3.5),
        (r"\b(?:roof\w*|shingles?|flashing|skylight|chimney|ceiling|attic|valley|vent boot|pipe boot)\b.{0,60}\b(?:leak\w*|drip\w*|missing|patch\w*|repair\w*|lifted|blew off|blown off|came off|fell off|stain|spot|tarp\w*|loose|fix\w*|coming in|wet)\b|\b(?:leak\w*|repair\w*|patch\w*|fix\w*|missing|few|tarp\w*|couple(?: of)?|lost)\b.{0,25}\b(?:roof|shingles?|flashing)\b|water (?:is )?(?:coming|dripping|leaking) (?:in|through|from) (?:the |my |our )?(?:roof|ceiling|attic|skylight)", 4.5),
        (r"\b(?:roof\w*|shingles?)\b", 1.3),
    ),
    "roof replacement": (
        (r"\b(?:epdm|tpo|ballasted|flat roof|torch.?down|modified bitumen|metal roof)\b|\b(?:approved|need|want|get|for) (?:a |the |it )?(?:full |roof )?replace(?:ment|d)\b|\bcurling\b|\bdone patching\b|\bend of its life\b|\bnew shingles\b|\btear.?off\b", 3),
        (r"\b(?:new|replac\w*|whole|full|tear.?off|complete|another|re.?do|entire|metal|estimate (?:on|for) (?:a|my|our|the)|quote (?:on|for) (?:a|my|our|the)|bid (?:on|for) (?:a|my|our|the))\b.{0,20}\broofs?\b|\broof\b.{0,50}\b(?:replac\w*|tear.?off|years old|needs to go|end of its life|at the end|redone|re ?done|is shot|original|bid|quote|estimate|insurance won't|non.?renew\w*)|re.?roof\w*|roof replacement", 4.5),
        (r"\b(?:standing seam|architectural shingles?|squares?|underlayment|decking)\b", 1.2),
    ),
    "siding": (
        (r"\bsiding\b.{0,40}\b(?:rotten|rotting|cracked|faded|melted|replace\w*|shot)|\bwoodpeckers?\b", 3),
        (r"\b(?:siding|hardie\w*|hardy ?(?:board|plank)|fiber cement|james hardie|vinyl siding|board and batten|lap siding|clapboards?|t1.?11|house wrap)\b", 4.5),
    ),
    "solar installation": (
        (r"\bsolar\b|\bpanels on the roof\b|\btax credit\b.{0,40}\bsolar|\bgoing solar\b|\belectric bill\b.{0,60}\b(?:solar|panels)|\bpanels?\b.{0,30}\b(?:battery|roof)", 4),
        (r"\b(?:solar|panels on (?:the|my|our) roof|photovoltaic|power ?walls?|battery (?:backup|storage)|net metering)\b", 3.5),
        (r"\b(?:go(?:ing)?|get(?:ting)?|install\w*|put|add\w*|interested in|quote|estimate|looking (?:at|into)|want)\b.{0,25}\bsolar\b|\bsolar\b.{0,30}\b(?:install\w*|quote|estimate|system|on (?:the|my|our) (?:roof|house))\b", 2.5),
    ),
    "solar repair": (
        (r"\bsolar\b.{0,80}\b(?:bankrupt|out of business|down since|not (?:making|producing|generating)|off ?line|stopped|quit|chew\w*|app says|error)|\bpanels? (?:taken off|removed|put back|aren't|not|stopped)|\b(?:squirrels?|pigeons?|birds?)\b.{0,40}\bpanels|\btake (?:the|my) (?:solar )?panels (?:off|down)|\bremove and reinstall\b", 7),
        (rf"\b(?:solar|inverter|panels?)\b.{{0,60}}\b(?:{_BROKEN}|not producing|stopped producing|producing (?:nothing|zero|half)|error|offline|red light|repair\w*|fault|went out of business|out of business|squirrels?|pigeons?|birds?|remov\w+ and re ?install\w*|take (?:them|it|the panels) (?:down|off))|inverter|detach and reset|monitoring (?:app|says)|microinverter\w*", 5.5),
    ),
    "storm damage": (
        (r"\bhail\b|\bstorm\b.{0,80}\b(?:damage|roof|insurance|claim|adjuster)|\badjuster\b.{0,60}\b(?:roof|hail|storm|siding)|\btree (?:came|fell|went) (?:through|on|into)", 3),
        (r"\b(?:hail\w*|storm damage|tornado|hurricane|wind ?storm|wind damage|microburst|derecho|(?:storm|wind|last night's storm|tree|limb|branch)\b.{0,50}\b(?:took|ripped|tore|blew|damaged|through (?:the|my|our) (?:roof|house|garage)|(?:on|onto) (?:the|my|our) (?:roof|house|garage))|the storm\b|after the storm|storm)\b", 5),
        (r"\b(?:claim|adjuster|deductible|insurance)\b", 1.2),
    ),
    "tree service": (
        (r"\b(?:limb|branch|tree)s?\b.{0,30}\b(?:came down|fell|across|hanging|over (?:my|the|our)|lean\w*)|\btake (?:out|down) (?:a|one|two|the|some|three)\b.{0,20}\b(?:tree|pine|oak|palm|elm|maple)|\bemerald ash\b|\bstorm.?damaged tree", 4),
        (r"\b(?:trees?\b.{0,50}\b(?:remov\w*|cut|down|trim\w*|prun\w*|dead|dying|lean\w*|limbs?|branch\w*|fell|fall\w*|stumps?|taken)|(?:remov\w*|cut|trim\w*|prun\w*|dead|take|taking|big|grind\w*|fallen|leaning)\b.{0,30}\b(?:trees?|stumps?|limbs?|oak|pine|maple|elm|palm|ash|cottonwood|pecan)\b|stump grind\w*|arborist|tree (?:service|guy|work|removal|trimming)|stumps?)\b", 5),
        (r"\btrees?\b", 1.5),
    ),
    "water damage restoration": (
        (r"\b(?:foot|feet|inches) (?:deep|of water)\b|\bpump(?:ed)? out\b|\bdry.?out\b|\bcupping\b|\bbuckl(?:e|ing)\b|\bbaseboards are\b|\bleaked all (?:night|weekend)\b|\bran all (?:night|weekend)\b|\bwet (?:drywall|carpet|insulation)\b|\bsoaked\b", 4),
        (r"\b(?:flood\w*|water damage|water (?:is )?(?:everywhere|all over|pouring|gushing)|(?:soaked|soaking|standing water|inch(?:es)? of water|dry (?:it )?out|dried out|extract\w*|dehumidifier|fans in|ceiling (?:came down|collapsed|fell|caved)|drywall is (?:wet|soaked)|carpets? (?:is|are) (?:wet|soaked|squish\w*)|restoration))\b", 5),
        (r"\b(?:pipe burst|burst pipe|washing machine (?:hose|overflow\w*|leak\w*)|dishwasher leak\w*|water heater (?:burst|let go|flooded)|came through the ceiling|wet|soak\w*)\b", 2),
    ),
    "water heater": (
        (r"\b(?:water heaters?|hot water (?:heater|tank)|tank ?less|no hot water|(?:out of|without|lost) hot water|hot water (?:is|runs?|ran|won't|isn't|went) )", 6),
        (r"\bhot water\b|\b(?:forty|fifty|40|50).gallon\b|\bpilot\b", 2),
    ),
    "whole home remodel": (
        (r"\b(?:basically |pretty much |doing )(?:the |our |my )?(?:whole|entire) (?:house|home|place|thing)\b|\bkitchen\b.{0,40}\bbaths\b|\bmechanicals\b|\bdesign.?build\b|\barchitect\b", 4),
        (r"\b(?:it|everything) (?:all )?(?:has|needs|have) to be (?:re ?done|updated)\b|\bthe whole (?:house|place)\b.{0,20}\b(?:needs|re ?done|remodel)|\bgut renovation\b|\bestate\b.{0,40}\bre ?do|\binvestment property\b|\brental\b.{0,30}\b(?:rehab|re ?do)", 4),
        (r"\b(?:(?:whole|entire|full|complete)[ -](?:house|home|place|thing)[ -](?:remodel\w*|renovat\w*|gut|rehab|reno)|(?:remodel\w*|renovat\w*|gut\w*|redo|rehab\w*|update)\b.{0,20}\b(?:the |our |my )?(?:whole|entire) (?:house|home|place|thing)|gut (?:job|rehab|reno\w*)|down to the studs|(?:whole|entire) (?:house|home)\b.{0,30}\b(?:remodel\w*|renovat\w*|redone|gut\w*)|fixer.?upper|flip(?:ping)? (?:a|the|this) house|everything in the house|(?:kitchen|bath\w*)\b.{0,40}\b(?:bath\w*|kitchen)\b.{0,40}\b(?:floor\w*|paint\w*|everything)\b|top to bottom)\b", 6),
    ),
    "window replacement": (
        (r"\breplacement windows?\b|\bwindows?\b.{0,40}\b(?:approved|white|slider|condo\w*)|\bsash\b|\bpanes?\b|\bimpact (?:glass|windows)\b", 4),
        (r"\b(?:(?:new|replac\w*|install\w*|impact|double.?hung|double.?pane|storm|drafty|foggy|bay|picture|egress|vinyl|casement|old|single.?pane|hurricane|broken)\b.{0,25}\bwindows?|windows?\b.{0,50}\b(?:replac\w*|new|install\w*|drafty|foggy|fog\w*|seals?|leak\w*|quote|estimate|cracked|single.?pane|rot\w*|painted shut|years old|original))\b", 4.5),
        (r"\bwindows\b", 1.8),
    ),
    "other": (
        (r"\b(?:handyman|home repairs?|bit of everything|list of (?:repairs|things|items|stuff)|inspection (?:report )?came back|odds and ends|honey.?do|toilet that rocks|bathroom fan|power (?:wheel)?chair|wheel ?chair(?! accessible)|ramps?\b|chimney (?:sweep\w*|cap|swept|clean\w*|liner)|insulation|insulat\w+|garage door (?:spring|opener|won't|is stuck|off (?:the|its) track|cable)|foundation repair|house is (?:sinking|settling)|pier\w*|closets?|shelves|shelving|well pump|water softener|water filtration|radon|stair ?lift|railings?|handrails?|asbestos|demolition|demo (?:a|the|an old)|haul away|junk|knock down|shed|awnings?|shutters? installed|blinds|pest|termites?|rats?|mice|pressure wash\w*|power wash\w*|window (?:cleaning|washing)|carpet cleaning|house cleaning|locksmith|appliance repair|septic (?:tank )?(?:pump\w*|inspect\w*)|elevator|sauna|dock|seawall|boat lift|snow (?:removal|plow\w*)|drywall (?:repair|patch)|stucco repair|dryer vent|security (?:system|cameras?)|handyman|odd jobs|concrete leveling|mud ?jack\w*|epoxy|skylight install\w*|fireplace|wood stove|playground|swing ?set|barn|pole barn|greenhouse|carport|tile roof cleaning|gazebo)\b", 4.5),
    ),
}  # fmt: skip

TYPES: Mapping[str, tuple[tuple[re.Pattern[str], float], ...]] = {
    kind: tuple((re.compile(pattern, re.IGNORECASE), weight) for pattern, weight in rows)
    for kind, rows in _PATTERNS.items()
}

BEATS: tuple[tuple[str, str, float], ...] = (
    ("other", "plumbing repair", 0.6),
    ("other", "door replacement", 0.6),
    ("cabinet painting", "interior painting", 1.0),
    ("cabinet painting", "kitchen remodel", 1.0),
    ("countertops", "kitchen remodel", 0.6),
    ("floor refinishing", "flooring installation", 1.0),
    ("mold remediation", "bathroom remodel", 0.8),
    ("ev charger installation", "electrical panel upgrade", 1.0),
    ("ev charger installation", "electrical repair", 1.0),
    ("solar repair", "solar installation", 0.6),
    ("solar installation", "roof replacement", 0.6),
    ("solar installation", "roof repair", 0.8),
    ("solar installation", "electrical repair", 0.8),
    ("storm damage", "roof replacement", 0.8),
    ("storm damage", "roof repair", 1.0),
    ("water heater", "plumbing repair", 1.0),
    ("repiping", "plumbing repair", 1.0),
    ("drain and sewer", "plumbing repair", 0.8),
    ("generator installation", "electrical repair", 1.0),
    ("garage conversion", "home addition", 0.7),
    ("whole home remodel", "kitchen remodel", 0.8),
    ("whole home remodel", "bathroom remodel", 0.8),
    ("pool remodel", "pool service", 0.8),
    ("hardscaping", "landscaping", 0.6),
    ("basement waterproofing", "basement finishing", 0.9),
    ("water damage restoration", "plumbing repair", 0.6),
    ("fire damage restoration", "kitchen remodel", 1.0),
    ("fire damage restoration", "electrical repair", 1.0),
)
"""(this, over that, from this share of that one's points on): the narrower job wins when both were named."""
