"""The steps that follow one another: which stage comes next, on which queue, in which lane."""

from pipeline.steps.stage import Due

QUEUES = {
    "call": "intake",
    "recording": "audio",
    "transcript": "speech",
    "extraction": "analysis",
    "score": "analysis",
    "sync": "crm",
}


def of_call(stage: str, call_id: int, *, skipped: str = "") -> Due:
    """Return a step of a call's own lane; with `skipped` it is born ended."""
    return Due(stage=stage, queue=QUEUES[stage], subject=call_id, lane=f"call:{call_id}", skipped=skipped)


def of_lead(crm: str, call_id: int, lead_id: int, *, delay: float = 0) -> Due:
    """Return the step that brings a call to one CRM; a person's steps run one at a time."""
    return Due(stage="sync", queue=QUEUES["sync"], subject=call_id, lane=f"lead:{lead_id}", target=crm, delay=delay)
