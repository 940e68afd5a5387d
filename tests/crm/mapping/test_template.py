"""The grammar of templates: literals and {{paths}}, closed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.mapping import template
from crm.mapping.template import BadTemplate, Path
from crm.mapping.variables import VARIABLES

PATHS = sorted(VARIABLES)
paths = st.sampled_from(PATHS)
literals = st.text(max_size=40).filter(lambda text: "{{" not in text and "}}" not in text)
plain = st.text(st.characters(exclude_characters="{}"), max_size=20)
values = st.dictionaries(paths, st.text(max_size=40))


def filled(text: str, known: dict[str, str]) -> str:
    return template.fill(template.parse(text, paths=VARIABLES), known)


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("{{caller_name.first}}", {"caller_name.first": "Jane"}, "Jane"),
        ("{{ caller_phone }}", {"caller_phone": "+15125550147"}, "+15125550147"),
        ("lead", {}, "lead"),
        ("", {}, ""),
        ("Score {{score.total}} ({{score.band}})", {"score.total": "87", "score.band": "hot"}, "Score 87 (hot)"),
        ("Source: {{source.name}} / {{source.medium}}", {"source.name": "Google"}, "Source: Google /"),
        ("Source: {{source.name}} / {{source.medium}}", {}, ""),
        (
            "By phone\nSource: {{source.name}}\nGoogle: {{source.gclid}}\n",
            {"source.name": "Ads"},
            "By phone\nSource: Ads",
        ),
        ("By phone\nSource: {{source.name}}", {}, ""),
        ("{not a variable} {x}", {}, "{not a variable} {x}"),
    ],
)
def test_a_template_is_filled(text: str, known: dict[str, str], expected: str) -> None:
    assert filled(text, known) == expected


@pytest.mark.parametrize(
    "text", ["=1+1", "+roof +repair", "-cmd|' /C calc'!A0", "@SUM(1)", "\uff1dcmd()", "+1\n=2", "\t=1"]
)
def test_a_value_that_would_be_a_formula_is_kept_a_text(text: str) -> None:
    assert filled("{{source.name}}", {"source.name": text}) == f"'{text.strip()}"
    assert filled("Source: {{source.name}}", {"source.name": text}) == f"Source: {text}"
    assert filled("{{source.medium}}\n{{source.name}}", {"source.name": text}) == f"'{text.strip()}"


@pytest.mark.parametrize("text", ["+15125550147", "+1 (512) 555-0147", "-5", "+44.20.7946.0958"])
def test_a_number_with_a_sign_is_no_formula(text: str) -> None:
    assert filled("{{call.tracking_number}}", {"call.tracking_number": text}) == text


@pytest.mark.parametrize(
    "text",
    [
        "{{caller_name.middle}}",
        "{{caller_phone",
        "caller_phone}}",
        "{{caller_phone}}}}",
        "{{{{caller_phone}}}}",
        "{{caller_phone|upper}}",
        "{{caller_phone.__class__}}",
        "{{Caller_phone}}",
        "{{}}",
        "{{ 7*7 }}",
        "x" * 2001,
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        template.parse(text, paths=VARIABLES)

    assert str(refused.value)


@given(literals)
def test_a_literal_stays_as_it_is(text: str) -> None:
    assert filled(text, {}) == text.strip()


@given(st.text(max_size=60), values)
def test_any_text_is_either_filled_or_refused(text: str, known: dict[str, str]) -> None:
    try:
        parsed = template.parse(text, paths=VARIABLES)
    except BadTemplate:
        return

    assert all(part.name in VARIABLES for part in parsed if isinstance(part, Path))
    assert isinstance(template.fill(parsed, known), str)


@given(paths, paths)
def test_a_value_is_never_read_as_a_template(name: str, other: str) -> None:
    value = f"{{{{{other}}}}}"

    assert filled(f"{{{{{name}}}}}", {name: value, other: "secret" if other != name else value}) == value


@given(plain, paths, plain, paths)
def test_every_variable_stands_where_it_was_written(before: str, one: str, between: str, two: str) -> None:
    known = {one: "1", two: "2"}

    text = filled(f"{before}{{{{{one}}}}}{between}{{{{{two}}}}}", known)

    assert text.removeprefix("'") == f"{before}{known[one]}{between}{known[two]}".strip().removeprefix("'")
