"""Whoever found them: facts stay only in range and with words that were said."""

import dataclasses

import pytest

from pipeline.errors import Transient
from scoring.extraction import evidence
from scoring.extraction.provider import Evidence, Fact, Findings
from tests.scoring.labelled import talk

LINES = talk("A: your name and number", "C: Rosalind Okafor, 512-555-0134, rosalind@example.com, it's for a  kitchen")


def fact(value: str | int, quote: str, at: int = 1) -> Fact:
    return Fact(value, 0.9, (Evidence(at, 0.0, quote),))


def findings(**facts: Fact) -> Findings:
    return Findings("lead", project_intent=True, do_not_call=False, facts=facts, summary="", confidence=0.9)


def values(found: Findings) -> dict[str, str | int]:
    return {name: one.value for name, one in evidence.checked(found, LINES).facts.items()}


def test_facts_with_words_of_the_call_are_kept_with_the_call_s_own_spelling_and_time() -> None:
    found = evidence.checked(findings(project_type=fact("kitchen remodel", "A kitchen")), LINES)

    assert found.facts == {"project_type": Fact("kitchen remodel", 0.9, (Evidence(1, 5.0, "a  kitchen"),))}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("first_name", fact("Rosalind", "Rosalynn")),
        ("first_name", fact("Rosalind", "Rosalind", at=0)),
        ("first_name", fact("Rosalind", "Rosalind", at=9)),
        ("first_name", fact("Rosalind", "  ")),
        ("first_name", Fact("Rosalind", 0.9, ())),
        ("first_name", fact("R", "Rosalind")),
        ("stated_phone", fact("555-0134", "555-0134")),
        ("email", fact("rosalind at example", "rosalind@example.com")),
        ("project_type", fact("moon base", "kitchen")),
        ("urgency", fact("very soon", "kitchen")),
        ("urgency", fact("none", "kitchen")),
        ("budget_min", fact("40000", "512")),
        ("budget_min", fact(-1, "512")),
        ("budget_min", fact(0, "512")),
        ("budget_max", fact(10**12, "512")),
        ("timeline", fact(" ", "kitchen")),
        ("favourite_colour", fact("blue", "kitchen")),
    ],
)
def test_a_fact_out_of_range_or_without_its_words_is_dropped(name: str, given: Fact) -> None:
    assert values(findings(**{name: given})) == {}


def test_contact_data_is_cleaned_whoever_found_it() -> None:
    given = findings(
        first_name=fact("ROSALIND", "Rosalind"),
        stated_phone=fact("(512) 555-0134", "512-555-0134"),
        email=fact("Rosalind@Example.com", "rosalind@example.com"),
    )

    assert values(given) == {
        "first_name": "Rosalind",
        "stated_phone": "+15125550134",
        "email": "rosalind@example.com",
    }


def test_a_range_upside_down_is_dropped() -> None:
    assert values(findings(budget_min=fact(50, "512"), budget_max=fact(40, "512"))) == {}


def test_without_intent_nothing_of_a_project_is_kept() -> None:
    given = findings(
        project_type=fact("deck", "kitchen"), timeline=fact("now", "kitchen"), last_name=fact("Okafor", "Okafor")
    )

    assert values(dataclasses.replace(given, project_intent=False)) == {"last_name": "Okafor"}


@pytest.mark.parametrize("kind", ["spam", "robocall"])
def test_nobodys_name_comes_from_robots_and_scams(kind: str) -> None:
    given = findings(first_name=fact("Rosalind", "Rosalind"), stated_phone=fact("5125550134", "512-555-0134"))

    assert values(dataclasses.replace(given, caller_kind=kind, project_intent=False)) == {}


def test_a_kind_of_caller_that_does_not_exist_is_asked_again() -> None:
    with pytest.raises(Transient) as raised:
        evidence.checked(dataclasses.replace(findings(), caller_kind="friend"), LINES)

    assert raised.value.code == "analyzer.bad_answer"


def test_confidence_is_kept_between_nothing_and_certainty() -> None:
    found = evidence.checked(dataclasses.replace(findings(), confidence=7), LINES)

    assert found.confidence == 1


def test_facts_survive_being_stored() -> None:
    facts = {"last_name": fact("Okafor", "Okafor"), "budget_max": fact(50_000, "512")}

    assert evidence.from_json(evidence.to_json(facts)) == facts
