"""Deletes what has had its time."""

from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

KEEP_REFUSED = 100


def run() -> int:
    """Delete ended sessions and each tenant's refused deliveries beyond the last 100; returns how many of these."""
    SessionStore.clear_expired()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM tenants_refuseddelivery WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER"
            " (PARTITION BY tenant_id ORDER BY received_at DESC) AS n FROM tenants_refuseddelivery) r WHERE n > %s)",
            [KEEP_REFUSED],
        )
        return int(cursor.rowcount)
