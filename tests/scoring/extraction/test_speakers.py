"""Who speaks on a recording with one channel."""

from scoring.extraction import speakers
from tests.scoring.labelled import talk


def test_greeting_questions_and_wishes_tell_agent_and_caller() -> None:
    lines = talk(
        "U: thank you for calling cedar and stone how can i help you",
        "U: hi i'm calling about getting an estimate on a kitchen",
        "U: okay can i get your name",
        "U: rosalind okafor",
        "U: hmm",
    )

    assert [line.speaker for line in speakers.told(lines)] == ["agent", "caller", "agent", "caller", "unknown"]


def test_speakers_known_from_channels_are_never_changed() -> None:
    lines = talk("C: thank you for calling cedar and stone", "U: my name is bo")

    assert speakers.told(lines) == lines
