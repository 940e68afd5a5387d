"""The child that engines run in: warm, alone with its crashes, gone when nobody needs it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from calls.transcript.resident import Resident
from pipeline.errors import Transient

TOY = "tests.calls.transcript.toy_engine"


@pytest.fixture
def child() -> Iterator[Resident]:
    one = Resident(TOY, ["60"])
    yield one
    one.end()


def test_it_answers_one_after_the_other_in_the_same_process(child: Resident) -> None:
    first, second = child.ask({"n": 1}, seconds=20), child.ask({"n": 2}, seconds=20)

    assert [first["echo"], second["echo"]] == [{"n": 1}, {"n": 2}]
    assert first["pid"] == second["pid"] == child.pid


def test_threads_take_turns(child: Resident) -> None:
    answers: dict[int, object] = {}
    threads = [
        threading.Thread(target=lambda n=n: answers.update({n: child.ask({"n": n}, seconds=20)["echo"]}))
        for n in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {n: {"n": n} for n in range(8)}


def test_a_long_answer_comes_whole(child: Resident) -> None:
    assert child.ask({"text": "x" * 1_000_000}, seconds=20)["echo"] == {"text": "x" * 1_000_000}


def test_what_libraries_print_is_no_answer(child: Resident) -> None:
    assert child.ask({"print": "hello"}, seconds=20)["echo"] == {"print": "hello"}
    assert child.ask({"n": 2}, seconds=20)["echo"] == {"n": 2}


def test_secrets_stay_with_the_parent(child: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")

    assert not {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"} & set(child.ask({}, seconds=20)["environment"])


@pytest.mark.parametrize("signal_", [signal.SIGSEGV, signal.SIGKILL])
def test_a_crash_is_an_error_and_the_next_request_gets_a_new_child(child: Resident, signal_: int) -> None:
    with pytest.raises(Transient) as failed:
        child.ask({"die": signal_}, seconds=20)

    assert (failed.value.code, child.pid) == ("speech.engine_crashed", None)
    assert child.ask({"n": 1}, seconds=20)["echo"] == {"n": 1}


def test_an_overrun_is_stopped(child: Resident) -> None:
    pid = child.ask({}, seconds=20)["pid"]

    with pytest.raises(Transient) as failed:
        child.ask({"sleep": 60}, seconds=0.2)

    assert failed.value.code == "speech.too_slow"
    assert ended(pid)
    assert child.ask({"n": 1}, seconds=20)["echo"] == {"n": 1}


def test_it_ends_when_idle_and_a_new_one_starts_on_demand() -> None:
    child = Resident(TOY, ["0.2"])
    first = child.ask({}, seconds=20)["pid"]

    assert ended(first)
    assert child.ask({}, seconds=20)["pid"] != first
    child.end()


def test_a_child_that_ends_just_then_is_replaced_unnoticed() -> None:
    child = Resident(TOY, ["0.3"])
    answers = []

    for number in range(4):
        answers.append(child.ask({"n": number}, seconds=20)["echo"])
        time.sleep(0.29 + number / 100)
    child.end()

    assert answers == [{"n": number} for number in range(4)]


def test_it_ends_with_its_parent_even_amid_work() -> None:
    program = (
        "import threading, time\n"
        "from calls.transcript.resident import Resident\n"
        f"child = Resident({TOY!r}, ['60'])\n"
        "print(child.ask({}, seconds=20)['pid'], flush=True)\n"
        "child.ask({'sleep': 60}, seconds=60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()

    assert ended(pid)


def test_a_fork_gets_a_child_of_its_own(child: Resident) -> None:
    mine = child.ask({}, seconds=20)["pid"]
    out, into = os.pipe()
    fork = os.fork()
    if fork == 0:
        os.write(into, str(child.ask({}, seconds=20)["pid"]).encode())
        os._exit(0)
    os.waitpid(fork, 0)

    assert int(os.read(out, 20)) != mine
    assert child.ask({}, seconds=20)["pid"] == mine
    os.close(out)
    os.close(into)


def ended(pid: int) -> bool:
    """Wait for a process's end."""
    until = time.monotonic() + 20
    while running(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not running(pid)


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False
