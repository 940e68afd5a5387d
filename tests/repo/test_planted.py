"""The search for planted secrets finds what it is for; what it searches is every test's log."""

import logging
import tempfile
from pathlib import Path

from tests import planted


def test_the_search_finds_a_secret_in_each_kind_of_file() -> None:
    with tempfile.TemporaryDirectory() as made:  # not pytest's own folder: that one is searched at the end
        folder = Path(made)
        for name in ("suite.jsonl", "log", "body.txt"):
            (folder / "deep").mkdir(exist_ok=True)
            (folder / "deep" / name).write_text('{"message": "fine"}\n{"password": "a long enough word"}\n')

        assert len(list(planted.found(folder))) == 2
        assert len(list(planted.found(folder, ["fine"]))) == 4


def test_what_is_logged_in_a_test_is_written_where_the_search_looks(suite_log: Path) -> None:
    logging.getLogger("tests.planted").warning("planted.probe", extra={"authorization": "Bearer abc", "n": 1})

    [line] = [one for one in suite_log.read_text().splitlines() if "planted.probe" in one]
    assert '"authorization": "***"' in line
    assert '"n": 1' in line
