"""Group commit: one thread writes all deliveries that are waiting in one commit, then answers them all.

Waiting on purpose for more only costs (measured). A batch that fails is repeated row by row; a tenant whose
table is locked or missing goes to a second thread for 5 s, so that the others' calls don't wait for it.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

from calls.webhook import line, store

logger = logging.getLogger(__name__)
MAX_BATCH = 64
MAX_QUEUED = 10_000
WRITE_SECONDS = 1.2
AGAIN_SECONDS = 0.1
SLOW_SECONDS = 5.0
BUSY = frozenset({"55P03", "57014"})
"""A lock, or a statement that took too long."""
TABLE_TROUBLE = ("42", "3F")
"""Classes of errors that say: the tenant's schema or table is missing, or is not as we know it."""
REPEATABLE = frozenset({"40001", "40P01"})


class Ticket:
    """A delivery on its way into Postgres; `wake` is called from the flusher's thread when it is settled."""

    __slots__ = ("deadline", "row", "wake", "written")

    def __init__(self, row: store.Row, deadline: float, wake: Callable[[], object]) -> None:
        self.row = row
        self.wake = wake
        self.deadline = deadline
        self.written: store.Written | None = None

    def is_late(self) -> bool:
        """Tell whether whoever waited for it has given up."""
        return time.monotonic() > self.deadline

    def settle(self, written: store.Written | None) -> None:
        """Answer whoever waits; None: it is not stored, as far as we know."""
        self.written = written
        self.wake()


class Flusher:
    """A thread with a connection and a queue; starts at its first ticket, in the process that serves."""

    def __init__(self, name: str, *, slow_lane: "Flusher | None" = None) -> None:
        self._name = name
        self._queue: queue.SimpleQueue[Ticket] = queue.SimpleQueue()
        self._line = line.Line(name)
        self._slow_lane = slow_lane
        self._slow_until: dict[int, float] = {}
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, ticket: Ticket) -> bool:
        """Take a delivery to write; False: too many wait already."""
        if self._slow_lane and self._slow_until and self._is_slow(ticket.row.tenant_id):
            return self._slow_lane.submit(ticket)
        if self._queue.qsize() >= MAX_QUEUED:
            return False
        self._queue.put(ticket)
        if self._thread is None:
            self._start()
        return True

    def _is_slow(self, tenant_id: int) -> bool:
        return time.monotonic() < self._slow_until.get(tenant_id, 0)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            tickets = self._take()
            try:
                self._write(tickets)
            except Exception:
                logger.exception("webhook.flusher_bug")
                self._line.close()
                for ticket in tickets:
                    ticket.settle(None)

    def _take(self) -> list[Ticket]:
        tickets = [self._queue.get()]
        while len(tickets) < MAX_BATCH:
            try:
                tickets.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return tickets

    def _write(self, tickets: list[Ticket]) -> None:
        """Write a batch; while Postgres is away try again as long as somebody waits."""
        left = sorted(tickets, key=lambda ticket: ticket.row.order)
        while left := [ticket for ticket in left if not ticket.is_late()]:
            try:
                written = store.write(self._line, [ticket.row for ticket in left], seconds=WRITE_SECONDS)
            except line.Failed:
                self._write_alone(left)
                return
            except line.Away as error:
                self._mourn(error)
                continue
            for ticket, one in zip(left, written, strict=True):
                if one:
                    ticket.settle(one)
            left = [ticket for ticket, one in zip(left, written, strict=True) if one is None]

    def _write_alone(self, tickets: list[Ticket]) -> None:
        """Write rows one by one; the rest of a tenant that is in trouble goes to the slow lane, or is given up."""
        for ticket in tickets:
            if self._is_slow(ticket.row.tenant_id):
                self._put_aside(ticket)
                continue
            sqlstate = self._write_one(ticket)
            if sqlstate in BUSY or sqlstate.startswith(TABLE_TROUBLE):
                self._slow_until[ticket.row.tenant_id] = time.monotonic() + SLOW_SECONDS
                logger.warning("webhook.tenant_slow", extra={"tenant_id": ticket.row.tenant_id, "sqlstate": sqlstate})
                self._put_aside(ticket)
            elif sqlstate:
                logger.error("webhook.not_written", extra={"tenant_id": ticket.row.tenant_id, "sqlstate": sqlstate})
                ticket.settle(None)

    def _write_one(self, ticket: Ticket) -> str:
        """Write one row, again while Postgres is away; returns why it could not be written, else nothing."""
        while not ticket.is_late():
            try:
                [written] = store.write(self._line, [ticket.row], seconds=WRITE_SECONDS)
            except line.Failed as error:
                if error.sqlstate not in REPEATABLE:
                    return error.sqlstate
            except line.Away as error:
                self._mourn(error)
            else:
                if written:
                    ticket.settle(written)
                    return ""
        return ""

    def _put_aside(self, ticket: Ticket) -> None:
        if self._slow_lane is None or not self._slow_lane.submit(ticket):
            ticket.settle(None)

    def _mourn(self, error: line.Away) -> None:
        logger.warning("webhook.postgres_away", extra={"reason": str(error)})
        time.sleep(AGAIN_SECONDS)


intake = Flusher("intake", slow_lane=Flusher("intake-slow"))
