"""What the look promises and a machine can hold: no colour outside the tokens, contrast, no inline style or script."""

import importlib
import re
from pathlib import Path

import pytest
from django.test import Client, override_settings

from pipeline.dashboard import urls

ROOT = Path(__file__).resolve().parents[2]
SHEETS = sorted((ROOT / "static/css").glob("*.css"))
CSS = "".join(sheet.read_text() for sheet in SHEETS)
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}\b(?!\")|\brgba?\(|\bhsla?\(")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def tokens() -> dict[str, tuple[str, str]]:
    """Return the tokens' colours in light and dark."""
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", CSS)
    same = re.findall(r"--([\w-]+): (#\w{6});", CSS)
    return {name: (light, dark) for name, light, dark in pairs} | {name: (one, one) for name, one in same}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    (text, ground)
    for text, grounds in {
        "ink": ("surface", "canvas", "sunken", "accent-tint", "ok-tint", "warn-tint", "bad-tint", "warm", "line"),
        "ink-2": ("surface", "canvas", "sunken", "accent-tint"),
        "ink-3": ("surface", "canvas"),
        "accent-ink": ("surface", "canvas", "accent-tint", "sunken"),
        "on-accent": ("accent", "accent-hover"),
        "on-hot": ("hot",),
        "ok": ("surface", "ok-tint"),
        "bad": ("surface", "bad-tint", "sunken"),
        "warn": ("surface", "warn-tint"),
    }.items()
    for ground in grounds
]
"""Which text stands on which ground."""


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_has_the_contrast_of_wcag_aa_in_both_themes(text: str, ground: str) -> None:
    colours = tokens()

    for theme in (0, 1):
        assert contrast(colours[text][theme], colours[ground][theme]) >= 4.5


def test_the_table_of_contrasts_says_what_the_tokens_give() -> None:
    colours = tokens()
    table = [
        f"| `{text}` | `{ground}` | {light:.1f} | {dark:.1f} |"
        for text, ground in [*PAIRS, ("control", "surface"), ("control", "canvas"), ("plot", "surface")]
        for light, dark in [[contrast(colours[text][theme], colours[ground][theme]) for theme in (0, 1)]]
    ]

    written = (ROOT / "docs/reference/look.md").read_text().splitlines()
    assert [line for line in written if line.startswith("| `")] == table


@pytest.mark.parametrize("ground", ["surface", "canvas"])
def test_borders_of_controls_are_seen(ground: str) -> None:
    for theme in (0, 1):
        assert contrast(tokens()["control"][theme], tokens()[ground][theme]) >= 3


def test_colours_stand_in_the_token_block_only() -> None:
    begin = CSS.index(":root {")
    end = CSS.index("}", begin)

    assert COLOUR.findall(CSS[:begin] + CSS[end:]) == []
    for template in TEMPLATES:
        assert COLOUR.findall(template.read_text()) == [], template


def test_templates_hold_no_inline_style_or_script() -> None:
    for template in TEMPLATES:
        text = template.read_text()
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text), template
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), template


def test_every_class_of_the_stylesheet_is_used_by_a_page_or_the_script() -> None:
    used = " ".join(template.read_text() for template in TEMPLATES) + "".join(script.read_text() for script in SCRIPTS)
    made = (
        "score-",
        "mark-",
        "shape-",
        "cell-",
        "stage-",
        "chip-",
        "toast-",
        "swatch-",
        "key-",
        "kind-",
    )  # the end comes from the view

    unused = {
        name
        for name in re.findall(r"\.([a-z][a-z-]+)", re.sub(r'url\("[^"]*"\)', "", CSS))
        if not re.search(rf"\b{name}\b", used) and not name.startswith(made)
    }

    assert unused == set()


@pytest.mark.django_db
def test_our_pages_carry_a_strict_policy_and_other_headers() -> None:
    answer = Client().get("/sign-in/")

    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["font-src"] == policy["connect-src"] == "'self'"
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


@pytest.mark.django_db
def test_the_styleguide_shows_each_component_and_is_no_page_of_production() -> None:
    text = Client().get("/styleguide/").content.decode()

    for token in tokens():
        assert token in {"on-accent", "on-hot"} or f"swatch-{token}" in text, token
    for part in ("button-main", "score-hot", "meter", "stage-wait", "trouble", "spark-line", "kind-hatched", "found"):
        assert part in text, part
    with override_settings(PRODUCTION=True):
        assert "styleguide/" not in {str(one.pattern) for one in importlib.reload(urls).urlpatterns}
    importlib.reload(urls)
