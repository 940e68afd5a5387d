"""The rules as an analyzer: reads the dialogue, asks each rule, keeps what belongs to this kind of call."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from scoring.extraction.provider import CallContext, Fact, Findings, Line
from scoring.extraction.providers.rules import (
    dialogue,
    emails,
    intent,
    kinds,
    money,
    names,
    phones,
    projects,
    summary,
    timeline,
)
from scoring.extraction.providers.rules.dialogue import Dialogue

_NO_CONTACT = frozenset({"spam", "robocall", "wrong_number"})


class Rules:
    """Draws facts by rules: the same words give the same facts, on the machine itself."""

    slug: ClassVar[str] = "rules"
    label: ClassVar[str] = "Rules on this machine"

    def analyze(self, lines: Sequence[Line], context: CallContext) -> Findings:
        """Return the findings; raises nothing."""
        call = dialogue.read(lines)
        heard = projects.hear(call)
        project, strength = projects.find(call, heard), projects.strength(heard)
        kind = kinds.find(call, project=strength)
        wants = intent.find(call, kind=kind.name, project=strength)
        facts = dict(_contact(call)) if kind.name not in _NO_CONTACT else {}
        if wants:
            facts |= {**project, **_wishes(call, project, context)}
        elif "project_details" in project and kind.name not in _NO_CONTACT:
            facts["project_details"] = project["project_details"]
        forbidden = kinds.forbids_calls(call)
        return Findings(
            caller_kind=kind.name,
            project_intent=wants,
            do_not_call=forbidden,
            facts=facts,
            summary=summary.sentence(kind=kind.name, intent=wants, do_not_call=forbidden, facts=facts),
            confidence=_confidence(kind.sure, facts, wants=wants),
        )


def _contact(call: Dialogue) -> Mapping[str, Fact]:
    found = names.find(call)
    spelled = [str(fact.value) for fact in found.values() if fact.confidence > 0.95]
    for name, fact in (("stated_phone", phones.find(call)), ("email", emails.find(call, names=spelled))):
        if fact:
            found[name] = fact
    return found


def _wishes(call: Dialogue, project: Mapping[str, Fact], context: CallContext) -> Mapping[str, Fact]:
    kind = str(project["project_type"].value) if "project_type" in project else "other"
    return {**timeline.find(call, project_type=kind, started_at=context.started_at), **money.find(call)}


def _confidence(kind: float, facts: Mapping[str, Fact], *, wants: bool) -> float:
    """Return how sure the whole is: of the kind alone, or with a project of kind and facts together."""
    if not wants or not facts:
        return kind if not wants else kind * 0.7
    sure = sum(fact.confidence for fact in facts.values()) / len(facts)
    reachable = 0.08 if {"first_name", "last_name"} & {*facts} else 0.0
    return min(0.99, 0.55 * kind + 0.4 * sure + reachable)
