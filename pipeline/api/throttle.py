"""How many requests a second one person in one tenant, or one stranger's address, may send: counted in Redis.

Redis away: everyone may.
"""

import time
from typing import Any

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from tenants import shared
from tenants.access import client
from tenants.models import Membership


class PerSecond(BaseThrottle):
    """API_RATE requests in each second of the clock."""

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ANN401  (an APIView, whose module imports this one)
        """Count the request; return whether it is within the rate."""
        key = f"api_rate:{_who(request)}:{int(time.time())}"
        try:
            with shared.client().pipeline(transaction=False) as pipe:
                pipe.incr(key)
                pipe.expire(key, 5)
                count, _ = pipe.execute()
        except redis.RedisError:
            return True
        return int(count) <= settings.API_RATE

    def wait(self) -> float:
        """Return the seconds until the next second begins: DRF rounds it up."""
        return 1.0


def _who(request: Request) -> str:
    membership = request.auth
    if isinstance(membership, Membership):
        return f"member:{membership.pk}"
    return f"address:{client.address(request.META.get('REMOTE_ADDR', ''), request.headers.get('Forwarded', ''))}"
