"""Secrets and numbers that the tests feed to the product: none of them may stand in a log, wherever it was written.

Every line that the product logs while the suite runs goes to a file too (tests/conftest.py); at the end these files,
and the outputs of the processes that tests started, are searched.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

LOGS = ("*.jsonl", "log", "log-*", "*.log", "one", "two")
"""Names of files that hold lines of a log."""
PLANTED = (
    "a long enough word",  # tests/web/scenes.py: everyone's password
    "0123456789abcdef",  # tests/crm: HubSpot's and Pipedrive's tokens
    "s3cret",  # tests/crm: Salesforce's client secret
    "SECRET-",  # tests: access keys in recordings' URLs
    "sesame",
    "test-app",  # tests/services.py: the database's password
    "pat-na1-4f3b2a1c0d9e",
    *("5125550134", "512-555-0134", "(512) 555-0134", "512.555.0134"),  # callers
    *("8605550173", "(860) 555-0173", "8575550170"),
    "rosalind.okafor72@gmail.com",
)


def found(folder: Path, secrets: Iterable[str] = ()) -> Iterator[str]:
    """Yield each planted text that stands in a log under the folder, with the line."""
    for file in sorted({path for name in LOGS for path in folder.rglob(name) if path.is_file()}):
        for line in file.read_text(errors="replace").splitlines():
            for secret in (*PLANTED, *secrets):
                if secret in line:
                    yield f"{secret!r} in {file.relative_to(folder)}: {line[:400]}"
