"""Words that are never part of a person's name; without capitals they show where a name ends."""

NEVER = frozenset(
    """
a about above across actually after again against ago ahead all almost alone along already also although always am an and another any
anybody anymore anyone anything anyway apparently appointment appreciate are aren't around as ask asked asking at available away back bad
basement bathroom be because been before begin behind being believe best better between big both bought bring broke broken but buy by bye call
called caller calling calls came can can't cannot cause cell check checking close clean come comes coming completely concerned confused could
couldn't couple course curious current currently customer day days dead definitely did didn't different do does doesn't doing don't done
door down downstairs driving due during each earlier early easy eight eighteen eighty either eleven else email emailing end enough especially even
ever every everybody everyone everything everywhere exactly excited extra family far fifteen fifty fine first five fix fixed following for
forty four fourteen free friday from front full fully getting girl give given giving glad go goes going gone gonna good got gotta great guess guy
guys had half hang happy hard has hasn't have haven't having he he's hello help her here here's hers hey hi him his hit hold home hoping house
how however huh hundred husband i i'd i'll i'm i've idea if important in including inside instead interested into is isn't it it's its itself
job just keep kind kinda kitchen know land landlord large last late lately later least leave left less let let's like line listen listening little live
living located long look looked looking lot made main make making manager many maybe me mean met might mine minute missing mom moment monday
month months more morning most mostly move moving much must my myself name named name's near need needed needing needs neighbor neighbors never new
next nice night nine nineteen ninety no nobody none nope not nothing now number o'clock of off office oh ok okay old on once one ones only
open or order other others our ours out outside over own owner paid part people phone place planning please point pretty probably problem put
question quick quite quote ready really reason regarding remember rent renting reply retired returning right roof room said same saturday saw say
saying says second see seen send sent serious set seven seventeen seventy several she she's should shouldn't show sick side since sir sister six sixteen sixty
so some somebody someone something sometime soon sorry speaking spell spelled spelling spoke spring stand start started still stop street stuck stuff such summer
sunday supposed sure take taking talk talked talking tell ten than thank thanks that that'd that'll that's the their them then there there's these they
they'd they'll they're they've thing things think thinking third thirteen thirty this those though thought thousand three through thursday till time times
to today together told tomorrow tonight too took totally toward town tried try trying tuesday twelve twenty two uh uhm um under understand unfortunately until up
upset upstairs us use used using usually very wait waiting want wanted wanting wants was wasn't water way we we'd we'll we're we've wednesday week weekend
weeks well went were weren't what what'd what's whatever when whenever where where's whether which while who who's whole whose why wife
with within without woman won't wonder wondering word work worked working worried would wouldn't wrong yard yeah year years yep yes yesterday yet you
you'd you'll you're you've your yours yourself yup zero ma'am madam mister account address area bill business company email emails estimate information
mail message project repair service text website cash credit insurance leak leaking renters tenant tenants property manager assistant secretary son daughter
mother father dad brother friend boss kid kids baby honey babe letter letters hyphen dash apostrophe double capital space underscore dot period
estimates hiring sprinklers winter fall capitalized hiya howdy evening afternoon sounds perfect awesome absolutely alright anytime
trouble weird whoever works actual bunch contact correct during details easier either else everyone's fast few figured finally forget forgot form former
fun happened hate hear heard hours huge ignore inch interest kids large latest lady lives local locals lost middle midnight moved moving
nearby nearly obviously online original package particular pick plan plus possible possibly prefer prices price pricing probably purchase quickly reach reached
referred referral recommended request schedule scheduled seeing seems shot simple simply small soonest specific stopped system tad tiny type types unit units
urgent visit visiting voicemail wall whichever worse worst yall y'all guys' theirs
""".split()
)
SECOND_NAMES = frozenset(
    "ann anne lee jo sue lynn lynne mae marie jean kate beth lou rose grace jane ray bob joe louise may kay carlos maria jose luis elena antonio isabel alberto".split()
)
"""Second halves of double first names: Beth Ann, Mary Lou, Juan Carlos."""
TITLES = frozenset(
    "mr mrs ms miss mister dr doctor sir madam ma'am professor prof reverend rev pastor father sister officer captain".split()
)
PARTICLES = frozenset("de del della der den di da dos du la las le los van von st saint san el al bin mc mac o".split())
