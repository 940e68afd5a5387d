"""What kind of caller it was, and whether calls were forbidden."""

import dataclasses
import re
from collections.abc import Mapping

from scoring.extraction.providers.rules import kindwords as words
from scoring.extraction.providers.rules.dialogue import Dialogue

_SHORT_CALL_WORDS = 60
_ON_LIST = re.compile(r"\bput (?:me|us|it) on\b(?!.*(?:do.not.call|no.call))", re.IGNORECASE)
_SURE_PROJECT, _LIKELY_PROJECT, _LEAST_PROJECT = 4.0, 3.0, 1.5


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """What kind of caller, and how sure."""

    name: str
    sure: float


def forbids_calls(dialogue: Dialogue) -> bool:
    """Return whether the customer forbids calls; asking not to be called before eight forbids none."""
    found = [match.group() for turn in dialogue.customer() for match in words.FORBIDS.finditer(turn.text)]
    return any(not _ON_LIST.search(text) for text in found)


def find(dialogue: Dialogue, *, project: float) -> Kind:
    """Return the kind of caller; `project` is how strongly the words name a project (points of the lexicon)."""
    said = dialogue.said()
    signs = _signs(said, dialogue.heard())
    wants = bool(words.WANTS.search(said))
    for kind in (
        _machine_or_scam(signs, said, project=project, wants=wants),
        _seeks_business(signs, said, project=project, wants=wants),
        _wrong(signs, project=project, wants=wants),
        _customer(signs, said),
        _calls_to_complain(dialogue, said),
    ):
        if kind:
            return kind
    if _on_machine(dialogue):
        return Kind("voicemail", 0.92)
    asked = any(turn.answers("name") or turn.answers("phone") for turn in dialogue.customer())
    if project < _LEAST_PROJECT and not wants and not asked and len(said.split()) < _SHORT_CALL_WORDS:
        return Kind("wrong_number", 0.7)
    return Kind("lead", 0.9 if project > _SURE_PROJECT else 0.75)


def _signs(said: str, heard: str) -> Mapping[str, int]:
    """Return how many different signs of each kind were heard."""
    patterns = {
        "robocall": words.ROBOT,
        "scam": words.SCAM,
        "prank": words.PRANK,
        "job": words.JOB,
        "sells": words.SELLS,
        "pitch": words.PITCH,
        "wrong": words.WRONG,
        "customer": words.CUSTOMER,
    }
    signs = {
        kind: len({match.group().lower() for match in pattern.finditer(said)}) for kind, pattern in patterns.items()
    }
    signs["wrong"] += bool(words.AGENT_WRONG.search(heard)) and len(said.split()) < _SHORT_CALL_WORDS
    return signs


def _machine_or_scam(signs: Mapping[str, int], said: str, *, project: float, wants: bool) -> Kind | None:
    robot, scam = signs["robocall"], signs["scam"]
    if robot > 1 or (robot and not wants and not signs["sells"]):
        return Kind("robocall", 0.9)
    if scam and (scam > 1 or not (wants and project > _SURE_PROJECT)):
        return Kind("spam", 0.85)
    if signs["prank"] > 1 or (signs["prank"] and len(said.split()) < _SHORT_CALL_WORDS):
        return Kind("spam", 0.75)
    return None


def _seeks_business(signs: Mapping[str, int], said: str, *, project: float, wants: bool) -> Kind | None:
    """Return vendor or job_applicant: they want something from the company, not of it."""
    job, sells = signs["job"], signs["sells"] + signs["pitch"]
    if job and job >= sells and (job > 1 or not (wants and project > _SURE_PROJECT) or not words.WANTS.search(said)):
        return Kind("job_applicant", min(0.95, 0.75 + 0.08 * job))
    if sells > 2 or (sells > 1 and signs["pitch"]) or (sells > 1 and project < _SURE_PROJECT):
        return Kind("vendor", min(0.95, 0.7 + 0.07 * sells))
    return None


def _wrong(signs: Mapping[str, int], *, project: float, wants: bool) -> Kind | None:
    if signs["wrong"] and (project < _LIKELY_PROJECT or not wants):
        return Kind("wrong_number", 0.9)
    return None


def _customer(signs: Mapping[str, int], said: str) -> Kind | None:
    signed = signs["customer"]
    if signed and not (words.ESTIMATE_ONLY.search(said) and signed < 2):
        return Kind("existing_customer", min(0.92, 0.74 + 0.08 * signed))
    return None


def _calls_to_complain(dialogue: Dialogue, said: str) -> Kind | None:
    """Return wrong_number for somebody who only calls back to be left alone: there is no business here."""
    if forbids_calls(dialogue) and words.CALLED_BACK.search(said):
        return Kind("wrong_number", 0.8)
    return None


def _on_machine(dialogue: Dialogue) -> bool:
    """Return whether a machine took the call: nobody of the business speaks after the customer has begun."""
    first = next((turn.index for turn in dialogue.customer()), None)
    if first is None or any(turn.is_agent for turn in dialogue.turns[first:]):
        return False
    return bool(words.MACHINE.search(dialogue.heard())) or (first == 0 and bool(words.MESSAGE.search(dialogue.said())))
