"""The call as the rules read it: turns of both sides, what was asked before each, orders to software left out."""

import dataclasses
import re
from collections.abc import Iterator, Sequence

from scoring.extraction.provider import Evidence, Line
from scoring.extraction.providers.rules import orders, words
from scoring.extraction.providers.rules.words import Word

_TOPICS = {
    "name": re.compile(
        r"^\W*(?:\w+ ){0,2}name\W*$|\b(?:(?:your|her|his|their) (?:full |first |last )?names?|who am i"
        r"|who(?:'s| is) (?:this|calling)|whom"
        r"|who do i have|(?:the|a|first|last|full|and) name|names?\?"
        r"|who(?:m)? (?:should|do|can) (?:i|we) ask|asking for|put (?:it|this|you) under|name (?:for"
        r"|on) (?:the|your|that)|who(?:'s| is) it for|spell"
        r"|call you|i say is calling|speaking with|name and)\b",
        re.IGNORECASE,
    ),
    "phone": re.compile(
        r"^\W*(?:\w+ ){0,2}(?:number|cell)\W*$|\b(?:phone|(?:best|good|callback|call back|contact|cell"
        r"|mobile|telephone|your|a|that"
        r"|this) number|number (?:for|to|is|you|in case|we|i)"
        r"|reach you|call you(?: back)?(?: at)?|get (?:a )?hold of you|text you|call ?back|digits|area code)\b",
        re.IGNORECASE,
    ),
    "email": re.compile(r"\b(?:e-?mails?|e mails?|send (?:it|that|you|the))\b", re.IGNORECASE),
    "budget": re.compile(
        r"\b(?:budget(?:ed|ing)?|price range|price point|spend(?:ing)?|invest(?:ing|ment)?|afford"
        r"|stay (?:at|around|under|within|in)|ballpark(?:ing)? (?:for )?you"
        r"|(?:number|figure|range|amount|price|dollar amount) (?:in (?:mind|your (?:head|mind))"
        r"|you(?:'re|'d| are| were)? (?:trying|hoping|looking|thinking|comfortable|want\w*|had|have)"
        r"|to hit|to stay)|thought about (?:price|cost|money|what)"
        r"|hoping to (?:pay|keep)|set aside|how much (?:were|are|do|did) you (?:want|look|hop|think"
        r"|plan))\b",
        re.IGNORECASE,
    ),
    "time": re.compile(
        r"\b(?:when|how soon|time ?(?:line|frame)|time line|timing|start(?:ed|ing)?|how (?:quick|fast)"
        r"|what day|which day|hurry|rush|this (?:season|year|spring|summer|fall|winter)|soon|deadline"
        r"|looking to do it)\b",
        re.IGNORECASE,
    ),
    "address": re.compile(
        r"\b(?:address|located|where (?:are|is|do)|zip|street|what (?:city|town|part))\b", re.IGNORECASE
    ),
}
_YES = re.compile(
    r"^(?:(?:oh|ok|okay|um|uh|well|so|ha|and)\b[,.!]? )*(?:yes|yeah|yep|yup|yea|correct|right"
    r"|exactly|sure|uh huh|mm ?-?hmm|mhm|absolutely|perfect|you got it|si|sí"
    r"|that(?:'s| is) (?:it|right|correct|me|mine|the one|good|fine|the best|my)|that(?:'ll"
    r"| will) (?:work|do)|it is|that works|that one)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"^(?:(?:oh|ok|okay|um|uh|well|yeah|sorry)[,.]? )*(?:no|nope|not quite|close|almost|wrong)\b(?! problem)",
    re.IGNORECASE,
)


_LONGEST_LINE = 6000
"""Letters of an utterance that are read: six minutes of speech without a pause."""


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """One utterance, its words, and the agent's words that it answers."""

    index: int
    position: int
    speaker: str
    start: float
    text: str
    words: tuple[Word, ...]
    asked: str
    """What the agent said right before, empty if nothing."""

    @property
    def is_agent(self) -> bool:
        """Return whether the business speaks."""
        return self.speaker == "agent"

    def answers(self, topic: str) -> bool:
        """Return whether the agent's words before were about this topic."""
        return bool(_TOPICS[topic].search(self.asked))

    def agrees(self) -> bool:
        """Return whether it begins with a yes."""
        return bool(_YES.search(self.text.strip()))

    def denies(self) -> bool:
        """Return whether it begins with a no."""
        return bool(_DENIES.search(self.text.strip()))

    def quote(self, first: Word, last: Word) -> Evidence:
        """Return the words from first to last as evidence."""
        return Evidence(self.position, self.start, self.text[first.start : last.end])

    def found(self, match: "re.Match[str]") -> Evidence:
        """Return what a pattern found as evidence, cut at word ends."""
        return self.cut(match.start(), match.end())

    def cut(self, start: int, end: int) -> Evidence:
        """Return a stretch of the text as evidence."""
        return Evidence(self.position, self.start, self.text[start:end].strip(" ,.;"))


@dataclasses.dataclass(frozen=True, slots=True)
class Dialogue:
    """All turns of a call; `has_capitals`: the engine begins most of them with one, so it writes names so too."""

    turns: tuple[Turn, ...]
    has_capitals: bool

    def customer(self) -> Iterator[Turn]:
        """Yield the turns of the customer's side: the caller, others with the caller, and who isn't known."""
        return (turn for turn in self.turns if not turn.is_agent)

    def agent(self) -> Iterator[Turn]:
        """Yield the turns of the business."""
        return (turn for turn in self.turns if turn.is_agent)

    def said(self) -> str:
        """Return all words of the customer's side."""
        return " \n ".join(turn.text for turn in self.customer())

    def heard(self) -> str:
        """Return all words of the business."""
        return " \n ".join(turn.text for turn in self.agent())

    def before(self, turn: Turn) -> Turn | None:
        """Return the turn before."""
        return self.turns[turn.index - 1] if turn.index else None

    def after(self, turn: Turn) -> Turn | None:
        """Return the turn after."""
        return self.turns[turn.index + 1] if turn.index + 1 < len(self.turns) else None


def read(lines: Sequence[Line]) -> Dialogue:
    """Return the dialogue of these lines. Orders to software are blanked out, so that places still hold."""
    turns: list[Turn] = []
    asked = ""
    for line in lines:
        text = orders.blanked(line.text[:_LONGEST_LINE])
        own = "" if line.speaker == "agent" else asked
        turns.append(Turn(len(turns), line.position, line.speaker, line.start, text, tuple(words.split(text)), own))
        if line.speaker != "agent":
            continue
        before = turns[-2] if len(turns) > 1 else None
        asked = f"{before.text} {text}" if before and before.is_agent else text
    firsts = [first for line in lines if (first := next((letter for letter in line.text if letter.isalpha()), ""))]
    capitals = sum(first.isupper() for first in firsts)
    return Dialogue(tuple(turns), has_capitals=capitals * 2 > len(firsts))
