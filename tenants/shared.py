"""The Redis that all processes share, for what may be lost: nobody waits long for it."""

import functools

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

ANSWER_SECONDS = 0.5
"""How long it may take to accept a connection, or to answer, before the caller goes on without it."""


@functools.cache
def client() -> redis.Redis:
    """Return this process's client. Its calls raise redis.RedisError within a second, without a second try."""
    # Not Django's cache: it would write `:1:tenant_config:…` and pickle the value.
    return redis.Redis.from_url(
        settings.REDIS_URL,
        decode_responses=True,
        socket_connect_timeout=ANSWER_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
