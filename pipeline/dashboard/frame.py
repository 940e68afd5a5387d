"""What every page's frame shows: theme, time zone, tenant, the tenants to choose from."""

import dataclasses
import datetime as dt
import zoneinfo

from django.conf import settings
from django.http import HttpRequest

from pipeline import clock
from tenants.models import Membership, Tenant

THEMES = ("light", "dark")


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """The frame of a page."""

    theme: str
    zone: dt.tzinfo
    now: dt.datetime
    membership: Membership | None
    memberships: tuple[Membership, ...]


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Return the frame for the templates (a context processor)."""
    membership: Membership | None = getattr(request, "membership", None)
    theme = request.COOKIES.get("theme", "")
    return {
        "frame": Frame(
            theme=theme if theme in THEMES else "",
            zone=_zone(request.COOKIES.get("zone", "")),
            now=clock.now(),
            membership=membership,
            memberships=_memberships(membership),
        )
    }


def _memberships(current: Membership | None) -> tuple[Membership, ...]:
    if current is None:
        return ()
    own = Membership.objects.filter(user=current.user_id, tenant__state=Tenant.State.ACTIVE)
    return tuple(own.select_related("tenant").order_by("tenant__name", "id"))


def _zone(name: str) -> dt.tzinfo:
    """Return the reader's time zone as the browser named it in the cookie, else the installation's."""
    try:
        return zoneinfo.ZoneInfo(name.replace("%2F", "/"))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo(settings.TIME_ZONE)
