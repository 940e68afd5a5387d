"""The tenants' webhook doors, unsealed, in a copy that every web process keeps (at most 5 s behind).

While Postgres is away the last copy serves: a signature can be judged, only the commit has to wait.
"""

import dataclasses
import logging
import threading
import time

from calls.webhook.line import Away, Cells, Failed, Line, Statement
from tenants import secrets

logger = logging.getLogger(__name__)
RENEW_SECONDS = 2.5
KEEP_SECONDS = 5.0
AGAIN_SECONDS = 1.0
"""How old a copy, or a failed try at a newer one, must be before another is asked for."""
LOAD_SECONDS = 0.8
_SQL = b"""
SELECT d.id, t.id, t.slug, t.schema_name, d.scheme, d.secret, d.previous_secret,
       extract(epoch FROM d.previous_valid_until)
FROM public.tenants_webhookdoor d JOIN public.tenants_tenant t ON t.id = d.tenant_id
WHERE d.scheme = 'guide' AND d.is_open AND t.state = 'ACTIVE'
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Door:
    """One tenant's door, as the intake needs it."""

    id: str
    tenant_id: int
    slug: str
    schema: str
    scheme: str
    secret: bytes
    previous_secret: bytes
    previous_valid_until: float
    """Unix seconds; 0: there is no secret before."""

    def secrets(self, now: float) -> tuple[bytes, ...]:
        """Return the secrets that count at this moment: the current one, and the one before while in grace."""
        if self.previous_secret and now < self.previous_valid_until:
            return (self.secret, self.previous_secret)
        return (self.secret,)


class Doors:
    """A copy of all open doors of the guide's scheme, by `tenant_id`; one thread at a time renews it."""

    def __init__(self) -> None:
        self._doors: dict[str, Door] = {}
        self._unsealed: dict[tuple[str, ...], bytes] = {}
        self._loaded_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = threading.Lock()
        self._loading: threading.Event | None = None
        self._line = Line("intake-doors")

    def get(self, slug: str) -> Door | None:
        """Return the door of a tenant, from the copy as it is."""
        return self._doors.get(slug)

    def is_fresh(self) -> bool:
        """Tell whether the copy is new enough. One that ages is renewed in the background meanwhile."""
        age = time.monotonic() - self._loaded_at
        if age > RENEW_SECONDS and self.may_renew():
            self.renew()
        return age <= KEEP_SECONDS

    def is_empty(self) -> bool:
        """Tell whether there was never a copy."""
        return self._loaded_at == float("-inf")

    def may_renew(self) -> bool:
        """Tell whether a newer copy is on its way, or the last try at one is long enough ago."""
        return self._loading is not None or time.monotonic() - self._tried_at > AGAIN_SECONDS

    def renew(self) -> threading.Event:
        """Have the copy renewed in the background; returns what is set when that has ended, well or not."""
        with self._lock:
            if self._loading is None:
                self._tried_at = time.monotonic()
                self._loading = threading.Event()
                threading.Thread(target=self._load, args=[self._loading], name="doors", daemon=True).start()
            return self._loading

    def _load(self, done: threading.Event) -> None:
        began = time.monotonic()
        try:
            [rows] = self._line.run([Statement("doors", lambda: _SQL)], seconds=LOAD_SECONDS)
            unsealed: dict[tuple[str, ...], bytes] = {}
            doors = [door for row in rows if (door := self._open(row, unsealed))]
            self._doors, self._unsealed = {door.slug: door for door in doors}, unsealed
            self._loaded_at = began
        except (Away, Failed) as error:  # the copy we have serves
            logger.warning("webhook.doors_not_renewed", extra={"reason": str(error)})
        finally:
            with self._lock:
                self._loading = None
            done.set()

    def _open(self, row: Cells, unsealed: dict[tuple[str, ...], bytes]) -> Door | None:
        door_id, tenant_id, slug, schema, scheme, secret, previous, until = ((cell or b"").decode() for cell in row)
        try:
            return Door(
                id=door_id,
                tenant_id=int(tenant_id),
                slug=slug,
                schema=schema,
                scheme=scheme,
                secret=self._unseal((secret, tenant_id, door_id, "secret"), unsealed),
                previous_secret=self._unseal((previous, tenant_id, door_id, "previous_secret"), unsealed),
                previous_valid_until=float(until or 0),
            )
        except secrets.Unreadable as error:  # one tenant's trouble, not the others'
            logger.error("webhook.secret_unreadable", extra={"tenant": slug, "reason": str(error)})  # noqa: TRY400  (no trace)
            return None

    def _unseal(self, key: tuple[str, ...], unsealed: dict[tuple[str, ...], bytes]) -> bytes:
        sealed, tenant_id, door_id, column = key
        if not sealed:
            return b""
        opened = self._unsealed.get(key) or secrets.unseal(sealed, tenant_id, "webhook_door", door_id, column).encode()
        unsealed[key] = opened
        return opened


guide = Doors()
