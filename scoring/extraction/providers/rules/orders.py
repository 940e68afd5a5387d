"""Finds orders spoken to the software: they are no facts, whoever speaks them (row A9)."""

import re

_ORDER = re.compile(
    r"(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|your\s+|the\s+|my\s+)*(?:previous"
    r"|prior|earlier|above|other|system|instructions?|rules|prompt)"
    r"|(?:attention|hey|hello|dear|note to|message (?:to|for)|instructions? (?:to|for)"
    r"|this is (?:for|to))\W+(?:the\s+|any\s+|your\s+)*(?:\w+\s+)?(?:language model|ai|a i|a\.i\."
    r"|assistant|software|bot|system|transcri\w+|computer|model|algorithm|l\s?l\s?m|gpt|chat\s?gpt"
    r"|gemini)\b"
    r"|\b(?:language model|system prompt|prompt injection|as an ai|you are an ai|developer mode|end of transcript)\b"
    r"|\b(?:mark|flag|tag|label|classify|rate|score|record|log|register|treat|save)\s+(?:this|the|me"
    r"|it|my)\s*(?:call|caller|lead|transcript|conversation|record)?\s*(?:as|at"
    r"|with)\b(?:\W+\w+){0,4}\W+(?:lead|hot|qualified|opportunity|emergency|hundred|\d+|urgent"
    r"|priority|vip|booked)"
    r"|\b(?:set|put|write|enter|fill|change|update|output|return|respond|print"
    r"|add)\s+(?:\S+\s+){0,8}?(?:in|into|to|as|for|with)\s+(?:the\s+|your\s+"
    r"|a\s+)?(?:\w+\s)?(?:score|json|confidence|lead status|crm|output|(?:e-?mail|name|phone|budget"
    r"|score|urgency|status|notes?|summary|lead|type|kind)\s+field)\b"
    r"|\b(?:set|change|update|raise)\s+(?:the\s+|my\s+|this\s+|your\s+)*(?:lead\s+)?(?:score|urgency"
    r"|confidence|caller kind|budget field|intent)\s+(?:to|at|as)\b"
    r"|\b(?:lead\s+)?score\s+(?:of\s+|to\s+|is\s+|equals\s+)?(?:100|one hundred|a hundred|ninety\s?\w*|9\d)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.?!](?=\s|$)")


def blanked(text: str) -> str:
    """Return the text with every sentence that gives an order to software replaced by blanks of the same length.

    A transcript without punctuation has no sentences: from the order on, the rest of the turn goes.
    """
    while found := _ORDER.search(text):
        start = max((end.end() for end in _SENTENCE_END.finditer(text, 0, found.start())), default=0)
        stop = _SENTENCE_END.search(text, found.end())
        if not _SENTENCE_END.search(text):
            start = found.start()
        end = stop.end() if stop else len(text)
        text = text[:start] + " " * (end - start) + text[end:]
    return text
