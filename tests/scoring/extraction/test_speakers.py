"""Who speaks on a recording with one channel."""

import datetime as dt

from scoring.extraction import speakers
from scoring.extraction.provider import CallContext
from scoring.extraction.providers.rules.analyzer import Rules
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


def test_who_answers_with_name_and_company_is_the_agent_and_who_greets_by_that_name_the_caller() -> None:
    lines = talk(
        "U: Hi, this is Mark with Summit Home Remodeling.",
        "U: Thanks for calling.",
        "U: Hi, Mark.",
        "U: I was looking at getting my kitchen remodeled.",
    )

    assert [line.speaker for line in speakers.told(lines)] == ["agent", "agent", "caller", "caller"]


def test_who_names_a_company_later_in_the_call_is_not_taken_for_the_agent() -> None:
    lines = talk("U: Hello?", "U: Yes?", "U: Hi, this is Dave with Apex Marketing, I was calling about your website.")

    assert speakers.told(lines)[2].speaker == "caller"


def test_the_agents_name_is_not_taken_for_the_callers() -> None:
    context = CallContext("+15125550147", "", 100, "inbound", dt.datetime(2026, 11, 23, 16, tzinfo=dt.UTC))
    lines = speakers.told(
        talk("U: Hi, this is Mark with Summit Home Remodeling.", "U: Hi, Mark.", "U: I need my kitchen remodeled.")
    )

    assert not {"first_name", "last_name"} & set(Rules().analyze(lines, context).facts)


def test_speakers_known_from_channels_are_never_changed() -> None:
    lines = talk("C: thank you for calling cedar and stone", "U: my name is bo")

    assert speakers.told(lines) == lines
