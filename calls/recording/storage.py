"""Where recordings lie: a folder on this machine, one part of it a tenant."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from django.conf import settings

from pipeline.errors import Transient
from tenants.models import Tenant


class Storage(Protocol):
    """Keeps files under keys that `key` made."""

    def put(self, key: str, source: Path) -> None:
        """Store a copy of a file: whole, or not at all. The same key again replaces it."""
        ...

    def has(self, key: str, *, size: int) -> bool:
        """Return whether a file of so many bytes lies under the key."""
        ...

    def local(self, key: str) -> contextlib.AbstractContextManager[Path]:
        """Give the file as a path to read from. Raises Transient `recording.not_stored`."""
        ...

    def delete(self, key: str) -> None:
        """Remove the file; none there is fine."""
        ...


def key(*, tenant: Tenant, call_id: int, sha256: bytes, extension: str) -> str:
    """Return where a tenant's recording lies: made of our own ids and the content's hash, never of input."""
    return f"tenants/{tenant.schema_name}/recordings/{call_id}-{sha256.hex()[:16]}.{extension}"


def storage() -> Storage:
    """Return the installation's storage."""
    return Folder(settings.RECORDINGS_DIR)


class Folder:
    """Recordings in a folder of this machine, readable by its own account only."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, source: Path) -> None:
        """Copy beside the place, flush to disk, then rename."""
        place = self._place(key)
        _make_private(place.parent)
        descriptor, made = tempfile.mkstemp(prefix=".new-", dir=place.parent)
        try:
            with os.fdopen(descriptor, "wb") as copy, source.open("rb") as file:
                shutil.copyfileobj(file, copy)
                copy.flush()
                os.fsync(copy.fileno())
            Path(made).replace(place)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise

    def has(self, key: str, *, size: int) -> bool:
        """Compare the size."""
        with contextlib.suppress(FileNotFoundError):
            return self._place(key).stat().st_size == size
        return False

    @contextlib.contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Give the file itself: it is never changed in place."""
        place = self._place(key)
        if not place.is_file():
            raise Transient(
                "recording.not_stored",
                "The stored recording is not in its folder. Is RECORDINGS_DIR the one it was stored in, and mounted?",
            )
        yield place

    def delete(self, key: str) -> None:
        """Unlink."""
        self._place(key).unlink(missing_ok=True)

    def _place(self, key: str) -> Path:
        place = (self._root / key).resolve()
        if not place.is_relative_to(self._root.resolve()):
            raise ValueError("a storage key leads out of the storage")
        return place


def _make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, all for this account only: mkdir closes just the last one."""
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
