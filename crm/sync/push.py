"""Brings one call's lead to one CRM: the person's record, then the call logged on it; each once, whatever crashes.

What goes out is preceded by a committed intent and followed by a committed result. An intent without a result says
that the write may have arrived: the connector looks for it before it makes anything again. One step of a person runs
at a time (the step's lane), so nobody else writes meanwhile.
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
from pipeline.steps.stage import Job, Outcome
from scoring.models import LeadScore
from tenants import configuration

NOT_CONNECTED = "sync.no_connection"
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
        return Outcome("No CRM is connected.", skipped=NOT_CONNECTED)
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
    logged, is_new = LoggedCall.objects.get_or_create(call=facts.call, crm=job.target, defaults=_intended())
    if not logged.remote_id:
        with _intent(logged, is_new=is_new) as sent_ago:
            logged.remote_id = provider.log_call(known=known, call=call_log.of(job.tenant, facts), sent_ago=sent_ago)
            logged.logged_at, logged.intent_at = clock.now(), None
            logged.save(update_fields=["remote_id", "logged_at", "intent_at"])
    made = "created" if receipt.created else "updated"
    return Outcome(f"Record {sync.remote_id} {made}, call logged", data=facts.lead.pk)


def _upsert(job: Job, facts: Facts, connection: CrmConnection, provider: CrmProvider) -> tuple[LeadSync, Receipt]:
    mapped = apply.filled(connection, facts)
    sync, is_new = LeadSync.objects.get_or_create(lead=facts.lead, crm=job.target, defaults=_intended())
    with _intent(sync, is_new=is_new) as sent_ago:
        receipt = provider.upsert_lead(
            key=facts.lead.key,
            values=mapped.values,
            if_new=mapped.if_new,
            known=Known(sync.remote_id, sync.parts),
            sent_ago=sent_ago,
            keep=_keeper(sync),
        )
        sync.intent_at = None
        _keeper(sync)(receipt)
    return sync, receipt


def _keeper(sync: LeadSync) -> Callable[[Receipt], None]:
    """Return what commits an id as soon as the CRM has answered it."""

    def keep(receipt: Receipt) -> None:
        sync.remote_id, sync.remote_url, sync.parts = receipt.remote_id, receipt.url, dict(receipt.parts)
        sync.synced_at = clock.now()
        sync.save(update_fields=["remote_id", "remote_url", "parts", "synced_at", "intent_at"])

    return keep


def _intended() -> dict[str, dt.datetime]:
    """Return what a new row is born with, in one commit: the intent of the write that follows."""
    return {"intent_at": clock.now()}


@contextmanager
def _intent(row: Intent, *, is_new: bool) -> Iterator[float | None]:
    """Commit that a write goes out; gives the seconds since an earlier one whose end is unknown, None: there is none.

    A new row holds this write's intent already. Anything but OutcomeUnknown is certain and takes back the intent of
    this attempt, never that of an earlier one.
    """
    earlier = None if is_new else row.intent_at
    if earlier is None and not is_new:
        row.intent_at = clock.now()
        row.save(update_fields=["intent_at"])
    try:
        yield None if earlier is None else _seconds_since(earlier)
    except errors.StepError as error:
        if earlier is None and not isinstance(error, errors.OutcomeUnknown):
            row.intent_at = None
            row.save(update_fields=["intent_at"])
        raise


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
