"""Brings one call's lead to one CRM: the person's record, then the call logged on it; each once, whatever crashes.

What goes out is preceded by a committed intent and followed by a committed result. An intent without a result says
that the write may have arrived: the connector looks for it before it makes anything again. One step of a person runs
at a time (the step's lane), and a worker that lost its step to another one commits nothing more (the step's fence).
"""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

from calls.call import lookup
from crm.mapping import apply
from crm.mapping.variables import Facts
from crm.models import CrmConnection
from crm.sync import call_log, connect, exchanges, intents, plan
from crm.sync.intents import Intent
from crm.sync.provider import CrmProvider, Known, Receipt, Sent
from pipeline import errors
from pipeline.steps.stage import Job, Outcome
from scoring.models import LeadScore
from scoring.score.rate import Rating
from tenants import configuration

CONNECTED_SINCE = "sync.connected_since"
NOT_IN_ORDER = "sync.not_in_order"
DISCONNECTED = "sync.disconnected"


@dataclasses.dataclass(frozen=True, slots=True)
class Pushed:
    """What came of a step that the path goes on from; `save` keeps it."""

    score: LeadScore
    """With its call, lead and extraction."""
    logged: tuple[Intent, str] | None = None
    """The call's entry in the CRM, if this step made it."""
    sent: Sequence[Sent] = ()


def work(job: Job) -> Outcome:
    """Write to the CRM, or say why this call goes to none. Raises StepError kinds."""
    score = _score(job)
    if kept_back := _kept_back(job, score):
        return kept_back
    connection = CrmConnection.objects.filter(slug=job.target).exclude(state=CrmConnection.State.OFF).first()
    if connection is None:
        return Outcome("The CRM is connected no more.", data=Pushed(score), skipped=DISCONNECTED)
    if connection.state == CrmConnection.State.NEEDS_ATTENTION:
        raise errors.Parked("crm.needs_attention", connection.reason)
    sent: list[Sent] = []
    try:
        with closing(connect.provider(connection, observe=sent.append)) as provider:
            return _write(job, score, connection, provider, sent)
    except Exception as error:
        if isinstance(error, errors.Parked):
            connect.needs_attention(connection, error)
        exchanges.keep(job, sent)
        raise


def _kept_back(job: Job, score: LeadScore) -> Outcome | None:
    """Return why this call doesn't go to the step's CRM by the tenant's rule and order."""
    wanted, kind = configuration.load(job.tenant), score.caller_kind
    if kind not in wanted.sync_kinds:
        return Outcome(f"Callers of the kind {kind!r} don't go to the CRMs.", skipped=f"sync.rule.{kind}")
    if not job.target:
        if plan.in_order(job.tenant):
            return Outcome("A CRM is connected by now.", data=Pushed(score), skipped=CONNECTED_SINCE)
        return Outcome("No CRM is connected.", skipped=plan.NOT_CONNECTED)
    if job.target not in wanted.sync_order:
        text = "The tenant's order of CRMs names this one no more."
        return Outcome(text, data=Pushed(score), skipped=NOT_IN_ORDER)
    return None


def save(job: Job, outcome: Outcome) -> None:
    """Keep the call's entry and the history; the person's record was committed as it came."""
    if not isinstance(outcome.data, Pushed):
        return
    if outcome.data.logged:
        intents.keep_call(*outcome.data.logged)
    exchanges.keep(job, outcome.data.sent)


def unsaved(job: Job, outcome: Outcome) -> None:
    """Keep the history of what was sent all the same: the CRM has it."""
    if isinstance(outcome.data, Pushed):
        exchanges.keep(job, outcome.data.sent)


def _write(
    job: Job, score: LeadScore, connection: CrmConnection, provider: CrmProvider, sent: Sequence[Sent]
) -> Outcome:
    facts = Facts(score.call, score.lead, score, plan.primary_crm_id(job.tenant, score.lead_id, target=job.target))
    receipt = _upsert(job, facts, connection, provider)
    intent, logged = intents.of_call(job), None
    if not intent.known.remote_id:
        known, call = Known(receipt.remote_id, receipt.parts), call_log.of(job.tenant, facts)
        with _withdrawn_if_refused(intent):
            logged = intent, provider.log_call(known=known, call=call, earlier=intent.earlier)
    made = "created" if receipt.created else "updated"
    return Outcome(f"Record {receipt.remote_id} {made}, call logged", Pushed(score, logged, sent))


def _upsert(job: Job, facts: Facts, connection: CrmConnection, provider: CrmProvider) -> Receipt:
    mapped = apply.filled(connection, facts)
    intent = intents.of_lead(job, facts.lead.pk)
    with _withdrawn_if_refused(intent):
        receipt = provider.upsert_lead(
            key=facts.lead.key,
            values=mapped.values,
            if_new=mapped.if_new,
            known=intent.known,
            earlier=intent.earlier,
            keep=partial(intents.keep_lead, intent, settled=False),
        )
        intents.keep_lead(intent, receipt, settled=True)
    return receipt


@contextmanager
def _withdrawn_if_refused(intent: Intent) -> Iterator[None]:
    """Take the intent back on any error but OutcomeUnknown: all else says for certain that nothing was made."""
    try:
        yield
    except errors.OutcomeUnknown:
        intents.give_up(intent)
        raise
    except errors.StepError:
        intents.withdraw(intent)
        raise


def _score(job: Job) -> LeadScore:
    """Return the call's newest score, with call, lead and extraction. Raises Permanent."""
    match job.before:
        case Rating(row=score) | Pushed(score=score):
            return score
    scores = LeadScore.objects.filter(call_id=job.subject).select_related("call", "lead", "extraction")
    found = scores.order_by("-pk").first()
    if found is None:
        lookup.existing(job.subject)
        raise errors.Permanent("sync.no_score", "The call has no score yet. Run it again from the stage `score`.")
    return found
