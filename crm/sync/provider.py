"""What a CRM connector promises. Providers are plain Python: no Django, no retry, no sleep, no log."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

LEAD_KEY = "pipeline_lead_key"
CALL_KEY_LINE = "Pipeline call key:"


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigField:
    """One thing a connection needs; draws the form, masks, encrypts (`secret`)."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class OwnField:
    """A field that we add to the CRM's lead or contact; `number` or else text."""

    name: str
    label: str
    number: bool = False


OWN_FIELDS = (
    OwnField(LEAD_KEY, "Pipeline lead key"),
    OwnField("pipeline_primary_id", "Pipeline primary CRM id"),
    OwnField("pipeline_lead_score", "Pipeline lead score", number=True),
    OwnField("pipeline_lead_band", "Pipeline lead band"),
    OwnField("pipeline_source", "Pipeline source"),
    OwnField("pipeline_medium", "Pipeline medium"),
    OwnField("pipeline_campaign", "Pipeline campaign"),
    OwnField("pipeline_keyword", "Pipeline keyword"),
    OwnField("pipeline_gclid", "Pipeline Google click id"),
    OwnField("pipeline_landing_page", "Pipeline landing page"),
)
"""What HubSpot and Pipedrive get at set-up; the default mappings fill them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What we know of a person's record in the CRM; `parts` are ids of what belongs to it, by kind."""

    remote_id: str = ""
    parts: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Earlier:
    """Writes of earlier attempts that may have made it: seconds since the first began, since the last was given up."""

    first_ago: float
    last_ago: float


@dataclasses.dataclass(frozen=True, slots=True)
class Receipt:
    """What the CRM answered: the record's id, a link a person can open, whether it was made anew."""

    remote_id: str
    url: str
    created: bool
    parts: Mapping[str, str] = dataclasses.field(default_factory=dict)


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

    @property
    def marked_body(self) -> str:
        """Return the body with the key in its last line: notes have no key field to search by."""
        return f"{self.body}\n\n{self.mark}"

    @property
    def mark(self) -> str:
        """Return the line that tells this call's entry from others."""
        return f"{CALL_KEY_LINE} {self.key}"


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
Keep = Callable[[Receipt], None]


class CrmProvider(Protocol):
    """Writes one person's record and logs calls on it.

    Everything raised is one of pipeline.errors: OutcomeUnknown when something that must not be made twice may have
    been made; all else means that the same call can simply be repeated. `config` holds the connection's fields, what
    `prepare` returned, and `base_url`, `version` and `private_hosts` (parted by commas).
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    config_fields: ClassVar[tuple[ConfigField, ...]]

    def __init__(self, config: Mapping[str, str], *, observe: Observe) -> None: ...

    def close(self) -> None:
        """Close the connections."""
        ...

    def verify(self) -> str:
        """Return the account's name. Raises Parked("crm.unauthorized") if the credentials are refused."""
        ...

    def prepare(self) -> Mapping[str, str]:
        """Make what we need in the CRM, or raise Parked("crm.setup") saying exactly what to make there.

        Returns what to add to the connection's config. Runs once at a time, and again without harm.
        """
        ...

    def fields(self) -> Sequence[RemoteField]:
        """Return the fields of the CRM's lead record."""
        ...

    def upsert_lead(
        self,
        *,
        key: str,
        values: Mapping[str, str],
        if_new: Mapping[str, str],
        known: Known,
        earlier: Earlier | None,
        keep: Keep,
    ) -> Receipt:
        """Create or update the record with this lead key; `if_new` is only written when it is created.

        `earlier`: a write went out that may have made it; look it up by the key first. `keep` is called with what the
        CRM answered before anything else is written; what is returned is kept at once.
        """
        ...

    def log_call(self, *, known: Known, call: CallLog, earlier: Earlier | None) -> str:
        """Log the call on the record, once a `call.key`; returns the entry's id.

        `earlier` as above. An entry that isn't found so soon may still come: Transient("crm.not_visible_yet") then.
        """
        ...
