"""A tenant's choices, as every process reads them: its own copy, then Redis, then Postgres (row O14)."""

import dataclasses
import json
import logging
import threading
import time
from typing import Any

from django.core.cache import cache
from django.db import transaction

from tenants.models import Tenant, TenantConfig

logger = logging.getLogger(__name__)
REDIS_SECONDS = 300
COPY_SECONDS = 5.0
DEFAULT_ORDER = ("hubspot", "salesforce", "pipedrive")
DEFAULT_KINDS = ("lead", "voicemail", "existing_customer")
_copies: dict[int, tuple[float, "Config"]] = {}
_lock = threading.Lock()


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
    """Return the Redis key of a tenant's configuration, as the guide names it."""
    return f"tenant_config:{tenant.slug}"


def load(tenant: Tenant) -> Config:
    """Return the tenant's configuration, at most 5 s behind a committed change."""
    with _lock:
        copy = _copies.get(tenant.pk)
    if copy and time.monotonic() - copy[0] < COPY_SECONDS:
        return copy[1]
    config = _from_redis(tenant) or _from_postgres(tenant)
    with _lock:
        _copies[tenant.pk] = (time.monotonic(), config)
    return config


def change(tenant: Tenant, **values: Any) -> Config:  # noqa: ANN401  (one value a field of TenantConfig)
    """Store new values and drop the cached copy once they are committed."""
    with transaction.atomic():
        TenantConfig.objects.update_or_create(tenant=tenant, defaults=values)
        transaction.on_commit(lambda: _forget(tenant), robust=True)
    return _from_postgres(tenant)


def _forget(tenant: Tenant) -> None:
    with _lock:
        _copies.pop(tenant.pk, None)
    cache.delete(key(tenant))


def _from_redis(tenant: Tenant) -> Config | None:
    try:
        text = cache.get(key(tenant))
    except Exception as error:  # noqa: BLE001  (any Redis trouble means: read Postgres)
        logger.warning("tenant_config.redis_away", extra={"tenant": tenant.slug, "error": type(error).__name__})
        return None
    if not isinstance(text, str):
        return None
    values = json.loads(text)
    return Config(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def _from_postgres(tenant: Tenant) -> Config:
    row = TenantConfig.objects.filter(tenant=tenant).first() or TenantConfig(tenant=tenant)
    config = Config(
        sync_order=tuple(row.sync_order or DEFAULT_ORDER),
        sync_delay=row.sync_delay,
        sync_kinds=tuple(row.sync_kinds or DEFAULT_KINDS),
        speech_engine=row.speech_engine,
        speech_language=row.speech_language,
        analyzer=row.analyzer,
    )
    try:
        cache.set(key(tenant), json.dumps(dataclasses.asdict(config)), REDIS_SECONDS)
    except Exception as error:  # noqa: BLE001  (a cache that can't be written is no reason to fail)
        logger.warning("tenant_config.redis_away", extra={"tenant": tenant.slug, "error": type(error).__name__})
    return config
