"""How well the rules read labelled calls: floors below which a change has made them worse."""

import pytest

from scoring.extraction import evidence
from scoring.extraction.provider import FACTS, PROJECT_TYPES, Findings
from scoring.extraction.providers.rules import dialogue, projects
from scoring.extraction.providers.rules.analyzer import Rules
from scoring.score import compute, criteria
from tests.scoring.labelled import (
    HERE,
    Labelled,
    own_calls,
    precision_and_recall,
    rank_correlation,
    sales_calls,
    talk,
)

FLOORS = {
    "first_name": (0.95, 0.95),
    "last_name": (0.95, 0.95),
    "stated_phone": (0.95, 0.95),
    "email": (0.95, 0.95),
    "project_type": (0.9, 0.9),
    "budget_min": (0.9, 0.9),
    "budget_max": (0.9, 0.9),
}
"""Fact → least precision and least recall."""


def read(call: Labelled) -> Findings:
    return evidence.checked(Rules().analyze(call.lines, call.context), call.lines)


@pytest.fixture(scope="module")
def sales() -> list[tuple[Labelled, Findings]]:
    return [(call, read(call)) for call in sales_calls()]


@pytest.fixture(scope="module")
def own() -> list[tuple[Labelled, Findings]]:
    return [(call, read(call)) for call in own_calls()]


@pytest.mark.parametrize("corpus", ["sales", "own"])
@pytest.mark.parametrize("name", FLOORS)
def test_facts_are_found_at_least_as_well_as_before(name: str, corpus: str, request: pytest.FixtureRequest) -> None:
    calls: list[tuple[Labelled, Findings]] = request.getfixturevalue(corpus)
    pairs = [(call.gold[name], found.facts[name].value if name in found.facts else None) for call, found in calls]

    precision, recall = precision_and_recall(pairs)

    assert (precision >= FLOORS[name][0], recall >= FLOORS[name][1]) == (True, True), [
        pair for pair in pairs if pair[0] != pair[1]
    ]


@pytest.mark.parametrize("corpus", ["sales", "own"])
@pytest.mark.parametrize("name", ["caller_kind", "project_intent", "do_not_call"])
def test_kind_intent_and_do_not_call_are_right_in_nineteen_of_twenty_calls(
    name: str, corpus: str, request: pytest.FixtureRequest
) -> None:
    calls: list[tuple[Labelled, Findings]] = request.getfixturevalue(corpus)

    wrong = [(call.id, call.gold[name]) for call, found in calls if getattr(found, name) != call.gold[name]]

    assert len(wrong) <= len(calls) / 20, wrong


def test_urgency_is_right_in_nine_of_ten_calls(
    sales: list[tuple[Labelled, Findings]], own: list[tuple[Labelled, Findings]]
) -> None:
    wrong = [
        (call.id, call.gold["urgency"])
        for call, found in sales + own
        if (found.facts["urgency"].value if "urgency" in found.facts else "none") != (call.gold["urgency"] or "none")
    ]

    assert len(wrong) <= len(sales + own) / 10, wrong


def test_scores_rank_calls_as_a_human_reader_does(sales: list[tuple[Labelled, Findings]]) -> None:
    limits = criteria.parsed(0, {}, {})
    scores = {
        call.id: compute.of_transcript(
            caller_kind=found.caller_kind,
            project_intent=found.project_intent,
            facts=found.facts,
            lines=call.lines,
            duration=call.context.duration,
            confidence=found.confidence,
            criteria=limits,
        ).score
        for call, found in sales
    }
    with_intent = [call for call, _ in sales if call.gold["project_intent"]]

    def agreement(calls: list[Labelled]) -> float:
        return rank_correlation([scores[call.id] for call in calls], [call.gold["quality"] for call in calls])

    assert (agreement([call for call, _ in sales]) >= 0.9, agreement(with_intent) >= 0.75) == (True, True)


def test_every_kind_of_project_is_known_by_its_first_sentence() -> None:
    openings = [line.split("|", 1) for line in (HERE / "extraction" / "openings.txt").read_text().splitlines()]

    wrong = []
    for kind, sentence in openings:
        call = dialogue.read(talk("A: thank you for calling how can i help", f"C: {sentence}"))
        found = projects.find(call, projects.hear(call))
        if found["project_type"].value != kind:
            wrong.append((kind, sentence, found["project_type"].value))

    assert {kind for kind, _ in openings} == set(PROJECT_TYPES)
    assert len(wrong) <= len(openings) / 20, wrong


def test_every_fact_comes_with_words_of_the_call(sales: list[tuple[Labelled, Findings]]) -> None:
    unproven = [
        (call.id, name)
        for call, found in sales
        for name, fact in found.facts.items()
        if not fact.evidence
        or any(piece.quote.lower() not in call.lines[piece.utterance].text.lower() for piece in fact.evidence)
    ]

    assert unproven == []
    assert {name for _, found in sales for name in found.facts} == set(FACTS)
