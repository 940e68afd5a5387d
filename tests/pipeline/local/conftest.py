"""A home that the servers' account can enter, outside the checkout's own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.local.home import Home, here


@pytest.fixture
def home() -> Iterator[Home]:
    """Give an empty installation."""
    folder = Path(tempfile.mkdtemp(prefix="pipeline-home-"))
    folder.chmod(0o755)
    made = here(folder, folder / "var")
    made.make()
    yield made
    shutil.rmtree(folder)
