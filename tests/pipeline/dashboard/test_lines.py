"""Lines cut at their evidence."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dashboard import lines
from pipeline.dashboard.lines import Piece
from scoring.extraction.provider import Evidence, Fact, Line


def test_a_line_is_cut_at_its_quotes() -> None:
    text = "We hope to keep it between forty and fifty thousand, I don't know"

    assert lines.cut(
        text, [("between forty and fifty thousand", "Budget"), ("forty and fifty thousand", "Budget")]
    ) == (
        Piece("We hope to keep it "),
        Piece("between forty and fifty thousand", "Budget"),
        Piece(", I don't know"),
    )


@given(st.text("ab <&", max_size=30), st.lists(st.tuples(st.text("ab <&", max_size=6), st.sampled_from("XY"))))
def test_pieces_joined_are_the_line_whatever_is_quoted(text: str, quotes: list[tuple[str, str]]) -> None:
    pieces = lines.cut(text, quotes)

    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    marked = [piece for piece in pieces if piece.label]
    assert bool(marked) == any(quote and quote in text for quote, _ in quotes)


def test_the_wave_stands_inside_its_width_even_if_the_transcript_outlasts_the_recording() -> None:
    said = [Line(0, "caller", 0, 3, "hello"), Line(1, "agent", 3, 12, "and good day")]
    facts = {"email": Fact("a@b.co", 0.9, (Evidence(1, 11.9, "day"),))}

    wave = lines.wave(said, facts, duration=10)

    assert all(0 <= bar.x <= lines.WIDE for bar in wave.bars)
    assert {bar.is_caller for bar in wave.bars} == {True, False}
    assert wave.ticks == (991.7,)
