"""Files that are written whole or not at all, and those that are lent to another account."""

import os
import secrets
import shutil
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write a file that only we may read, whole or not at all."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(made, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        made.replace(path)
    except OSError:
        made.unlink(missing_ok=True)
        raise


def secret(path: Path) -> str:
    """Return the random text kept in a file of mode 0600, made on first use."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text().strip()


def lend(program: Path, copy: Path) -> Path:
    """Copy a program, or a folder of them, to where any account may run it; returns the copy."""
    made = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    if program.is_dir():
        shutil.copytree(program, made, ignore=shutil.ignore_patterns("include", "*.a"))
    else:
        shutil.copy2(program, made)
    for path in (made, *made.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    made.replace(copy)
    return copy
