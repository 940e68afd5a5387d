"""What a stage is: its name, its queue, its work, what it stores and what comes after it."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from tenants.models import Tenant


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """One attempt of one step, as a stage sees it."""

    step_id: int
    tenant: Tenant
    stage: str
    subject: int
    """The delivery of stage `call`, else the call, in the tenant's schema."""
    target: str
    """The CRM of stage `sync`, else empty."""
    attempt: int
    recovering: bool
    """The attempt before may have had an effect outside: look it up before repeating it."""
    now: dt.datetime
    fence: int = 0
    """The number of the claim, by which what `work` commits is refused once the step is another worker's."""
    before: object = None
    """The data of the call's last step, if this task has just saved it: it need not be read. None: read it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What the work came to; `data` is what `save` stores."""

    summary: str = ""
    """One line for the stage timeline: "36 lines, 2 speakers, confidence 0.94"."""
    data: object = None
    skipped: str = ""
    """The code of the reason why there was nothing to do; empty: done."""


@dataclasses.dataclass(frozen=True, slots=True)
class Due:
    """A step to come."""

    stage: str
    queue: str
    subject: int
    lane: str
    target: str = ""
    delay: float = 0
    """Seconds until it is due, before TIME_SCALE."""
    skipped: str = ""
    """Not to be run at all: born ended, with the code of the reason."""


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """A place on the path.

    `work` may touch the network and opens no transaction; what it must commit on its way it commits under the
    condition claim.HELD. `save` touches only the database and runs inside the engine's transaction together
    with the step's end and the births of the steps that `following` names.
    """

    name: str
    label: str
    queue: str
    work: Callable[[Job], Outcome]
    save: Callable[[Job, Outcome], None]
    following: Callable[[Job, Outcome], Sequence[Due]]
    time_limit: dt.timedelta = dt.timedelta(minutes=10)
    unsaved: Callable[[Job, Outcome], None] | None = None
    """Keeps, in a commit of its own, what the work did outside when the transaction of `save` was refused."""


Stages = Mapping[str, Stage]
