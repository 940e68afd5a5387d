"""Compile requirements.txt from pyproject.toml: one universal lock, hashed, in three marked blocks.

Run it with `.venv/bin/python deploy/lock_requirements.py` after a change of dependencies.
The blocks let an image leave out what it does not need: Dockerfile installs the first one only.
"""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCKS = (
    ("product", (), "What the product runs on."),
    ("local engines", ("local",), "Local engines: Postgres, Valkey and speech for a fresh clone."),
    ("tests", ("local", "test"), "What the tests and checks run on."),
)
HEADER = (
    "# Compiled from pyproject.toml by deploy/lock_requirements.py; do not edit.\n"
    "# One lock for Python 3.11 to 3.13 on Linux and macOS.\n"
)


def compiled(extras: tuple[str, ...], constraint: str) -> dict[str, str]:
    """Return requirement blocks by their first line, resolved for all supported Pythons."""
    pins = ROOT / "var" / "lock-constraints.txt"
    pins.parent.mkdir(exist_ok=True)
    pins.write_text(re.sub(r" \\\n( +--hash=\S+( \\)?\n)+", "\n", constraint))
    command = ["uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11"]
    command += ["--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header", "-q"]
    command += ["--constraint", str(pins)]
    for extra in extras:
        command += ["--extra", extra]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    rows = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    return {row.split(" \\")[0].strip(): row for row in rows if row.strip()}


def main() -> None:
    """Write requirements.txt; each block holds what the blocks above it don't."""
    everything = compiled(("local", "test"), "")
    pins = "".join(everything.values())
    seen: set[str] = set()
    text = HEADER
    for name, extras, about in BLOCKS:
        rows = compiled(extras, pins)
        text += f"\n# --- {name} ---\n# {about}\n"
        text += "".join(row for line, row in rows.items() if line not in seen)
        seen |= rows.keys()
    (ROOT / "requirements.txt").write_text(text)


if __name__ == "__main__":
    main()
