"""The call source: posts signed webhooks, again until they are taken; a tenth of them once more for nothing."""

import dataclasses
import http.client
import json
import queue
import random
import threading
import time
from collections.abc import Sequence

from calls.webhook import signature

PATH = "/v1/callrail/webhook"
TAKEN = 200
AGAIN_SECONDS = 0.3
GIVE_UP_SECONDS = 120
TIMEOUT = 10
SENDERS = 6


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """One call as it is posted; `at` is seconds after the start."""

    at: float
    tenant: str
    call_id: str
    phone: str
    """The caller's number, ten digits: no two tenants share one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Door:
    """Where a tenant's webhooks go, and what signs them."""

    tenant: str
    secret: str


def deliveries(tenants: Sequence[str], calls: int, persons: int, *, span: float, seed: int) -> list[Delivery]:
    """Return the calls of a run in the order they are posted: so many persons call once, some of them again."""
    chance = random.Random(seed)
    callers = [*range(persons), *(chance.randrange(persons) for _ in range(calls - persons))]
    chance.shuffle(callers)
    return [
        Delivery(span * at / calls, tenants[caller % len(tenants)], f"CALF{at:05}", f"512555{caller:04}")
        for at, caller in enumerate(callers)
    ]


class Sender:
    """Posts deliveries from a few threads; `acked` are the call ids that were answered 200."""

    def __init__(self, port: int, doors: Sequence[Door], recording: str, *, seed: int) -> None:
        self.acked: set[str] = set()
        self._port = port
        self._secrets = {door.tenant: door.secret.encode() for door in doors}
        self._recording = recording
        self._chance = random.Random(seed)
        self._todo: queue.SimpleQueue[Delivery | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    def start(self, wanted: Sequence[Delivery]) -> None:
        """Begin to post them, each when its time has come."""
        for delivery in wanted:
            self._todo.put(delivery)
        began = time.monotonic()
        for number in range(SENDERS):
            self._todo.put(None)
            thread = threading.Thread(target=self._work, args=(began,), name=f"sender-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def wait(self) -> None:
        """Wait until every delivery was taken or given up."""
        for thread in self._threads:
            thread.join()

    def _work(self, began: float) -> None:
        while delivery := self._todo.get():
            time.sleep(max(began + delivery.at - time.monotonic(), 0))
            until = time.monotonic() + GIVE_UP_SECONDS
            while not self._post(delivery) and time.monotonic() < until:
                time.sleep(AGAIN_SECONDS)
            if self._chance.random() < 0.1:
                self._post(delivery)

    def _post(self, delivery: Delivery) -> bool:
        body = json.dumps(self._body(delivery)).encode()
        stamp = str(int(time.time()))
        headers = {"Content-Type": "application/json", "x-timestamp": stamp}
        headers["x-callrail-signature"] = signature.sign(body, stamp, self._secrets[delivery.tenant])
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        try:
            connection.request("POST", PATH, body, headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if status == TAKEN:
            self.acked.add(delivery.call_id)
        return status == TAKEN

    def _body(self, delivery: Delivery) -> dict[str, str]:
        return {
            "call_id": delivery.call_id,
            "tenant_id": delivery.tenant,
            "caller_id": f"+1{delivery.phone}",
            "duration": "100",
            "recording_url": self._recording,
        }
