"""What a stage's failure means for its step: the five kinds, each with a stable code.

The codes are shared by the guide, the dashboard and the API. `text` is what a person reads; it never
holds a secret, a phone number or a body.
"""


class StepError(Exception):
    """A stage's work can't end now; the kind says what happens next."""

    def __init__(self, code: str, text: str = "", *, wait: float | None = None) -> None:
        super().__init__(text or code)
        self.code = code
        self.text = text
        self.wait = wait
        """Seconds until the next try as the other side asked for, before TIME_SCALE; None: the schedule's."""


class Transient(StepError):
    """It may work later: the schedule's next wait, one attempt spent."""


class RateLimited(StepError):
    """The other side asked for patience: waits as told and costs no attempt."""


class Parked(StepError):
    """It needs a person, or with `wait` a clock: keeps its place and costs no attempt."""


class Permanent(StepError):
    """It can't work as it is: a dead letter now, replayable."""


class OutcomeUnknown(StepError):
    """Sent, no answer: the next attempt must look up the effect before it repeats it."""
