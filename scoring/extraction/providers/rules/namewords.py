"""Words that tell where a name begins and ends in a transcript without capitals."""

from scoring.extraction.providers.rules.words import listed

NEVER = listed(
    """
a about above absolutely account across actual actually address after afternoon again against ago ahead all
almost alone along already alright also although always am an and another any anybody anymore anyone anything
anytime anyway apostrophe apparently appointment appreciate are area aren't around as ask asked asking assistant
at available away awesome babe baby back bad basement bathroom be because been before begin behind being believe
best better between big bill boss both bought bring broke broken brother bunch business but buy by bye call
called caller calling calls came can can't cannot capital capitalized cash cause cell check checking clean close
come comes coming company completely concerned confused contact correct could couldn't couple course credit
curious current currently customer dad dash daughter day days dead definitely details did didn't different do
does doesn't doing don't done door dot double down downstairs driving due during each earlier early easier easy
eight eighteen eighty either eleven else email emailing emails end enough especially estimate estimates even
evening ever every everybody everyone everyone's everything everywhere exactly excited extra fall family far
fast father few fifteen fifty figured finally fine first five fix fixed following for forget forgot form former
forty four fourteen free friday friend from front full fully fun getting girl give given giving glad go goes
going gone gonna good got gotta great guess guy guys guys' had half hang happened happy hard has hasn't hate
have haven't having he he's hear heard hello help her here here's hers hey hi him hiring his hit hiya hold home
honey hoping hours house how howdy however huge huh hundred husband hyphen i i'd i'll i'm i've idea if ignore
important in inch including information inside instead insurance interest interested into is isn't it it's its
itself job just keep kid kids kind kinda kitchen know lady land landlord large last late lately later latest
leak leaking least leave left less let let's letter letters like line listen listening little live lives living
local locals located long look looked looking lost lot ma'am madam made mail main make making manager many maybe
me mean message met middle midnight might mine minute missing mister mom moment monday month months more morning
most mostly mother move moved moving much must my myself name name's named near nearby nearly need needed
needing needs neighbor neighbors never new next nice night nine nineteen ninety no nobody none nope not nothing
now number o'clock obviously of off office oh ok okay old on once one ones online only open or order original
other others our ours out outside over own owner package paid part particular people perfect period phone pick
place plan planning please plus point possible possibly prefer pretty price prices pricing probably problem
project property purchase put question quick quickly quite quote reach reached ready really reason recommended
referral referred regarding remember rent renters renting repair reply request retired returning right roof room
said same saturday saw say saying says schedule scheduled second secretary see seeing seems seen send sent
serious service set seven seventeen seventy several she she's shot should shouldn't show sick side simple simply
since sir sister six sixteen sixty small so some somebody someone something sometime son soon soonest sorry
sounds space speaking specific spell spelled spelling spoke spring sprinklers stand start started still stop
stopped street stuck stuff such summer sunday supposed sure system tad take taking talk talked talking tell ten
tenant tenants text than thank thanks that that'd that'll that's the their theirs them then there there's these
they they'd they'll they're they've thing things think thinking third thirteen thirty this those though thought
thousand three through thursday till time times tiny to today together told tomorrow tonight too took totally
toward town tried trouble try trying tuesday twelve twenty two type types uh uhm um under underscore understand
unfortunately unit units until up upset upstairs urgent us use used using usually very visit visiting voicemail
wait waiting wall want wanted wanting wants was wasn't water way we we'd we'll we're we've website wednesday
week weekend weeks weird well went were weren't what what'd what's whatever when whenever where where's whether
which whichever while who who's whoever whole whose why wife winter with within without woman won't wonder
wondering word work worked working works worried worse worst would wouldn't wrong y'all yall yard yeah year
years yep yes yesterday yet you you'd you'll you're you've your yours yourself yup zero
"""
)
"""Never part of a person's name. Words that are names too (Rose, Will, Mark, Grant) are left out."""
SECOND_NAMES = listed(
    """
alberto ann anne antonio beth bob carlos elena grace isabel jane jean jo joe jose kate kay lee lou louise
luis lynn lynne mae maria marie may ray rose sue
"""
)
"""Second halves of double first names: Beth Ann, Mary Lou, Juan Carlos."""
TITLES = listed(
    "mr mrs ms miss mister dr doctor sir madam ma'am professor prof reverend rev pastor father sister officer captain"
)
PARTICLES = listed("de del della der den di da dos du la las le los van von st saint san el al bin mc mac o")
