"""Keeps refused requests that name a known tenant: never trusted, written off the hot path, sampled in a flood."""

import base64
import collections
import contextlib
import dataclasses
import datetime as dt
import logging
import queue
import threading
import time

from django.db import connection

from tenants import fields
from tenants.models import RefusedDelivery

logger = logging.getLogger(__name__)
MAX_BODY = 64 * 1024
MAX_QUEUED = 200
MAX_TEXT = 1024
KEEP = 100
"""Of a tenant, the last ones."""
AT_ONCE = 20
AGAIN_SECONDS = 6.0
"""Of one tenant's flood so many are kept, then one in so many seconds; the others are only counted."""
COUNT_SECONDS = 60.0


@dataclasses.dataclass(frozen=True, slots=True)
class Refused:
    """One refused request. No cookies, no authorization."""

    tenant_id: int
    door_id: str
    received_at: dt.datetime
    status: int
    code: str
    reason: str
    signature: str
    timestamp: str
    content_type: str
    body: bytes
    """Empty above MAX_BODY: what waits to be written must not hold megabytes."""
    body_sha256: bytes
    body_bytes: int
    request_id: str


def kept_of(body: bytes) -> bytes:
    """Return what is kept of a body: all of it, or nothing above 64 KB."""
    return body if len(body) <= MAX_BODY else b""


class Keeper:
    """A thread that writes what is put into its bounded queue, and once a minute says how many were only counted."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Refused] = queue.Queue(MAX_QUEUED)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._room: dict[int, tuple[float, float]] = {}
        self._counts: collections.Counter[str] = collections.Counter()
        self._counted_at = time.monotonic()

    def keep(self, refused: Refused) -> None:
        """Have it written, if the tenant's share and the queue allow it."""
        if not self._has_room(refused.tenant_id):
            self.count(refused.code)
            return
        try:
            self._queue.put_nowait(refused)
        except queue.Full:
            self.count(refused.code)
        self._start()

    def count(self, code: str) -> None:
        """Count a refused request that is not kept."""
        with self._lock:
            self._counts[code] += 1
        self._start()

    def counted(self) -> dict[str, int]:
        """Return how many were only counted since the last line in the log, by code."""
        with self._lock:
            return dict(self._counts)

    def wait(self) -> None:
        """Wait until everything taken so far is written."""
        self._queue.join()

    def _has_room(self, tenant_id: int) -> bool:
        now = time.monotonic()
        with self._lock:
            at, room = self._room.get(tenant_id, (now, AT_ONCE))
            room = min(AT_ONCE, room + (now - at) / AGAIN_SECONDS)
            has_room = room >= 1
            self._room[tenant_id] = (now, room - has_room)
        return has_room

    def _start(self) -> None:
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="refused", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            with contextlib.suppress(queue.Empty):
                self._write(self._queue.get(timeout=COUNT_SECONDS))
                self._queue.task_done()
            if time.monotonic() - self._counted_at > COUNT_SECONDS:
                self._say_counts()

    def _write(self, refused: Refused) -> None:
        try:
            row_of(refused).save(force_insert=True)
            _trim(refused.tenant_id)
        except Exception as error:  # noqa: BLE001  (whatever it is: the next one is to be kept)
            logger.warning("webhook.refused_not_kept", extra={"code": refused.code, "error": type(error).__name__})
        finally:
            connection.close()

    def _say_counts(self) -> None:
        with self._lock:
            counts, self._counts = dict(self._counts), collections.Counter()
            self._counted_at = time.monotonic()
        if counts:
            logger.warning("webhook.refused", extra={"counts": counts})


def _trim(tenant_id: int) -> None:
    """Delete what a tenant has beyond the last ones: at once, or a flood would fill the disk."""
    of_tenant = RefusedDelivery.objects.filter(tenant=tenant_id)
    of_tenant.filter(pk__in=of_tenant.order_by("-received_at", "-pk").values("pk")[KEEP:]).delete()


def row_of(refused: Refused) -> RefusedDelivery:
    """Return the row to store; the body is sealed, and left out above 64 KB."""
    row = RefusedDelivery(
        tenant_id=refused.tenant_id,
        door_id=refused.door_id,
        received_at=refused.received_at,
        status=refused.status,
        code=refused.code,
        reason=refused.reason,
        signature=_plain(refused.signature),
        timestamp_header=_plain(refused.timestamp),
        content_type=_plain(refused.content_type),
        body_sha256=refused.body_sha256,
        body_bytes=refused.body_bytes,
        request_id=refused.request_id,
    )
    if len(refused.body) == refused.body_bytes:
        fields.seal(row, "body_sealed", base64.b64encode(refused.body).decode())
    return row


def _plain(text: str) -> str:
    """Return a header's text as Postgres can hold it."""
    return text[:MAX_TEXT].encode("utf-8", "replace").decode().replace("\0", "")


keeper = Keeper()
