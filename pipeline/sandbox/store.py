"""What a sandbox keeps: records in SQLite, every accepted write in a journal; both outlive the process."""

import dataclasses
import datetime as dt
import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    parent TEXT NOT NULL, body TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
    UNIQUE (account, kind, id));
CREATE INDEX IF NOT EXISTS record_by_parent ON record (account, kind, parent);
CREATE TABLE IF NOT EXISTS key (
    account TEXT NOT NULL, kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (account, kind, field, value));
CREATE INDEX IF NOT EXISTS key_by_record ON key (account, kind, id);
"""


class Taken(Exception):
    """A unique value belongs to another record."""

    def __init__(self, field: str, record_id: str) -> None:
        super().__init__(f"{field} is taken by {record_id}")
        self.field = field
        self.record_id = record_id


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """One record of one account; `parent` is the record that it hangs on, such as a note's person."""

    account: str
    kind: str
    id: str
    parent: str
    body: dict[str, Any]
    created: float
    updated: float


def account_of(token: str) -> str:
    """Return the name of the account that a token opens; the token itself is kept nowhere."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def moment(seconds: float) -> str:
    """Return a Unix time as the vendors write it: 2026-11-24T19:00:00.123Z."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """The records and the journal of one sandbox."""

    def __init__(self, name: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.journal_path = folder / f"{name}.journal.jsonl"
        self._journal = self.journal_path.open("ab")
        self._lock = threading.RLock()
        self._db = sqlite3.connect(folder / f"{name}.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _TABLES)
        self._pending: list[dict[str, Any]] = []

    def close(self) -> None:
        """Close both files."""
        with self._lock:
            self._db.close()
            self._journal.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Apply what happens inside the block whole or not at all; its writes are on disk when the block ends."""
        with self._lock:
            self._db.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                self._pending.clear()
                raise
            self._db.execute("COMMIT")
            self._flush()

    def add(
        self, account: str, kind: str, body: dict[str, Any], *, now: float, record_id: str = "", parent: str = ""
    ) -> Record:
        """Add a record; without an id it gets the next number."""
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO record (account, kind, id, parent, body, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (account, kind, record_id or os.urandom(8).hex(), parent, json.dumps(body), now, now),
            )
            if not record_id:
                record_id = str(cursor.lastrowid)
                self._db.execute("UPDATE record SET id = ? WHERE number = ?", (record_id, cursor.lastrowid))
        return Record(account, kind, record_id, parent, body, now, now)

    def replace(self, record: Record, body: dict[str, Any], *, now: float) -> Record:
        """Give a record new contents."""
        with self._lock:
            self._db.execute(
                "UPDATE record SET body = ?, updated = ? WHERE account = ? AND kind = ? AND id = ?",
                (json.dumps(body), now, record.account, record.kind, record.id),
            )
        return dataclasses.replace(record, body=body, updated=now)

    def remove(self, record: Record) -> None:
        """Delete a record and its unique values."""
        place = (record.account, record.kind, record.id)
        with self._lock:
            self._db.execute("DELETE FROM key WHERE account = ? AND kind = ? AND id = ?", place)
            self._db.execute("DELETE FROM record WHERE account = ? AND kind = ? AND id = ?", place)

    def claim(self, record: Record, unique: Mapping[str, str]) -> None:
        """Reserve unique values for a record; an empty value reserves nothing. Raises Taken."""
        with self._lock:
            for field, value in unique.items():
                holder = self.holder(record.account, record.kind, field, value)
                if value and holder and holder != record.id:
                    raise Taken(field, holder)
            for field, value in unique.items():
                place = (record.account, record.kind, field)
                self._db.execute(
                    "DELETE FROM key WHERE account = ? AND kind = ? AND field = ? AND id = ?", (*place, record.id)
                )
                if value:
                    self._db.execute("INSERT INTO key VALUES (?, ?, ?, ?, ?)", (*place, value, record.id))

    def holder(self, account: str, kind: str, field: str, value: str) -> str:
        """Return the id of the record that holds a unique value, empty: none."""
        with self._lock:
            row = self._db.execute(
                "SELECT id FROM key WHERE account = ? AND kind = ? AND field = ? AND value = ?",
                (account, kind, field, value),
            ).fetchone()
        return str(row[0]) if row else ""

    def get(self, account: str, kind: str, record_id: str) -> Record | None:
        """Return one record."""
        found = self._select("account = ? AND kind = ? AND id = ?", (account, kind, record_id))
        return found[0] if found else None

    def under(self, account: str, kind: str, parent: str) -> list[Record]:
        """Return the records that hang on another one, oldest first."""
        return self._select("account = ? AND kind = ? AND parent = ?", (account, kind, parent))

    def all(self, kind: str, account: str = "") -> list[Record]:
        """Return all records of a kind, oldest first; of one account or of all."""
        if account:
            return self._select("account = ? AND kind = ?", (account, kind))
        return self._select("kind = ?", (kind,))

    def note(self, record: Record, action: str, key: str, *, now: float) -> None:
        """Put an accepted write into the journal, written when the transaction ends."""
        line = {"time": moment(now), "account": record.account, "kind": record.kind, "id": record.id}
        with self._lock:
            self._pending.append(line | {"action": action, "key": key})

    def journal(self) -> list[dict[str, Any]]:
        """Return the journal's lines."""
        return [json.loads(line) for line in self.journal_path.read_text(encoding="utf-8").splitlines()]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._db.executescript("DELETE FROM record; DELETE FROM key;")
            self._journal.truncate(0)

    def _select(self, where: str, values: tuple[str, ...]) -> list[Record]:
        query = f"SELECT account, kind, id, parent, body, created, updated FROM record WHERE {where} ORDER BY number"  # noqa: S608  (`where` is ours)
        with self._lock:
            rows = self._db.execute(query, values).fetchall()
        return [Record(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5], row[6]) for row in rows]

    def _flush(self) -> None:
        if self._pending:
            self._journal.write(b"".join(json.dumps(line).encode() + b"\n" for line in self._pending))
            self._journal.flush()
            os.fsync(self._journal.fileno())
            self._pending.clear()
