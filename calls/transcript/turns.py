"""Makes turns of words: split where a speaker pauses, put in time order, one speaker's run joined."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from calls.transcript.provider import Turn, Word

LONG_PAUSE = 1.0
SENTENCE_PAUSE = 0.25
"""Seconds of silence after a full stop that end a turn."""
JOINED_PAUSE = 2.0
SENTENCE_ENDS = (".", "?", "!")


def build(channels: Sequence[Sequence[Word]]) -> list[Turn]:
    """Return the turns of a call from each channel's words.

    With one channel a turn is about a sentence: who speaks is not known. With several, sentences of one channel
    that follow each other closely are one turn.
    """
    sentences = [(channel, words) for channel, heard in enumerate(channels) for words in _sentences(heard)]
    sentences.sort(key=lambda one: (one[1][0].start, one[0]))
    if len(channels) > 1:
        sentences = list(_joined(sentences))
    return [_turn(channel, words) for channel, words in sentences]


def _sentences(words: Iterable[Word]) -> Iterator[list[Word]]:
    sentence: list[Word] = []
    for word in words:
        if sentence:
            pause = word.start - sentence[-1].end
            ended = sentence[-1].text.endswith(SENTENCE_ENDS)
            if pause > LONG_PAUSE or (ended and pause >= SENTENCE_PAUSE):
                yield sentence
                sentence = []
        sentence.append(word)
    if sentence:
        yield sentence


def _joined(sentences: Iterable[tuple[int, list[Word]]]) -> Iterator[tuple[int, list[Word]]]:
    for channel, run in itertools.groupby(sentences, key=lambda one: one[0]):
        words: list[Word] = []
        for _, more in run:
            if words and more[0].start - words[-1].end > JOINED_PAUSE:
                yield channel, words
                words = []
            words = words + more
        yield channel, words


def _turn(channel: int, words: Sequence[Word]) -> Turn:
    return Turn(
        channel=channel,
        start=words[0].start,
        end=max(word.end for word in words),
        text=" ".join(word.text for word in words),
        confidence=sum(word.probability for word in words) / len(words),
        words=tuple(words),
    )
