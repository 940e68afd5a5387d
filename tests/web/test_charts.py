"""Charts: what the server draws lies inside its picture, and says the numbers that it was given."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dashboard import charts

numbers = st.floats(-1e6, 1e6, allow_nan=False)
counts = st.dictionaries(st.sampled_from(["solid", "outlined", "hatched"]), st.integers(0, 10**6), min_size=1)


@given(st.lists(numbers, min_size=1, max_size=200), st.none() | numbers)
def test_a_sparkline_and_its_limit_stay_in_the_picture(values: list[float], limit: float | None) -> None:
    drawn = charts.spark(values, limit)

    points = [tuple(map(float, point.split(","))) for point in drawn.points.split()]
    assert len(points) == len(values)
    assert all(0 <= x <= charts.WIDE and 0 <= y <= charts.HIGH for x, y in points)
    assert drawn.end == points[-1]
    assert (drawn.limit is None) == (limit is None)


def test_a_greater_number_lies_higher_and_time_runs_to_the_right() -> None:
    first, last = (tuple(map(float, point.split(","))) for point in charts.spark([1, 5], 3).points.split())

    assert first[0] < last[0]
    assert last[1] < charts.spark([1, 5], 3).limit < first[1]  # type: ignore[operator]  # a limit was given


@given(st.lists(st.tuples(st.text(max_size=3), counts), max_size=40))
def test_columns_stand_side_by_side_and_their_parts_on_each_other(rows: list[tuple[str, dict[str, int]]]) -> None:
    chart = charts.columns(rows)

    assert [column.label for column in chart.columns] == [label for label, _ in rows]
    for (_, told), column in zip(rows, chart.columns, strict=True):
        assert {part.kind: part.count for part in column.parts} == {kind: n for kind, n in told.items() if n}
        assert 0 <= column.x <= column.x + column.width <= 100
        assert all(-0.01 <= part.y <= part.y + part.height <= 100.02 for part in column.parts)
    assert chart.marks[0] >= max((sum(told.values()) for _, told in rows), default=0)
