"""The guide's limits ("Dashboard Quick Check"; row W1): how figures of the last hour become green, yellow or red."""

import dataclasses
import enum
from collections.abc import Sequence

WINDOW_MINUTES = 60
FEWEST_CALLS = 20
"""A rate counts from so many calls on: one failure of three is no trend."""
PENDING_AFTER_SECONDS = 60
"""Due for longer than this and taken by nobody is pending."""


class Light(enum.IntEnum):
    """How serious; the worst one of several counts."""

    GREEN = 0
    YELLOW = 1
    RED = 2

    @property
    def sign(self) -> str:
        """Return the guide's sign."""
        return "🟢🟡🔴"[self]

    @property
    def status(self) -> str:
        """Return the system's status in the guide's words."""
        return ("Operational", "Attention needed", "Degraded/Down")[self]


@dataclasses.dataclass(frozen=True, slots=True)
class Limit:
    """One figure's limits: green up to `green`, yellow up to `yellow`, red beyond; `falling`: down to them."""

    key: str
    label: str
    unit: str
    green: float
    yellow: float | None
    """None: the guide knows no red for it."""
    falling: bool = False
    strict: bool = False
    """`green` itself is not green any more: "< 1 %", "> 95 %"."""

    def light(self, value: float) -> Light:
        """Return what a value is."""
        sign = -1 if self.falling else 1
        over = sign * (value - self.green)
        if over < 0 or (over == 0 and not self.strict):
            return Light.GREEN
        return Light.YELLOW if self.yellow is None or sign * (value - self.yellow) <= 0 else Light.RED


PENDING = Limit("pending", "Processing queue", " pending", green=0, yellow=50)
DELAY = Limit("delay", "Processing delay", " s on average", green=120, yellow=None)
ERRORS = Limit("errors", "Error rate", " %", green=1, yellow=5, strict=True)
CRM = Limit("crm", "CRM sync", " %", green=95, yellow=90, falling=True, strict=True)
LIMITS = (PENDING, DELAY, ERRORS, CRM)


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """What was measured over the last hour: rates in percent, None: too few calls to tell."""

    pending: int = 0
    delay_seconds: float | None = None
    error_percent: float | None = None
    crm_percent: float | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One figure and what it is."""

    limit: Limit
    value: float | None
    light: Light


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """The worst light, and the sentence why."""

    light: Light
    sentence: str
    findings: Sequence[Finding]


def rate(part: int, whole: int) -> float | None:
    """Return a percentage, None below FEWEST_CALLS."""
    return 100 * part / whole if whole >= FEWEST_CALLS else None


def judge(figures: Figures) -> Verdict:
    """Return the verdict over figures: each by its own limit, the worst wins."""
    values = (figures.pending, figures.delay_seconds, figures.error_percent, figures.crm_percent)
    findings = [
        Finding(limit, value, Light.GREEN if value is None else limit.light(value))
        for limit, value in zip(LIMITS, values, strict=True)
    ]
    worst = max(findings, key=lambda one: one.light)
    if worst.light is Light.GREEN or worst.value is None:
        return Verdict(Light.GREEN, "All figures of the last hour are within their limits.", findings)
    return Verdict(worst.light, _why(worst.limit, worst.value, worst.light), findings)


def _why(limit: Limit, value: float, light: Light) -> str:
    edge = limit.green if light is Light.YELLOW or limit.yellow is None else limit.yellow
    word = "below" if limit.falling else "above"
    return f"{limit.label}: {value:g}{limit.unit}, {word} the limit of {edge:g}."
