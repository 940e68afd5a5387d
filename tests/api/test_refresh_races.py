"""One refresh token sent by many at the same moment, on connections of their own."""

import threading

from django.db import connection

from tenants.access import grants
from tenants.models import Membership, Tenant
from tests.web.scenes import person


def test_one_token_in_many_hands_at_once_is_good_once(committed: dict[str, Tenant]) -> None:
    user = person("erin@cedar.example", (committed["cedar"], "owner"))
    try:
        token = grants.begin(Membership.objects.select_related("user", "tenant").get(user=user)).refresh
        came: list[str] = []

        def use() -> None:
            try:
                came.append(grants.refresh(token).refresh)
            except grants.Refused:
                pass
            finally:
                connection.close()

        threads = [threading.Thread(target=use) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(came) == 1
    finally:
        user.delete()
