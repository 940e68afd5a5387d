"""Key files on one machine: made on first use, replaced whole or not at all, the owner's alone (mode 0600)."""

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def read(path: Path, make: Callable[[], str]) -> str:
    """Return what the file holds; made first if there is none, whoever else does the same."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.") as made:  # mode 0600
            _write(made.fileno(), make())
            with contextlib.suppress(FileExistsError):  # another process was first: its keys count
                os.link(made.name, path)
    return path.read_text(encoding="ascii")


def replace(path: Path, text: str) -> None:
    """Put another text in the file's place."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f"{path.name}.", delete=False) as made:
        _write(made.fileno(), text)
    Path(made.name).replace(path)


def _write(file: int, text: str) -> None:
    os.write(file, text.encode("ascii"))
    os.fsync(file)
