"""Processes are looked after: started again, and stopped in order with all they started."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.local import child as children
from pipeline.local import identity
from pipeline.local.child import Child, end_orphans
from pipeline.local.processes import Process
from pipeline.local.supervisor import DoesNotStart, Stopped, Supervisor

SLEEP = "import time; time.sleep(60)"
WAIT_SECONDS = 20

Add = Callable[..., Child]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(children, "FIRST_WAIT", 0.01)
    made = Supervisor(say=said.append)
    yield made
    made.stop()


@pytest.fixture
def add(supervisor: Supervisor, tmp_path: Path) -> Add:
    """Give a function that starts a Python program under the supervisor."""

    def start(name: str, program: str, *, order: int = 0, grace: float = 10, ready_line: str = "") -> Child:
        argv = (sys.executable, "-c", program)
        process = Process(name, argv, (), order=order, grace=grace, ready_line=ready_line)
        made = Child(name, argv, environment=dict(os.environ), folder=tmp_path, log=tmp_path / f"{name}.log")
        supervisor.start([(process, made)])
        return made

    return start


def until(condition: Callable[[], object], tick: Callable[[], object] = lambda: time.sleep(0.02)) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        tick()


def test_what_a_process_writes_and_says_is_its_accounts_alone(supervisor: Supervisor, add: Add, tmp_path: Path) -> None:
    write = "import pathlib, time; pathlib.Path('kept').mkdir(); pathlib.Path('kept/voice').touch(); time.sleep(60)"
    one = add("worker-audio", write)

    until((tmp_path / "kept/voice").exists)

    modes = [oct(path.stat().st_mode & 0o777) for path in (one.log, tmp_path / "kept", tmp_path / "kept/voice")]
    assert modes == ["0o600", "0o700", "0o600"]


def test_a_killed_process_is_started_again_and_that_is_said(supervisor: Supervisor, add: Add, said: list[str]) -> None:
    one = add("relay", SLEEP)
    first = one.identity
    assert first

    os.kill(first.pid, signal.SIGKILL)
    until(lambda: one.restarts == 1, supervisor.tick)

    assert one.identity
    assert one.identity != first
    assert one.identity.is_running()
    assert [line.split(";")[0] for line in said] == ["relay ended by signal 9", "relay was started again"]


def test_a_process_that_keeps_ending_waits_longer_each_time(
    supervisor: Supervisor, add: Add, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "LONGEST_WAIT", 0.05)
    one = add("web", "raise SystemExit(3)")

    until(lambda: one.restarts == 3, supervisor.tick)

    waits = [line.split("starts again in ")[1].split(" (")[0] for line in said if "ended" in line][:3]
    assert waits == ["0.02 s", "0.04 s", "0.05 s"]
    assert "web ended with exit code 3" in said[0]


def test_a_process_that_cannot_be_started_just_now_is_tried_again(
    supervisor: Supervisor, add: Add, said: list[str], tmp_path: Path
) -> None:
    one = add("relay", SLEEP)
    one.log = tmp_path  # a folder: it can't be opened for writing
    assert one.identity
    os.kill(one.identity.pid, signal.SIGKILL)
    until(lambda: any("can't be started" in line for line in said), supervisor.tick)

    one.log = tmp_path / "relay.log"
    until(lambda: one.restarts == 1, supervisor.tick)

    assert one.identity
    assert said[-1] == "relay was started again"


def test_stopping_ends_what_a_process_started_itself(supervisor: Supervisor, add: Add, tmp_path: Path) -> None:
    grandchild = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]);"
    add("speech", f"{grandchild} open('pid', 'w').write(str(p.pid)); {SLEEP}")
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    who = identity.of(int((tmp_path / "pid").read_text()))
    assert who

    supervisor.stop()

    until(lambda: not who.is_running())


def test_processes_stop_in_their_order(supervisor: Supervisor, add: Add, tmp_path: Path) -> None:
    for name, order in (("crm", 2), ("web", 0), ("relay", 1)):
        program = f"import signal, sys; signal.signal(15, lambda *_: (open('ends', 'a').write('{name} '), sys.exit()));"
        add(name, f"{program} print('up', flush=True); {SLEEP}", order=order)
    until(lambda: all(one.said("up") for _, one in supervisor.children))

    supervisor.stop()

    assert (tmp_path / "ends").read_text() == "web relay crm "


def test_a_process_that_ignores_the_request_is_ended_after_its_grace(supervisor: Supervisor, add: Add) -> None:
    one = add("web", f"import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); {SLEEP}", grace=0.1)
    until(lambda: one.said("up"))
    who = one.identity
    assert who

    supervisor.stop()

    assert not who.is_running()


def test_a_process_that_never_gets_ready_is_told_with_the_end_of_its_log(supervisor: Supervisor, add: Add) -> None:
    add("web", "raise SystemExit('port taken')", ready_line="ready")

    with pytest.raises(DoesNotStart, match=r"(?s)web does not start\. .*port taken"):
        supervisor.wait_until_ready({})


def test_waiting_for_readiness_ends_with_the_line_of_this_start(supervisor: Supervisor, add: Add) -> None:
    one = add("relay", f"print('relay ready.', flush=True); {SLEEP}", ready_line=" ready.")

    supervisor.wait_until_ready({})

    assert one.restarts == 0


def test_a_request_to_stop_ends_the_watch(supervisor: Supervisor) -> None:
    supervisor.ask_to_stop()

    with pytest.raises(Stopped):
        supervisor.tick()


def test_a_process_keeps_none_of_the_callers_streams(add: Add, tmp_path: Path) -> None:
    program = "import os; open('streams', 'w').write(' '.join(os.path.realpath(f'/dev/fd/{n}') for n in (0, 1, 2)))"

    add("relay", f"{program}; {SLEEP}")

    until(lambda: (tmp_path / "streams").exists() and (tmp_path / "streams").read_text())
    log = str(tmp_path / "relay.log")
    assert (tmp_path / "streams").read_text().split() == ["/dev/null", log, log]


def test_a_large_log_is_put_aside_at_the_start(add: Add, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LOG_BYTES", 10)
    (tmp_path / "relay.log").write_text("of an earlier start")

    add("relay", SLEEP)

    assert (tmp_path / "relay.log").read_text() == ""
    assert (tmp_path / "relay.log.1").read_text() == "of an earlier start"


def test_an_orphan_is_ended_and_a_recycled_id_is_left_alone(add: Add) -> None:
    who = add("relay", SLEEP).identity
    assert who
    another = identity.Identity(who.pid, started="1")

    assert end_orphans({"relay": another}) == []
    assert who.is_running()
    assert end_orphans({"web": another, "relay": who}) == ["relay"]
    assert not who.is_running()
