"""Environment variables that make no sense: one line says which, what is wrong and what to write; no password in it."""

import sys
from pathlib import Path

import pytest

from pipeline import env, settings
from tests.pipeline.test_production import COMPLETE, started

BIN = Path(sys.executable).parent
SECRET = "hunter2"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "0", "-1", "1e99", "fast", "1,5"])
def test_a_scale_of_time_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TIME_SCALE", value)

    with pytest.raises(env.BadEnvironment) as refused:
        env.number("TIME_SCALE", 1, least=0.001, most=1e9)

    assert str(refused.value) == f"TIME_SCALE is {value!r}; write a number from 0.001 to 1e+09, such as 1."


@pytest.mark.parametrize("value", ["nan", "inf", "0", "-5", "many", "1e9"])
def test_a_number_out_of_its_range_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("QUEUE_WINDOW", value)

    with pytest.raises(env.BadEnvironment) as refused:
        env.whole("QUEUE_WINDOW", 64, least=1, most=100_000)

    assert str(refused.value) == f"QUEUE_WINDOW is {value!r}; write a number from 1 to 100000, such as 64."


def test_a_part_of_a_whole_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUE_WINDOW", "1.5")

    with pytest.raises(env.BadEnvironment, match=r"QUEUE_WINDOW is 1\.5; write a whole number, such as 64\."):
        env.whole("QUEUE_WINDOW", 64, least=1, most=100)


@pytest.mark.parametrize(("value", "found"), [("2", 2), ("1e2", 100), ("", 64)])
def test_a_number_in_its_range_is_taken(monkeypatch: pytest.MonkeyPatch, value: str, found: int) -> None:
    monkeypatch.setenv("QUEUE_WINDOW", value)

    assert env.whole("QUEUE_WINDOW", 64, least=1, most=100) == found


@pytest.mark.parametrize("value", ["LOUD", "info", "10", f"redis://:{SECRET}@h"])
def test_a_level_that_is_none_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LOG_LEVEL", value)

    with pytest.raises(env.BadEnvironment) as refused:
        env.choice("LOG_LEVEL", "INFO", settings.LOG_LEVELS)

    assert "write DEBUG or INFO or WARNING or ERROR or CRITICAL, such as INFO." in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("nonsense", "it does not begin with postgresql://"),
        (f"user:{SECRET}@h/db", "it does not begin with postgresql://"),
        (f"mysql://user:{SECRET}@h/db", "it does not begin with postgresql://"),
        (f"postgresql://user:{SECRET}@h:99999999/db", "its host or port can't be read"),
        (f"postgresql://user:{SECRET}@h:none/db", "its host or port can't be read"),
        (f"postgresql://user:x/{SECRET}@h/db", "its host or port can't be read"),
        (f"postgresql://user:x[{SECRET}@h/db", "its host or port can't be read"),
        (f"postgresql://user:{SECRET}@h", "it names no database"),
        (f"postgresql://user:{SECRET}@h/db#x", "it holds a #"),
        (f"postgresql://user:{SECRET}%zz@h/db", "it holds a % that stands for nothing"),
        (f"postgresql://user:{SECRET}@h/db?sslmod=require", "is none of libpq's"),
        (f"postgresql://user:{SECRET}@/db?host=/run&port=many", "its port is no port"),
    ],
)
def test_no_address_of_a_database_is_refused_and_its_password_not_shown(
    monkeypatch: pytest.MonkeyPatch, value: str, says: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", value)

    with pytest.raises(env.BadEnvironment) as refused:
        env.postgres("DATABASE_URL", None)

    said = str(refused.value)
    assert said.startswith("DATABASE_URL is no address of a PostgreSQL database: ")
    assert says in said
    assert f"Write {env.POSTGRES}." in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "value",
    [
        env.POSTGRES,
        "postgres://h/db",
        "postgresql://user:p%40ss%23@[::1]:5432/db?sslmode=verify-full&options=-cwork_mem%3D8MB",
        "postgresql:///calls?host=/run/postgresql&port=6432",
    ],
)
def test_an_address_of_a_database_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DATABASE_URL", value)

    assert env.postgres("DATABASE_URL", None) == value


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("nonsense", "it does not begin with redis://"),
        (f"http://:{SECRET}@h", "it does not begin with redis://"),
        (f"redis://:{SECRET}@h:70000/0", "its host or port can't be read"),
        (f"redis://:x/{SECRET}@h:6379/0", "its host or port can't be read"),
        ("redis:///0", "its host or port can't be read"),
        (f"redis://:{SECRET}@h/zero", "what follows its host is no number of a database"),
        (f"redis://:{SECRET}@h/0#x", "it holds a #"),
    ],
)
def test_no_address_of_a_redis_is_refused_and_its_password_not_shown(
    monkeypatch: pytest.MonkeyPatch, value: str, says: str
) -> None:
    monkeypatch.setenv("REDIS_URL", value)

    with pytest.raises(env.BadEnvironment) as refused:
        env.redis("REDIS_URL", None)

    said = str(refused.value)
    assert said.startswith(f"REDIS_URL is no address of a Redis or Valkey: {says}")
    assert f"Write {env.REDIS}." in said
    assert SECRET not in said


