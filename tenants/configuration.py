"""A tenant's choices, as every process reads them: its own copy, then Redis, then Postgres (row O14)."""

import dataclasses
import json
import logging
import threading
import time
from typing import Any

import redis
from django.db import connection, transaction

from tenants import shared
from tenants.models import Tenant, TenantConfig

logger = logging.getLogger(__name__)
REDIS_SECONDS = 300
COPY_SECONDS = 5.0
REST_SECONDS = 2.0
"""How long a Redis that was away is left alone."""
DEFAULT_ORDER = ("hubspot", "salesforce", "pipedrive")
DEFAULT_KINDS = ("lead", "voicemail", "existing_customer")
_copies: dict[int, tuple[float, "Config"]] = {}
_lock = threading.Lock()
_rested_at = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Config:
    """What a tenant chose; empty engine names mean the installation's."""

    sync_order: tuple[str, ...] = DEFAULT_ORDER
    sync_delay: float = 5
    sync_kinds: tuple[str, ...] = DEFAULT_KINDS
    speech_engine: str = ""
    speech_language: str = ""
    analyzer: str = ""


def key(tenant: Tenant) -> str:
    """Return the Redis key of a tenant's configuration, as the guide names it; its value is JSON."""
    return f"tenant_config:{tenant.slug}"


def load(tenant: Tenant) -> Config:
    """Return the tenant's configuration, at most 5 s behind a committed change."""
    with _lock:
        copy = _copies.get(tenant.pk)
    if copy and time.monotonic() - copy[0] < COPY_SECONDS:
        return copy[1]
    asked_at = time.monotonic()
    config = _from_redis(tenant) or _fill(tenant)
    if not connection.in_atomic_block:
        with _lock:
            _copies[tenant.pk] = (asked_at, config)
    return config


def change(tenant: Tenant, **values: Any) -> Config:  # noqa: ANN401  (one value a field of TenantConfig)
    """Store new values and drop the cached copies once they are committed."""
    with transaction.atomic():
        TenantConfig.objects.update_or_create(tenant=tenant, defaults=values)
        transaction.on_commit(lambda: _forget(tenant), robust=True)
    return _from_postgres(tenant)


def _forget(tenant: Tenant) -> None:
    """Delete the copies; while Redis is away try on in the background, until its copy has run out anyway."""
    with _lock:
        _copies.pop(tenant.pk, None)
    if not _delete(tenant):
        threading.Thread(target=_keep_deleting, args=[tenant], name="tenant-config", daemon=True).start()


def _keep_deleting(tenant: Tenant) -> None:
    until = time.monotonic() + REDIS_SECONDS
    while time.monotonic() < until:
        time.sleep(1)
        if _delete(tenant):
            return


def _delete(tenant: Tenant) -> bool:
    """Delete Redis' copy, seen by whoever is about to write one from what it read before this change."""
    try:
        with shared.client().pipeline(transaction=True) as pipe:
            pipe.set(key(tenant), "", ex=1)  # deleting nothing would break no WATCH
            pipe.delete(key(tenant))
            pipe.execute()
    except redis.RedisError as error:
        _rest(error)
        return False
    return True


def _from_redis(tenant: Tenant) -> Config | None:
    if _is_resting():
        return None
    try:
        text = shared.client().get(key(tenant))
    except redis.RedisError as error:
        _rest(error)
        return None
    return _read(tenant, text) if isinstance(text, str) else None


def _fill(tenant: Tenant) -> Config:
    """Read Postgres and leave a copy in Redis, unless the configuration was changed meanwhile."""
    if _is_resting() or connection.in_atomic_block:  # what a transaction sees may never be committed
        return _from_postgres(tenant)
    try:
        with shared.client().pipeline(transaction=True) as pipe:
            pipe.watch(key(tenant))  # type: ignore[no-untyped-call]  # redis-py's gap
            config = _from_postgres(tenant)
            pipe.multi()
            pipe.set(key(tenant), _written(tenant, config), ex=REDIS_SECONDS)
            pipe.execute()
    except redis.WatchError:
        return _from_postgres(tenant)
    except redis.RedisError as error:
        _rest(error)
        return _from_postgres(tenant)
    return config


def _written(tenant: Tenant, config: Config) -> str:
    return json.dumps({"tenant": tenant.pk, **dataclasses.asdict(config)})


def _read(tenant: Tenant, text: str) -> Config | None:
    """Read Redis' copy; None if it is not this tenant's (a removed one had its id) or another version's."""
    try:
        values: dict[str, Any] = json.loads(text)
        if values.pop("tenant") != tenant.pk:
            return None
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return Config(**{**values, **lists})
    except (ValueError, TypeError, AttributeError, KeyError):
        return None


def _from_postgres(tenant: Tenant) -> Config:
    row = TenantConfig.objects.filter(tenant=tenant).first() or TenantConfig(tenant=tenant)
    return Config(
        sync_order=tuple(row.sync_order or DEFAULT_ORDER),
        sync_delay=row.sync_delay,
        sync_kinds=tuple(row.sync_kinds or DEFAULT_KINDS),
        speech_engine=row.speech_engine,
        speech_language=row.speech_language,
        analyzer=row.analyzer,
    )


def _is_resting() -> bool:
    return time.monotonic() - _rested_at < REST_SECONDS


def _rest(error: redis.RedisError) -> None:
    global _rested_at  # noqa: PLW0603  (one Redis a process)
    _rested_at = time.monotonic()
    logger.warning("tenant_config.redis_away", extra={"error": type(error).__name__})
