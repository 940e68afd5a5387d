"""Writes accepted deliveries: the one SQL outside tenants/scope that touches a tenant's table.

The schema's name comes from the tenant's row (calls/webhook/doors.py), never from a request. A delivery and the
step that is due for it are one statement.
"""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence

from psycopg import sql

from calls.webhook.doors import Door
from calls.webhook.line import Line, Statement

_SQL = """
WITH delivery AS (
  INSERT INTO {schema}.calls_webhookdelivery (received_at, door, scheme, event, call_ref, body, body_sha256,
                                              content_type, headers, remote_addr, request_id)
  VALUES (now(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  ON CONFLICT (door, event, body_sha256) DO NOTHING
  RETURNING id
), step AS (
  INSERT INTO public.steps_step (tenant_id, stage, queue, subject, target, lane, state, attempts, losses, recovering,
                                 rerun, fence, next_attempt_at, code, request_id, worker, created_at)
  SELECT {tenant}, 'call', 'intake', id, '', $11, 'waiting', 0, 0, false,
         false, 0, now(), '', $10, '', now() FROM delivery
)
SELECT id, false FROM delivery
UNION ALL
SELECT id, true FROM {schema}.calls_webhookdelivery WHERE door = $1 AND event = $3 AND body_sha256 = $6
"""
_TEXT, _BINARY = 0, 1
_FORMATS = (_TEXT, _TEXT, _TEXT, _TEXT, _BINARY, _BINARY, _TEXT, _TEXT, _TEXT, _TEXT, _TEXT)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One delivery to write, its parameters encoded."""

    tenant: str
    tenant_id: int
    schema: str
    values: Sequence[bytes | None]
    order: tuple[str, str, bytes]
    """Batches are written in this order, so that two processes with the same redeliveries can't deadlock."""


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """The delivery's id, and whether it was there before."""

    delivery_id: int
    duplicate: bool


class Unstorable(Exception):
    """A text of the request can't be kept in Postgres: it holds a NUL or half of a surrogate pair."""


def row(
    *,
    door: Door,
    event: str,
    call_ref: str,
    body: bytes,
    content_type: str,
    headers: Mapping[str, str],
    remote_addr: str | None,
    request_id: str,
) -> Row:
    """Encode a delivery's parameters here, in the request: in the batch they would fail the neighbours.

    Raises Unstorable.
    """
    digest = hashlib.sha256(body).digest()
    try:
        lane = "ref:" + hashlib.sha256(call_ref.encode()).hexdigest()[:16]
        texts = (door.id, door.scheme, event, call_ref, content_type, json.dumps(headers), request_id, lane)
        encoded = [text.encode() for text in texts]
    except UnicodeEncodeError as error:
        raise Unstorable from error
    if b"\0" in b"".join(encoded):
        raise Unstorable
    address = remote_addr.encode() if remote_addr else None
    return Row(
        tenant=door.slug,
        tenant_id=door.tenant_id,
        schema=door.schema,
        values=(*encoded[:4], body, digest, *encoded[4:6], address, *encoded[6:]),
        order=(door.schema, call_ref, digest),
    )


def write(line: Line, rows: Sequence[Row], *, seconds: float) -> list[Written | None]:
    """Write rows in one commit. None: another process committed the same row in this instant; write it again.

    Raises line.Failed (nothing is stored) and line.Away (unknown whether it is stored: write again).
    """
    found = line.run([_statement(one) for one in rows], seconds=seconds)
    return [Written(int(cells[0][0] or 0), duplicate=cells[0][1] == b"t") if cells else None for cells in found]


def statement_sql(schema: str, tenant_id: int) -> bytes:
    """Return the statement that writes a delivery and its step for one tenant."""
    names = {"schema": sql.Identifier(schema), "tenant": sql.Literal(tenant_id)}
    return sql.SQL(_SQL).format(**names).as_bytes(None)


def _statement(one: Row) -> Statement:
    make = functools.partial(statement_sql, one.schema, one.tenant_id)
    return Statement((one.schema, one.tenant_id), make, one.values, _FORMATS)
