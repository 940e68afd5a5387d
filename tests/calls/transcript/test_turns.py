"""Words become turns: by pauses, in time order, one speaker's run joined."""

from hypothesis import given
from hypothesis import strategies as st

from calls.transcript import turns
from calls.transcript.provider import Word


def words(*pairs: tuple[str, float]) -> list[Word]:
    """Return words of 0.2 s at these moments."""
    return [Word(text, start, start + 0.2, 0.9) for text, start in pairs]


def lines(channels: list[list[Word]]) -> list[tuple[int, str]]:
    return [(turn.channel, turn.text) for turn in turns.build(channels)]


def test_one_channel_is_parted_at_sentences_and_long_pauses() -> None:
    heard = words(("Hello.", 0), ("Fine", 0.5), ("thanks.", 0.75), ("Good.", 1), ("So", 2), ("well", 3.5))

    assert lines([heard]) == [(0, "Hello."), (0, "Fine thanks. Good."), (0, "So"), (0, "well")]


def test_two_channels_are_in_time_order_with_a_speakers_sentences_joined() -> None:
    agent = words(("Hi.", 0), ("Help?", 0.6), ("Great.", 5), ("Later.", 8))
    caller = words(("Kitchen.", 2), ("Please.", 3))

    assert lines([agent, caller]) == [(0, "Hi. Help?"), (1, "Kitchen. Please."), (0, "Great."), (0, "Later.")]


def test_a_turn_spans_its_words_and_has_their_mean_probability() -> None:
    (turn,) = turns.build([[Word("a", 1.0, 1.5, 0.5), Word("b", 1.5, 1.8, 1.0)]])

    assert (turn.start, turn.end, turn.confidence, turn.text) == (1.0, 1.8, 0.75, "a b")
    assert [word.text for word in turn.words] == ["a", "b"]


def test_silence_has_no_turns() -> None:
    assert turns.build([[], []]) == []


CHANNEL = st.lists(st.tuples(st.sampled_from(["a", "b.", "c?"]), st.floats(0.01, 3)), max_size=20)


@given(st.lists(CHANNEL, min_size=1, max_size=3))
def test_no_word_is_lost_and_turns_follow_one_another(gaps: list[list[tuple[str, float]]]) -> None:
    channels: list[list[Word]] = []
    for channel in gaps:
        at, heard = 0.0, []
        for text, gap in channel:
            heard.append(Word(text, at + gap, at + gap + 0.1, 0.5))
            at += gap + 0.1
        channels.append(heard)

    built = turns.build(channels)

    assert [turn.start for turn in built] == sorted(turn.start for turn in built)
    for number, heard in enumerate(channels):
        assert [word for turn in built if turn.channel == number for word in turn.words] == heard
