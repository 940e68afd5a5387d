"""The contact's name: heard, spelled, corrected, somebody else's."""

import pytest

from scoring.extraction.providers.rules import dialogue, names
from tests.scoring.labelled import talk


def name(*said: str) -> tuple[object, object]:
    facts = names.find(dialogue.read(talk(*said)))
    return (
        facts["first_name"].value if "first_name" in facts else None,
        facts["last_name"].value if "last_name" in facts else None,
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["A: who am i speaking with", "C: my name is rosalind okafor"], ("Rosalind", "Okafor")),
        (["A: this is tanya", "C: hi tanya this is rob rob mccutcheon i'm calling on a patio"], ("Rob", "McCutcheon")),
        (["A: This is Dana.", "C: Hi Dana, it's Paul Wachowski."], ("Paul", "Wachowski")),
        (["A: what's your name", "C: keoni k e o n i keoni nakamura"], ("Keoni", "Nakamura")),
        (
            ["A: your name", "C: rosalind okafer", "A: spell the last name", "C: o k a f as in frank o r"],
            ("Rosalind", "Okafor"),
        ),
        (["A: What's your name?", "C: Wren. W-R-E-N. Wren Castellanos."], ("Wren", "Castellanos")),
        (["A: name", "C: soledad ibara s o l e d a d and then i b as in boy a r r a"], ("Soledad", "Ibarra")),
        (["A: Name?", "C: Hyun-woo Baek. H-Y-U-N, dash, W-O-O, B-A-E-K."], ("Hyun-woo", "Baek")),
        (
            ["A: is that your first name", "C: yeah first name aspen last name ridgeway r i d g e way"],
            ("Aspen", "Ridgeway"),
        ),
        (
            [
                "A: Who is this?",
                "C: Melanie. Melanie Oyelaran-Scott.",
                "A: Spell the first part?",
                "C: O-Y-E-L-A-R-A-N.",
            ],
            ("Melanie", "Oyelaran-Scott"),
        ),
        (["C: My name is Refugio Montes de Oca."], ("Refugio", "Montes de Oca")),
        (["A: whats your name", "C: it's carol ann but just put carol whitfield"], ("Carol", "Whitfield")),
        (["A: What's your name?", "C: Bartholomew Ingersoll. Bart's fine."], ("Bart", "Ingersoll")),
        (["A: your name", "C: katherine klark with a c"], ("Katherine", "Clark")),
        (["A: Is it T-E-V-I-N?", "C: Yes ma'am."], (None, None)),
        (
            [
                "A: what's her name",
                "C: i'm calling for my mom it's dorothy swanson",
                "A: and call her",
                "C: yeah call her",
            ],
            ("Dorothy", "Swanson"),
        ),
        (["A: Your name?", "C: Marisol Benavides. My husband's name is Rene."], ("Marisol", "Benavides")),
        (["A: this is tanya how can i help", "C: hi tanya i'm calling about my roof"], (None, None)),
        (["A: can i get your name", "C: no i'd rather not"], (None, None)),
        (["A: and is it empty", "C: it's empty i got a guy moving in"], (None, None)),
        (["A: What's your name?", "C: Mrs. Lindqvist. Harriet Lindqvist."], ("Harriet", "Lindqvist")),
    ],
)
def test_the_name_is_the_callers_own_and_spelling_beats_sound(said: list[str], expected: tuple[str, str]) -> None:
    assert name(*said) == expected
