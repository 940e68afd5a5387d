"""What a CRM connector promises. Providers are plain Python: no Django, no retry, no sleep, no log."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigField:
    """One thing a connection needs; draws the form, masks, encrypts (`secret`)."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Receipt:
    """What the CRM answered: the record's id, a link a person can open, whether it was made anew."""

    remote_id: str
    url: str
    created: bool


@dataclasses.dataclass(frozen=True, slots=True)
class RemoteField:
    """A field of the CRM's lead or contact."""

    name: str
    label: str
    type: str
    required: bool = False
    options: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class CallLog:
    """One phone call as it is logged on the record; `key` is the idempotency key, `body` plain text."""

    key: str
    title: str
    body: str
    started_at_ms: int
    duration_seconds: int
    phone: str
    direction: str


@dataclasses.dataclass(frozen=True, slots=True)
class Sent:
    """One request and its answer, as the history keeps it (secrets masked by the caller)."""

    method: str
    path: str
    request: Any
    status: int | None
    answer: Any
    seconds: float


Observe = Callable[[Sent], None]


class CrmProvider(Protocol):
    """Writes one person's record and logs calls on it.

    Everything raised is one of pipeline.errors: OutcomeUnknown when a write was sent and no answer came.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    config_fields: ClassVar[tuple[ConfigField, ...]]

    def __init__(self, config: Mapping[str, str], *, observe: Observe) -> None: ...

    def verify(self) -> str:
        """Return the account's name. Raises Parked("crm.unauthorized") if the credentials are refused."""
        ...

    def fields(self) -> Sequence[RemoteField]:
        """Return the fields of the CRM's lead record."""
        ...

    def upsert_lead(self, *, key: str, values: Mapping[str, str], remote_id: str, recovering: bool) -> Receipt:
        """Create or update the record with this lead key. `remote_id` empty: not known yet.

        `recovering`: an earlier attempt may have made it; look it up by the key first.
        """
        ...

    def log_call(self, *, remote_id: str, call: CallLog, recovering: bool) -> str:
        """Log the call on the record, once a `call.key`; returns the entry's id."""
        ...
