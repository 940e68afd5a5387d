"""What an analyzer promises. Providers are plain Python: no Django, no retry, no sleep."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

FACTS = (
    "first_name",
    "last_name",
    "stated_phone",
    "email",
    "project_type",
    "project_details",
    "timeline",
    "urgency",
    "budget_min",
    "budget_max",
)
CALLER_KINDS = (
    "lead",
    "existing_customer",
    "voicemail",
    "vendor",
    "job_applicant",
    "wrong_number",
    "spam",
    "robocall",
)
URGENCIES = ("emergency", "within_month", "within_3_months", "within_year", "planning", "none")
PROJECT_TYPES = (
    "basement finishing",
    "basement waterproofing",
    "bathroom remodel",
    "cabinet painting",
    "countertops",
    "deck",
    "door replacement",
    "drain and sewer",
    "electrical panel upgrade",
    "electrical repair",
    "ev charger installation",
    "exterior painting",
    "fencing",
    "fire damage restoration",
    "floor refinishing",
    "flooring installation",
    "garage conversion",
    "generator installation",
    "gutters",
    "hardscaping",
    "home addition",
    "hvac installation",
    "hvac maintenance",
    "hvac repair",
    "interior painting",
    "irrigation",
    "kitchen remodel",
    "landscaping",
    "lawn care",
    "lighting installation",
    "mold remediation",
    "plumbing repair",
    "pool installation",
    "pool remodel",
    "pool service",
    "repiping",
    "roof repair",
    "roof replacement",
    "siding",
    "solar installation",
    "solar repair",
    "storm damage",
    "tree service",
    "water damage restoration",
    "water heater",
    "whole home remodel",
    "window replacement",
    "other",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One utterance as analyzers read it; `speaker` is agent, caller, other or unknown, times in seconds."""

    position: int
    speaker: str
    start: float
    end: float
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Evidence:
    """The words that a fact came from: utterance position, second, exact quote of its text."""

    utterance: int
    start: float
    quote: str


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """One value with its evidence; a fact that is not provided is absent, never guessed."""

    value: str | int
    confidence: float
    evidence: tuple[Evidence, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class CallContext:
    """What is known of the call besides its words."""

    caller_id: str
    caller_name: str
    duration: int
    direction: str
    started_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Findings:
    """What an analyzer found: facts by name (FACTS), and what kind of caller it was."""

    caller_kind: str
    project_intent: bool
    do_not_call: bool
    facts: Mapping[str, Fact]
    summary: str
    confidence: float


class AnalyzerProvider(Protocol):
    """Draws facts from a transcript. Orders spoken to the software are words like any other."""

    slug: ClassVar[str]
    label: ClassVar[str]

    def analyze(self, lines: Sequence[Line], context: CallContext) -> Findings:
        """Return the findings. Raises pipeline.errors.StepError kinds."""
        ...
