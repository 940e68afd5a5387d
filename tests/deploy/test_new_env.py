"""The file of secrets for Compose: random, private, never overwritten."""

from pathlib import Path

import pytest

from deploy import new_env


def test_file_is_private_and_holds_a_value_for_every_name(tmp_path: Path) -> None:
    path = tmp_path / ".env"

    new_env.write(path, "https://calls.example.com/")

    rows = dict(line.split("=", 1) for line in path.read_text().splitlines())
    assert path.stat().st_mode & 0o777 == 0o600
    assert rows.keys() == new_env.values("https://calls.example.com").keys()
    assert (rows["PUBLIC_URL"], rows["ALLOWED_HOSTS"]) == ("https://calls.example.com", "calls.example.com")
    assert all(rows.values())


def test_secrets_are_new_each_time() -> None:
    first, second = (new_env.values("https://calls.example.com") for _ in range(2))

    same = {name for name in first if first[name] == second[name]}
    assert same == {"PUBLIC_URL", "ALLOWED_HOSTS"}


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=in use\n")

    with pytest.raises(FileExistsError):
        new_env.write(path, "https://calls.example.com")

    assert path.read_text() == "SECRET_KEY=in use\n"


@pytest.mark.parametrize(
    "url", ["", "calls.example.com", "ftp://calls.example.com", "https://", "https://a.example/path"]
)
def test_an_address_that_makes_no_sense_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no address to publish"):
        new_env.write(tmp_path / ".env", url)

    assert not (tmp_path / ".env").exists()
