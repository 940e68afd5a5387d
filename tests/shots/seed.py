"""The data that the pictures show: Cedar & Stone on a busy morning, a second tenant, one of each role."""

import dataclasses
from collections.abc import Mapping

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str

from crm.models import CrmConnection
from tenants import provisioning
from tenants.access import invitations
from tenants.audit.actor import SYSTEM
from tenants.models import Membership, Tenant, User
from tenants.scope import scope
from tests.web.scenes import Scene, person

ROLES = ("owner", "admin", "agent", "viewer")
KINDS = ("done", "refused", "rate_limited", "parked", "missed", "vendor", "transcribing", "pending")


@dataclasses.dataclass(frozen=True, slots=True)
class Seeded:
    """What the pages' paths name, and who looks."""

    people: Mapping[str, User]
    calls: Mapping[str, int]
    """The call of each kind."""
    join: str
    """The path of an invitation's link."""
    reset: str
    """The path of a link to a new password."""


def make() -> Seeded:
    """Fill an empty installation."""
    tenant = provisioning.create("cedar", name="Cedar & Stone").tenant
    people = {role: person(f"{role}@cedar.example", (tenant, role), name=name) for role, name in _NAMES.items()}
    people["staff"] = User.objects.create_superuser("staff@platform.example", "a long enough word", name="Staff")
    provisioning.create("birch", name="Birch Roofing")
    _invite(tenant, "lee@cedar.example", Membership.Role.AGENT)
    return Seeded(
        people, _calls(tenant), _invite(tenant, "new@cedar.example", Membership.Role.VIEWER), _reset(people["agent"])
    )


_NAMES = {"owner": "Dana Whitlock", "admin": "Ruth Adeyemi", "agent": "Tanya Brandt", "viewer": "Omar Haddad"}

_MORE = (
    ("Soledad", "Ibarra", 79, "hot"),
    ("Theo", "Markham", 58, "warm"),
    ("Beth Ann", "Kowalczyk", 31, "cold"),
)


def _calls(tenant: Tenant) -> dict[str, int]:
    with scope(tenant):
        scene = Scene(tenant)
        scene.connect()
        CrmConnection.objects.filter(slug="salesforce").update(
            state=CrmConnection.State.NEEDS_ATTENTION, reason="Salesforce asks you to sign in again: INVALID_LOGIN."
        )
        made = {kind: getattr(scene, kind)(minutes=4 + 13 * at).pk for at, kind in enumerate(KINDS)}
        for at in range(18):
            first, last, score, band = _MORE[at % len(_MORE)]
            contact = {"first_name": first, "last_name": last}
            scene.done(minutes=140 + 31 * at, score=score, band=band, contact=contact)
    return made


def _invite(tenant: Tenant, email: str, role: Membership.Role) -> str:
    made = invitations.invite(tenant, email=email, role=role, by=SYSTEM)
    return "/join/" + made.link.rpartition("/join/")[2]


def _reset(user: User) -> str:
    return f"/reset/{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}/"
