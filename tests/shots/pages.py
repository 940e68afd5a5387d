"""Which routes are pages, and what each is looked at with. A route that stands nowhere here stops bin/shots."""

import dataclasses
import re

from tests.routes import routes
from tests.shots.seed import KINDS, Seeded

VISITOR = "visitor"
"""Who is not signed in."""


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One page to look at."""

    route: str
    name: str
    path: str
    is_public: bool = False
    press: str = ""
    """What is pressed before the picture: a selector."""


NO_PAGES = {
    "sign-out/": "POST",
    "tenant/": "POST",
    "people/invite": "POST",
    "people/invitations/<int:pk>/withdraw": "POST",
    "people/<int:pk>/role": "POST",
    "people/<int:pk>/remove": "POST",
    "calls/<int:pk>/replay": "POST",
    "crm/<slug:slug>/switch": "POST",
    "crm/<slug:slug>/move": "POST",
    "calls/<int:pk>/audio": "a file",
    "calls/live": "a part of calls/",
    "calls/<int:pk>/timeline": "a part of calls/<int:pk>/",
    ".well-known/jwks.json": "JSON",
}
"""Routes that are no pages, and why."""
NOT_COUNTED = ("admin/", "v1/docs")
"""Pages of other packages: looked at, not counted."""
_LINK = "^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z_:-]{1,200})/$"


def ours(seeded: Seeded) -> list[Page]:
    """Return our pages. Raises SystemExit for a route that has no place here."""
    made = [
        Page("", "home", "/"),
        Page("calls/", "calls", "/calls/"),
        Page("calls/", "calls-empty", "/calls/?q=nobody-has-this-name"),
        Page("calls/", "calls-filter", "/calls/?band=hot", press=".filters .menu summary"),
        *(Page("calls/<int:pk>/", f"call-{kind}", f"/calls/{seeded.calls[kind]}/") for kind in KINDS),
        Page("crm/", "crm", "/crm/"),
        Page("crm/<slug:slug>/", "crm-credentials", "/crm/salesforce/"),
        Page("people/", "people", "/people/"),
        Page("people/", "people-remove", "/people/", press=".people form[data-asks] button"),
        Page("you/", "you", "/you/"),
        Page("styleguide/", "styleguide", "/styleguide/", is_public=True),
        Page("sign-in/", "sign-in", "/sign-in/", is_public=True),
        Page("sign-in/", "sign-in-refused", "/sign-in/", is_public=True, press="button[type=submit]"),
        Page("reset/", "reset", "/reset/", is_public=True),
        Page("reset/sent/", "reset-sent", "/reset/sent/", is_public=True),
        Page(_LINK, "new-password", seeded.reset, is_public=True),
        Page("join/<str:token>/", "join", seeded.join, is_public=True),
        Page("join/<str:token>/", "join-over", "/join/nothing/", is_public=True),
    ]
    known = {*NO_PAGES, *(page.route for page in made)}
    unknown = {route for route in routes() if route not in known and not _is_another(route)}
    if unknown:
        raise SystemExit(f"bin/shots: no place in tests/shots/pages.py for {', '.join(sorted(unknown))}.")
    return made


def others() -> list[Page]:
    """Return the pages that are not counted: the admin's without a number in their path, and the API's docs."""
    skipped = re.compile(r"[<(^]|logout|jsi18n|autocomplete|/r/|search")
    admin = [route for route in dict.fromkeys(routes()) if route.startswith("admin/") and not skipped.search(route)]
    made = [Page(route, route.strip("/").replace("/", "-"), f"/{route}") for route in admin]
    return [*made, Page("v1/docs", "v1-docs", "/v1/docs")]


def _is_another(route: str) -> bool:
    return route.startswith(("admin/", "v1/", "^v1/"))
