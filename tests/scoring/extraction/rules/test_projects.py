"""Which kind of project wins where a call names several."""

import datetime as dt

import pytest

from scoring.extraction.provider import CallContext
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
