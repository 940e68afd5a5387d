"""Brings one call's lead to one CRM: the person's record, then the call logged on it; each once, whatever crashes.

What goes out is preceded by a committed intent and followed by a committed result. An intent without a result says
that the write may have arrived: the connector looks for it before it makes anything again. One step of a person runs
at a time (the step's lane), and a worker that lost its step to another one commits nothing more (the step's fence).
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from django.conf import settings

from calls.models import Call
from crm.mapping import apply
from crm.mapping.variables import Facts
from crm.models import CrmConnection, LeadSync, LoggedCall
from crm.sync import call_log, connect, exchanges, plan
from crm.sync.provider import CrmProvider, Known, Receipt, Sent
from pipeline import clock, errors
from pipeline.steps import claim
from pipeline.steps.stage import Job, Outcome
from scoring.models import LeadScore
from tenants import configuration

CONNECTED_SINCE = "sync.connected_since"
DISCONNECTED = "sync.disconnected"
Intent = LeadSync | LoggedCall


def work(job: Job) -> Outcome:
    """Write to the CRM, or say why this call goes to none. Raises StepError kinds.

    Where the path goes on the outcome holds the lead's id.
    """
    facts = _facts(job)
    kind = facts.score.caller_kind
    if kind not in configuration.load(job.tenant).sync_kinds:
        return Outcome(f"Callers of the kind {kind!r} don't go to the CRMs.", skipped=f"sync.rule.{kind}")
    if not job.target:
        if plan.in_order(job.tenant):
            return Outcome("A CRM is connected by now.", data=facts.lead.pk, skipped=CONNECTED_SINCE)
        return Outcome("No CRM is connected.", skipped=plan.NOT_CONNECTED)
    connection = CrmConnection.objects.filter(slug=job.target).exclude(state=CrmConnection.State.OFF).first()
    if connection is None:
        return Outcome("The CRM is connected no more.", data=facts.lead.pk, skipped=DISCONNECTED)
    if connection.state == CrmConnection.State.NEEDS_ATTENTION:
        raise errors.Parked("crm.needs_attention", connection.reason)
    sent: list[Sent] = []
    try:
        with closing(connect.provider(connection, observe=sent.append)) as provider:
            return _write(job, facts, connection, provider)
    except errors.Parked as error:
        connect.needs_attention(connection, error)
        raise
    finally:
        exchanges.keep(job, sent)


def save(job: Job, outcome: Outcome) -> None:
    """Store nothing: what the CRM answered was committed as it came."""


def _write(job: Job, facts: Facts, connection: CrmConnection, provider: CrmProvider) -> Outcome:
    sync, receipt = _upsert(job, facts, connection, provider)
    known = Known(sync.remote_id, sync.parts)
    logged, _ = LoggedCall.objects.get_or_create(call=facts.call, crm=job.target)
    if not logged.remote_id:
        with _intent(job, logged) as sent_ago:
            logged.remote_id = provider.log_call(known=known, call=call_log.of(job.tenant, facts), sent_ago=sent_ago)
            logged.logged_at, logged.intent_at = clock.now(), None
            _store(job, logged, "remote_id", "logged_at", "intent_at")
    made = "created" if receipt.created else "updated"
    return Outcome(f"Record {sync.remote_id} {made}, call logged", data=facts.lead.pk)


def _upsert(job: Job, facts: Facts, connection: CrmConnection, provider: CrmProvider) -> tuple[LeadSync, Receipt]:
    mapped = apply.filled(connection, facts)
    sync, _ = LeadSync.objects.get_or_create(lead=facts.lead, crm=job.target)
    keep = _keeper(job, sync)
    with _intent(job, sync) as sent_ago:
        receipt = provider.upsert_lead(
            key=facts.lead.key,
            values=mapped.values,
            if_new=mapped.if_new,
            known=Known(sync.remote_id, sync.parts),
            sent_ago=sent_ago,
            keep=keep,
        )
        sync.intent_at = None
        keep(receipt)
    return sync, receipt


def _keeper(job: Job, sync: LeadSync) -> Callable[[Receipt], None]:
    """Return what commits an id as soon as the CRM has answered it."""

    def keep(receipt: Receipt) -> None:
        sync.remote_id, sync.remote_url, sync.parts = receipt.remote_id, receipt.url, dict(receipt.parts)
        sync.synced_at = clock.now()
        _store(job, sync, "remote_id", "remote_url", "parts", "synced_at", "intent_at")

    return keep


@contextmanager
def _intent(job: Job, row: Intent) -> Iterator[float | None]:
    """Commit that a write goes out; gives the seconds since an earlier one whose end is unknown, None: there is none.

    Anything but OutcomeUnknown is certain and takes back the intent of this attempt, never that of an earlier one.
    """
    earlier = row.intent_at
    if earlier is None:
        row.intent_at = clock.now()
        _store(job, row, "intent_at")
    try:
        yield None if earlier is None else _seconds_since(earlier)
    except errors.StepError as error:
        if earlier is None and not isinstance(error, errors.OutcomeUnknown):
            row.intent_at = None
            _store(job, row, "intent_at")
        raise


def _store(job: Job, row: Intent, *names: str) -> None:
    """Commit these fields, unless another worker has the step now: the row is its own then. Raises claim.Stale."""
    values = {name: getattr(row, name) for name in names}
    if not type(row).objects.filter(claim.is_held(job), pk=row.pk).update(**values):
        raise claim.Stale(f"step {job.step_id} fence {job.fence}")


def _seconds_since(moment: dt.datetime) -> float:
    """Return how long ago a moment was; waits are divided by TIME_SCALE, so time counts that much more."""
    return (clock.now() - moment).total_seconds() * settings.TIME_SCALE


def _facts(job: Job) -> Facts:
    """Return what is known of the call. Raises Permanent."""
    scores = LeadScore.objects.filter(call_id=job.subject).select_related("call", "lead", "extraction")
    score = scores.order_by("-pk").first()
    if score is None and not Call.objects.filter(pk=job.subject).exists():
        raise errors.Permanent("call.not_found", "The call is gone: it was erased. There is nothing to do.")
    if score is None:
        raise errors.Permanent("sync.no_score", "The call has no score yet. Run it again from the stage `score`.")
    primary = plan.primary_crm_id(job.tenant, lead_id=score.lead_id, target=job.target)
    return Facts(call=score.call, lead=score.lead, score=score, primary_crm_id=primary)
