"""The rules keep the analyzer's contract."""

from typing import ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.extraction import evidence
from scoring.extraction.providers.rules.analyzer import Rules
from tests.contracts.analyzer import AnalyzerContract
from tests.scoring.labelled import context, talk


class TestRules(AnalyzerContract):
    """No network, no model."""

    slug: ClassVar[str] = "rules"


@settings(max_examples=60)
@given(st.lists(st.builds("{}: {}".format, st.sampled_from("ACU"), st.text(max_size=80)), max_size=8))
def test_any_words_give_findings_that_hold(said: list[str]) -> None:
    lines = talk(*said)

    found = Rules().analyze(lines, context())

    assert {name: fact.value for name, fact in evidence.checked(found, lines).facts.items()} == {
        name: fact.value for name, fact in found.facts.items()
    }
