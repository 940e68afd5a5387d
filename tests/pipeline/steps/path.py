"""A short path whose stages are the test's own, and hands to turn the clock of its steps."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

from pipeline.steps import claim, sweep
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import Step
from pipeline.steps.stage import Due, Job, Outcome, Stage, Stages
from tenants.models import Tenant
from tenants.scope import scope

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
FIRST = Due(stage="first", queue="intake", subject=1, lane="call:1")
SECOND = Due(stage="second", queue="intake", subject=1, lane="call:1")


@dataclasses.dataclass
class Path:
    """A path of one or two stages whose work is a function of the test's."""

    jobs: list[Job] = dataclasses.field(default_factory=list)
    saved: list[Outcome] = dataclasses.field(default_factory=list)

    def stages(self, work: Callable[[Job], Outcome], *, then: Sequence[Due] = ()) -> Stages:
        """Return the stages `first` (with this work, followed by `then`) and `second`."""

        def note(job: Job) -> Outcome:
            self.jobs.append(job)
            return work(job) if job.stage == "first" else Outcome("second done")

        def save(job: Job, outcome: Outcome) -> None:
            self.saved.append(outcome)

        return {
            "first": Stage("first", "First", "intake", note, save, lambda job, outcome: then),
            "second": Stage("second", "Second", "intake", note, save, lambda job, outcome: ()),
        }


def fine(job: Job) -> Outcome:
    """Work well."""
    return Outcome("fine")


def raises(error: Exception) -> Callable[[Job], Outcome]:
    """Return work that fails so."""

    def work(job: Job) -> Outcome:
        raise error

    return work


def born(tenant: Tenant, due: Due = FIRST) -> int:
    """Add a step; returns its id."""
    return claim.birth(tenant.pk, due)


def row(step_id: int) -> Step:
    """Return the step as it stands."""
    return Step.objects.get(pk=step_id)


def attempts(tenant: Tenant) -> list[tuple[str, int, str, str]]:
    """Return stage, number, outcome and code of each attempt, in order."""
    with scope(tenant):
        return list(Attempt.objects.order_by("id").values_list("stage", "number", "outcome", "code"))


def make_due(step_id: int) -> None:
    """Let the step's wait be over."""
    Step.objects.filter(pk=step_id).update(next_attempt_at=LONG_AGO)


def lose(step_id: int) -> None:
    """Let the step's lease end, and the sweep come by."""
    Step.objects.filter(pk=step_id).update(lease_until=LONG_AGO)
    sweep.run()
