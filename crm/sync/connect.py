"""A tenant's connections to its CRMs: store, open, test, make ready. All in the tenant's scope."""

import datetime as dt
import json
import logging
from collections.abc import Mapping
from contextlib import closing

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Q

from crm.mapping import apply
from crm.models import CrmConnection
from crm.sync import plan, registry
from crm.sync.provider import CrmProvider, Observe
from pipeline import clock, errors
from pipeline.errors import Parked
from pipeline.redact import redact
from pipeline.steps import letters
from tenants import fields as sealed
from tenants.audit import trail
from tenants.audit.actor import SYSTEM, Actor
from tenants.models import Tenant

logger = logging.getLogger(__name__)
PREPARING_SECONDS = 180
PREPARING_WAIT = 2
KEPT_DAYS = 30
"""Calls that had no CRM to go to and are not older go out once the first one is connected."""


class BadConnection(Exception):
    """The values can't be stored; the text names the field and says what to do."""


def save(slug: str, values: Mapping[str, str], *, by: Actor = SYSTEM) -> CrmConnection:
    """Store a connection's fields, secrets sealed, and let it work (again). Raises BadConnection, UnknownCrm.

    What is left out or empty keeps its stored value. The CRM isn't asked: `test` does that, and the first sync.
    """
    fields = {field.name: field for field in registry.provider(slug).config_fields}
    if unknown := set(values) - set(fields):
        raise BadConnection(f"{slug} has no field {', '.join(sorted(unknown))}. It has: {', '.join(fields)}.")
    connection = CrmConnection.objects.filter(slug=slug).first() or CrmConnection(slug=slug)
    given = {name: value.strip() for name, value in values.items()}
    if odd := [fields[name].label for name, value in given.items() if not (value.isascii() and value.isprintable())]:
        raise BadConnection(
            f"{odd[0]} holds a line break or a character that no key has, often from copying. Copy it again from the "
            "CRM; nothing was stored."
        )
    stored = {name: value for name, value in connection.config.items() if name in fields}
    plain = stored | {name: value for name, value in given.items() if not fields[name].secret and value}
    hidden = {name: value for name, value in given.items() if fields[name].secret and value}
    hidden = (_secrets(connection) if connection.secrets else {}) | hidden
    missing = [field.label for field in fields.values() if field.required and not (plain | hidden).get(field.name)]
    if missing:
        raise BadConnection(f"{missing[0]} is missing. Enter it; without it {slug} can't be reached.")
    connection.config = plain
    sealed.seal(connection, "secrets", json.dumps(hidden))
    connection.state, connection.reason = CrmConnection.State.ACTIVE, ""
    connection.prepared_at = connection.preparing_until = None
    with transaction.atomic():
        connection.save()
        changed = sorted(name for name, value in given.items() if value)
        trail.record("crm.connection_stored", by=by, tenant=_tenant(), target="crm", target_id=slug, fields=changed)
    apply.start(connection)
    _release(connection)
    return connection


def credentials(connection: CrmConnection) -> dict[str, str]:
    """Return all fields of the connection, secrets opened, and what the installation adds. Raises Unreadable."""
    prefix = connection.slug.upper()
    installation = {
        "base_url": str(getattr(settings, f"{prefix}_URL", "")),
        "version": str(getattr(settings, f"{prefix}_VERSION", "")),
        "private_hosts": ",".join(settings.PRIVATE_HOSTS),
    }
    return {**connection.config, **_secrets(connection), **installation}


def provider(connection: CrmConnection, *, observe: Observe) -> CrmProvider:
    """Return the connector of a connection, made ready. Raises StepError kinds."""
    _make_ready(connection, observe)
    return registry.make(connection.slug, credentials(connection), observe=observe)


def test(connection: CrmConnection) -> str:
    """Ask the CRM whose account it is and make it ready anew; returns the account's name. Raises StepError kinds."""
    connection.prepared_at = None
    try:
        with closing(registry.make(connection.slug, credentials(connection), observe=_unseen)) as crm:
            name = crm.verify()
        _make_ready(connection, _unseen)
    except Parked as error:
        needs_attention(connection, error)
        raise
    connection.state, connection.reason = CrmConnection.State.ACTIVE, ""
    connection.save(update_fields=["state", "reason", "updated_at"])
    _release(connection)
    _send_kept()
    return name


def switch(connection: CrmConnection, *, on: bool, by: Actor) -> None:
    """Let calls go to the CRM again, or past it; its credentials and what it holds stay.

    What waited for it goes on: into the CRM, or past it to the next one.
    """
    state = CrmConnection.State.ACTIVE if on else CrmConnection.State.OFF
    with transaction.atomic():
        connection.state, connection.reason = state, ""
        connection.save(update_fields=["state", "reason", "updated_at"])
        trail.record("crm.switched", by=by, tenant=_tenant(), target="crm", target_id=connection.slug, on=on)
    _release(connection)


def needs_attention(connection: CrmConnection, error: Parked) -> None:
    """Note that the connection needs a person; its steps wait until someone has stored or tested it."""
    if error.wait is None:
        connection.state, connection.reason = CrmConnection.State.NEEDS_ATTENTION, redact(error.text)
        connection.save(update_fields=["state", "reason", "updated_at"])


def _make_ready(connection: CrmConnection, observe: Observe) -> None:
    """Let the connector make what it needs in the CRM, once; others that come meanwhile are put off."""
    if connection.prepared_at:
        return
    now = clock.now()
    mine = CrmConnection.objects.filter(Q(preparing_until=None) | Q(preparing_until__lt=now), pk=connection.pk)
    if not mine.update(preparing_until=now + dt.timedelta(seconds=PREPARING_SECONDS)):
        raise errors.Parked("crm.preparing", "Another worker is setting this CRM up.", wait=PREPARING_WAIT)
    try:
        with closing(registry.make(connection.slug, credentials(connection), observe=observe)) as crm:
            made = crm.prepare()
        connection.refresh_from_db(fields=["config"])
        connection.config = {**connection.config, **made}
        connection.prepared_at = clock.now()
        connection.save(update_fields=["config", "prepared_at", "updated_at"])
    finally:
        CrmConnection.objects.filter(pk=connection.pk).update(preparing_until=None)


def _release(connection: CrmConnection) -> None:
    """Let the steps go on that waited for a person to mend the connection."""
    for step in letters.stuck(tenant=_tenant(), stage="sync"):
        if step.state == "parked" and step.target == connection.slug:
            letters.replay(step)


def _send_kept() -> None:
    """Let the calls go out that came before the tenant had a CRM."""
    since = clock.now() - dt.timedelta(days=KEPT_DAYS)
    for step in letters.skipped(tenant=_tenant(), stage="sync", code=plan.NOT_CONNECTED, since=since):
        letters.replay(step)


def _secrets(connection: CrmConnection) -> dict[str, str]:
    opened: dict[str, str] = json.loads(sealed.opened(connection, "secrets"))
    return opened


def _tenant() -> Tenant:
    """Return the tenant whose scope this is."""
    tenant = getattr(database, "tenant", None)
    if not isinstance(tenant, Tenant):
        raise TypeError("A connection is only opened inside a tenant's scope.")
    return tenant


def _unseen(_: object) -> None:
    """Keep nothing: a test of a connection belongs to no call."""
