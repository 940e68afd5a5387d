"""Where an installation keeps what, for whom it can be read, and under which account the servers run."""

import errno
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from pipeline.local import account, files, identity, ports, reset, state
from pipeline.local.home import Home, here
from pipeline.local.state import AlreadyRunning, State

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root borrows an account")


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def test_what_is_secret_can_be_read_by_its_owner_only(home: Home) -> None:
    state.write(home, State(supervisor=identity.own(), environment={"SECRET_KEY": "s"}))
    home.secret(home.keys / "secret_key")

    shown = {path.name: mode(path) for path in (home.run / "state.json", home.keys / "secret_key", home.keys, home.run)}

    assert shown == {"state.json": "0o600", "secret_key": "0o600", "keys": "0o700", "run": "0o700"}


def test_folders_of_voices_and_logs_are_closed_and_the_servers_way_is_open(home: Home) -> None:
    home.logs.chmod(0o755)
    home.make()

    closed = {mode(folder) for folder in (home.logs, home.recordings, home.sandbox)}
    opened = {mode(folder) for folder in (home.var, home.data, home.services)}

    assert (closed, opened) == ({"0o700"}, {"0o755"})


def test_a_secret_is_made_once(home: Home) -> None:
    first = home.secret(home.keys / "secret_key")

    assert len(first) >= 32
    assert home.secret(home.keys / "secret_key") == first


def test_the_state_is_read_as_it_was_written(home: Home) -> None:
    written = State(
        supervisor=identity.own(),
        processes={"web": identity.own()},
        environment={"REDIS_URL": "redis://"},
        sandboxes={"hubspot": "http://127.0.0.1:1"},
        url="http://127.0.0.1:2",
        is_ready=True,
    )

    state.write(home, written)

    assert state.read(home) == written
    assert state.running(home) == written


def test_the_state_of_a_supervisor_that_is_gone_is_none_that_runs(home: Home) -> None:
    state.write(home, State(supervisor=identity.Identity(os.getpid(), started="1")))

    assert state.running(home) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"supervisor": 7, "processes": {}}'])
def test_a_damaged_state_is_none(home: Home, text: str) -> None:
    (home.run / "state.json").write_text(text)

    assert state.read(home) is None
    assert state.running(home) is None


def test_who_holds_a_home_is_known_from_the_first_moment_to_the_last(home: Home) -> None:
    with state.held(home):
        assert state.holder(home) == identity.own()

    assert state.holder(home) is None


def test_the_id_of_a_holder_that_was_killed_may_belong_to_somebody_else_now(home: Home) -> None:
    (home.run / "lock").write_text(json.dumps({"pid": os.getpid(), "started": "1"}))

    assert state.holder(home) is None


def test_a_home_is_held_by_one_at_a_time(home: Home) -> None:
    with state.held(home), pytest.raises(AlreadyRunning), state.held(home):
        pass

    with state.held(home):
        pass


def test_a_port_is_taken_again_if_it_is_free_and_another_if_not() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        other = ports.free(number)
        with pytest.raises(OSError, match="in use"):
            ports.exactly(number)

    assert other != number
    assert ports.free(number) == number


@pytest.mark.parametrize("text", ["", "[1]", '{"web": "x"}'])
def test_damaged_notes_of_ports_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "ports").write_text(text)

    assert ports.remembered(tmp_path / "ports") == {}
    assert ports.last(tmp_path / "ports") == 0


def test_a_secret_that_finds_no_space_leaves_no_empty_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(OSError, match="No space"):
        home.secret(home.keys / "secret_key")

    assert list(home.keys.iterdir()) == []


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@as_root
def test_a_lent_program_can_be_run_by_any_account_whatever_our_umask(home: Home, tmp_path: Path) -> None:
    source = tmp_path / "wheel"
    (source / "bin").mkdir(parents=True, mode=0o700)
    (source / "bin/server").write_text('#!/bin/sh\ncat "$(dirname "$0")/words"\n')
    (source / "bin/server").chmod(0o700)
    (source / "bin/words").write_text("ready")
    (source / "bin/words").chmod(0o600)
    before = os.umask(0o077)
    try:
        copy = files.lend(source, home.services / "lent")
    finally:
        os.umask(before)

    shown = subprocess.run([copy / "bin/server"], capture_output=True, check=True, **account.borrowed("postgres").ids)

    assert shown.stdout == b"ready"
    assert mode(copy / "bin/words") == "0o644"


@as_root
def test_root_borrows_an_account_that_exists_and_makes_none() -> None:
    found = account.borrowed("no-such-account")

    assert found.uid != 0
    assert found.ids["extra_groups"] == []


@as_root
def test_data_goes_outside_a_checkout_that_the_account_cannot_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    borrowed = account.borrowed("postgres")

    places = {account.data_home(tmp_path / name, tmp_path / name / "var", borrowed) for name in ("one", "two")}

    assert {place.parent for place in places} == {account.OUTSIDE}
    assert len(places) == 2
    assert mode(tmp_path) == "0o700"


def test_data_lies_in_var_where_the_account_can_enter(home: Home) -> None:
    assert home.data == home.var
    assert not home.is_outside


def test_reset_removes_the_data_and_keeps_what_setting_up_fetched(home: Home) -> None:
    home.secret(home.keys / "secret_key")
    (home.var / "tools").mkdir()
    (home.checkout / "README.md").write_text("code")

    reset.remove(here(home.checkout, home.var))

    assert [path.name for path in home.var.iterdir()] == ["tools"]
    assert (home.checkout / "README.md").exists()