@pytest.mark.parametrize("value", [env.REDIS, "rediss://user:pw@h:6380/15", "redis://h"])
def test_an_address_of_a_redis_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REDIS_URL", value)

    assert env.redis("REDIS_URL", None) == value


@pytest.mark.parametrize("value", ["api.hubapi.com", f"ftp://u:{SECRET}@h", "https://", "https://h:port"])
def test_no_address_of_the_web_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HUBSPOT_URL", value)

    with pytest.raises(env.BadEnvironment) as refused:
        env.website("HUBSPOT_URL", "https://api.hubapi.com")

    assert str(refused.value) == "HUBSPOT_URL is no address; write the whole address: https://calls.example.com"


def test_a_file_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))

    with pytest.raises(env.BadEnvironment, match=r"SECRET_KEY_FILE names .*can't be read: it is no text"):
        env.text("SECRET_KEY")


# --- as a process ends ----------------------------------------------------------------------------------

PROCESSES = {
    "a command": ("manage.py", "check"),
    "the relay": ("manage.py", "relay"),
    "a worker": (str(BIN / "celery"), "-A", "pipeline.celery:app", "worker", "--pool", "solo"),
    "the scheduler": (str(BIN / "celery"), "-A", "pipeline.celery:app", "beat", "--schedule", "/dev/null"),
    "the web process": ("-c", "import pipeline.rsgi"),
}


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_ends_with_that_line_alone(process: str) -> None:
    bad = {"DATABASE_URL": f"postgresql://user:{SECRET}@h:none/db"}

    ended = started(COMPLETE | bad, *PROCESSES[process])

    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("DATABASE_URL is no address of a PostgreSQL database: its host or port can't be read.")
    assert SECRET not in ended.stdout + ended.stderr


@pytest.mark.parametrize("name", ["TIME_SCALE", "QUEUE_WINDOW", "STOP_SECONDS", "LOG_LEVEL", "DATABASE_ROLE", "DEBUG"])
def test_a_setting_that_makes_no_sense_stops_a_command(name: str) -> None:
    ended = started(COMPLETE | {name: "nan"}, "manage.py", "check")

    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith(f"{name} is 'nan'; write ")


@pytest.mark.parametrize("check", ["relay", "worker"])
def test_the_health_checks_say_it_too(check: str) -> None:
    bad = {"DATABASE_URL": f"user:{SECRET}@h", "REDIS_URL": f"user:{SECRET}@h"}

    ended = started(COMPLETE | bad, "-m", "deploy.healthcheck", check)

    assert ended.returncode == 1
    assert "it does not begin with" in ended.stderr
    assert SECRET not in ended.stderr
