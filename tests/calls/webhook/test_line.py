"""A line to Postgres: one transaction a run, errors by place, an end to every wait."""

import time
from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from calls.webhook.line import Away, Failed, Line, Statement


def statement(sql: str, *values: bytes) -> Statement:
    return Statement(sql, sql.encode, values, [0] * len(values))


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line("test-line")
    yield made
    made.close()


def test_statements_are_answered_in_order(line: Line) -> None:
    found = line.run(
        [statement("SELECT $1::int + 1", b"1"), statement("SELECT 'x', NULL"), statement("SELECT 1 WHERE false")],
        seconds=5,
    )

    assert found == [[(b"2",)], [(b"x", None)], []]


def test_a_statement_is_prepared_once(line: Line) -> None:
    for number in range(3):
        line.run([statement("SELECT $1::int", b"%d" % number)] * 2, seconds=5)

    [[(prepared,)]] = line.run([statement("SELECT count(*) FROM pg_prepared_statements")], seconds=5)
    assert prepared == b"2"


def test_a_refused_statement_is_named_by_its_place_and_undoes_all(line: Line) -> None:
    line.run([statement("CREATE TEMP TABLE one (id int)")], seconds=5)

    with pytest.raises(Failed) as failed:
        line.run(
            [
                statement("INSERT INTO pg_temp.one VALUES (1)"),
                statement("SELECT * FROM no_such"),
                statement("SELECT 1"),
            ],
            seconds=5,
        )

    assert (failed.value.index, failed.value.sqlstate) == (1, "42P01")
    assert line.run([statement("SELECT count(*) FROM pg_temp.one")], seconds=5) == [[(b"0",)]]


def test_a_commit_that_fails_has_no_place(line: Line) -> None:
    line.run([statement("CREATE TEMP TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")], seconds=5)

    with pytest.raises(Failed) as failed:
        line.run([statement("INSERT INTO pg_temp.late VALUES (1), (1)"), statement("SELECT 1")], seconds=5)

    assert (failed.value.index, failed.value.sqlstate) == (None, "23505")
    assert line.run([statement("SELECT 1")], seconds=5) == [[(b"1",)]]


def test_the_backends_end_is_away_and_the_next_run_connects_again(line: Line) -> None:
    with pytest.raises(Away):
        line.run([statement("SELECT pg_terminate_backend(pg_backend_pid())")], seconds=5)

    assert line.run([statement("SELECT 1")], seconds=5) == [[(b"1",)]]


def test_what_takes_too_long_is_away(line: Line) -> None:
    line.run([statement("SELECT 1")], seconds=5)

    with pytest.raises(Away):
        line.run([statement("SELECT pg_sleep(0.9)")], seconds=0.1)

    assert line.run([statement("SELECT 1")], seconds=5) == [[(b"1",)]]


def test_no_server_is_away(line: Line, settings: Settings) -> None:
    settings.DATABASE_URL = "postgresql://nobody@127.0.0.1:1/none"
    began = time.monotonic()

    with pytest.raises(Away):
        line.run([statement("SELECT 1")], seconds=5)

    assert time.monotonic() - began < 5


def test_a_large_batch_fits_through(line: Line) -> None:
    large = b"x" * 1_000_000

    found = line.run([statement("SELECT length($1::text)", large)] * 20, seconds=10)

    assert found == [[(b"1000000",)]] * 20
