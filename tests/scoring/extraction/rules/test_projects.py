"""Which kind of project wins where a call names several."""

import datetime as dt

import pytest

from scoring.extraction.provider import CallContext
from scoring.extraction.providers.rules import dialogue, projects
from scoring.extraction.providers.rules.analyzer import Rules
from tests.scoring.labelled import talk


def kind(*said: str) -> object:
    context = CallContext("+15125550147", "", 100, "inbound", dt.datetime(2026, 11, 23, 16, tzinfo=dt.UTC))
    return Rules().analyze(talk(*said), context).facts["project_type"].value


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            (
                "A: Summit Home Remodeling, how can I help you today?",
                "C: Hi Mark, I was looking at getting my kitchen remodeled and maybe the master bathroom too.",
                "A: Are you thinking new cabinets, countertops, or a full gut remodel?",
                "C: We want to replace the cabinets, put in quartz countertops, and take out a wall.",
            ),
            "kitchen remodel",
        ),
        (
            (
                "A: Lakeside Kitchens, good morning.",
                "C: Hi, I'd like a quote for new quartz countertops in my kitchen, the cabinets stay.",
            ),
            "countertops",
        ),
    ],
)
def test_the_whole_job_beats_a_part_of_it_and_a_part_alone_stays_one(said: tuple[str, ...], wanted: str) -> None:
    assert kind(*said) == wanted


def details(caller: str, *, agent: str = "A: Summit Home Remodeling, this is Mark, how can I help you?") -> object:
    context = CallContext("+15125550147", "", 100, "inbound", dt.datetime(2026, 11, 23, 16, tzinfo=dt.UTC))
    return Rules().analyze(talk(agent, f"C: {caller}"), context).facts["project_details"].value


@pytest.mark.parametrize(
    "opening",
    [
        "",
        "Hi Mark, ",
        "Mark, ",
        "Hi, Mark. ",
        "Hello? Hi, Mark, how are you? ",
        "Hey there. ",
        "Hi there, Mark! ",
        "Good morning, Mark, um, ",
        "Yes, Mark, so, ",
        "Thanks, Mark. Well, ",
        "hi mark ",
        "Hi Denise, ",  # she took over: only the greeting tells that it is a name
        "Good afternoon Mrs. Whitfield, ",
        "Yeah, hi, ",
    ],
)
def test_the_details_begin_behind_the_greeting_and_the_agents_name(opening: str) -> None:
    wish = "I was looking at getting my kitchen remodeled, new cabinets and all"

    assert details(f"{opening}{wish}.") == wish


@pytest.mark.parametrize(
    "said",
    [
        "Kitchen, bathroom and the hallway floor need to be remodeled",
        "Gutters, I need new gutters on the whole house",
        "Mark the wall where the new cabinets of the kitchen end, please",
        "Will you remodel a kitchen in a rented house as well",
        "This is Jane Doe, I want my kitchen remodeled",
        "Hiring you to remodel my kitchen is what I want",
        "Thank you for remodeling my kitchen, now I want the bath done",
        "So-called self closing cabinets in my kitchen need to be replaced",
        "Well pump and water heater need to be replaced this week",
        "I need the tub on the second floor replaced in my bathroom remodel",
    ],
)
@pytest.mark.parametrize("greeting", ["", "Hi, "])
def test_what_the_matter_is_stays_whole(greeting: str, said: str) -> None:
    agent = "A: Summit Remodeling, this is Will, how can I help you?"

    assert details(f"{greeting}{said}.", agent=agent) == said


def test_a_turn_that_is_nothing_but_a_greeting_stays() -> None:
    call = dialogue.read(talk("A: Summit Roofing, this is Mark.", "C: Hello, Mark."))

    shown = projects.find(call, projects.hear(call))["project_type"].evidence

    assert [piece.quote for piece in shown] == ["Hello, Mark"]
