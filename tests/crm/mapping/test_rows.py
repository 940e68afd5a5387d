"""Rows of a mapping: what is written, what only on creation, what is refused."""

import pytest

from crm.mapping import rows
from crm.mapping.defaults import DEFAULTS
from crm.mapping.rows import Filled, Problem
from crm.sync import registry
from crm.sync.provider import LEAD_KEY, OWN_FIELDS

KNOWN = {"caller_name.first": "Jane", "lead.display_name": "Jane"}


def test_empty_values_are_left_out() -> None:
    mapping: rows.Rows = {"firstname": "{{caller_name.first}}", "email": "{{caller_email}}"}

    assert rows.fill(mapping, KNOWN) == Filled({"firstname": "Jane"}, {})


def test_the_second_template_is_for_new_records_and_for_want_of_the_first() -> None:
    mapping: rows.Rows = {
        "stage": {"if_new": "lead"},
        "last": {"value": "{{caller_name.last}}", "if_new": "{{lead.display_name}}"},
        "first": {"value": "{{caller_name.first}}", "if_new": "{{lead.display_name}}"},
    }

    assert rows.fill(mapping, KNOWN) == Filled({"first": "Jane"}, {"stage": "lead", "last": "Jane"})


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        (["firstname"], "", "A mapping is an object"),
        ({1: "x"}, "", "A mapping is an object"),
        ({str(n): "x" for n in range(201)}, "", "200 is the most"),
        ({" ": "x"}, " ", "1 to 100 characters"),
        ({"a": 7}, "a", "A row is a template"),
        ({"a": {}}, "a", "A row is a template"),
        ({"a": {"value": "x", "code": "y"}}, "a", "A row is a template"),
        ({"a": {"if_new": None}}, "a", "A row is a template"),
        ({"a": "{{nothing}}"}, "a", "There is no variable {{nothing}}"),
    ],
)
def test_rows_from_outside_are_refused_with_field_and_reason(given: object, field: str, words: str) -> None:
    [problem] = rows.problems(given)

    assert problem.field == field
    assert words in problem.reason


def test_every_bad_template_is_named() -> None:
    found = rows.problems({"a": "{{no}}", "b": {"value": "}}", "if_new": "{{"}, "c": "fine"})

    assert [problem.field for problem in found] == ["a", "b", "b"]
    assert all(isinstance(problem, Problem) for problem in found)


@pytest.mark.parametrize("slug", registry.PROVIDERS)
def test_the_defaults_are_mappings_that_could_be_stored(slug: str) -> None:
    assert rows.problems(DEFAULTS[slug]) == []


@pytest.mark.parametrize("slug", ["hubspot", "pipedrive"])
def test_the_defaults_fill_every_field_that_set_up_makes(slug: str) -> None:
    ours = {own.name for own in OWN_FIELDS} - {LEAD_KEY}

    assert ours <= set(DEFAULTS[slug])
