"""Who forbids calls, and who only says when to call."""

import pytest

from scoring.extraction.providers.rules import dialogue, kinds
from tests.scoring.labelled import talk


@pytest.mark.parametrize(
    ("said", "forbidden"),
    [
        ("take me off your list", True),
        ("stop calling me", True),
        ("put me on your do not call list", True),
        ("please don't call me I mean it", True),
        ("No calls, no texts, nothing.", True),
        ("don't you ever call here again", True),
        ("don't call before eight", False),
        ("please don't call me at work", False),
        ("put me on the schedule", False),
        ("email is best, I don't pick up", False),
        ("call me any time", False),
    ],
)
def test_only_a_caller_who_forbids_calls_forbids_calls(said: str, *, forbidden: bool) -> None:
    assert kinds.forbids_calls(dialogue.read(talk("A: hello", f"C: {said}"))) == forbidden


def test_the_agents_own_request_forbids_nothing() -> None:
    call = dialogue.read(talk("C: hi we offer leads", "A: take us off your list and don't call here again"))

    assert not kinds.forbids_calls(call)
