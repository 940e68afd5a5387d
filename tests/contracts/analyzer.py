"""What every analyzer promises, whatever it is built on."""

from typing import ClassVar

import pytest

from scoring.extraction import evidence, registry
from scoring.extraction.provider import CALLER_KINDS, FACTS, AnalyzerProvider, Evidence, Fact
from tests.scoring.labelled import Labelled, context, sales_calls, talk


class AnalyzerContract:
    """The suite; a provider's test class says which one it is."""

    slug: ClassVar[str]

    @pytest.fixture
    def analyzer(self) -> AnalyzerProvider:
        return registry.load(self.slug)

    @pytest.fixture
    def kitchen(self) -> Labelled:
        return next(call for call in sales_calls() if call.id == "call-001")

    def test_it_answers_under_its_own_slug_and_has_a_label(self, analyzer: AnalyzerProvider) -> None:
        assert (analyzer.slug, bool(analyzer.label)) == (self.slug, True)

    def test_what_it_finds_passes_the_check_unchanged(self, analyzer: AnalyzerProvider, kitchen: Labelled) -> None:
        found = analyzer.analyze(kitchen.lines, kitchen.context)

        kept = evidence.checked(found, kitchen.lines)

        assert {name: fact.value for name, fact in kept.facts.items()} == {
            name: fact.value for name, fact in found.facts.items()
        }
        assert found.caller_kind in CALLER_KINDS
        assert {*found.facts} <= {*FACTS}

    def test_the_same_words_give_the_same_findings(self, analyzer: AnalyzerProvider, kitchen: Labelled) -> None:
        assert analyzer.analyze(kitchen.lines, kitchen.context) == analyzer.analyze(kitchen.lines, kitchen.context)

    def test_a_clear_call_gives_its_contact_with_the_words(self, analyzer: AnalyzerProvider, kitchen: Labelled) -> None:
        found = analyzer.analyze(kitchen.lines, kitchen.context)

        names = ("first_name", "last_name", "stated_phone", "email", "budget_min", "budget_max", "project_type")
        assert [found.facts[name].value for name in names] == [kitchen.gold[name] for name in names]
        assert isinstance(found.facts["stated_phone"], Fact)
        assert all(isinstance(piece, Evidence) for piece in found.facts["stated_phone"].evidence)
        assert "Rosalind Okafor" in found.summary

    def test_the_caller_id_is_never_a_stated_number(self, analyzer: AnalyzerProvider) -> None:
        lines = talk("A: hello", "C: hi i need my gutters cleaned just call me back on this number")

        assert "stated_phone" not in analyzer.analyze(lines, context(caller_id="+15125550134")).facts

    @pytest.mark.parametrize("said", [(), ("C: ",), ("A: hello",), ("U: uh",), ("C: " + "yeah " * 4000,)])
    def test_any_transcript_gets_an_answer(self, analyzer: AnalyzerProvider, said: tuple[str, ...]) -> None:
        found = analyzer.analyze(talk(*said), context())

        assert found.caller_kind in CALLER_KINDS
        assert 0 <= found.confidence <= 1
