"""What the list of calls offers to press: views, filters, sort order; each a link that keeps the rest of the URL."""

import dataclasses
from collections.abc import Sequence
from urllib.parse import urlencode

from pipeline.dashboard import words
from pipeline.dashboard.listing import Page, Wish
from pipeline.steps.status import Word

_LABELS = {"status": "Status", "band": "Score", "kind": "Kind", "crm": "CRM"}
_VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("All", {}),
    ("Hot", {"band": "hot"}),
    ("Needs attention", {"status": Word.NEEDS_ATTENTION.value}),
    ("Voicemails", {"kind": "voicemail"}),
)
_SORTS = {"-time": "Newest", "time": "Oldest", "-score": "Highest score", "score": "Lowest score"}


@dataclasses.dataclass(frozen=True, slots=True)
class Link:
    """Something to press."""

    label: str
    url: str
    is_current: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Menu:
    """One filter: its options, and what is chosen (empty: nothing) with the link that lets it go."""

    label: str
    chosen: str
    clear: str
    links: tuple[Link, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Live:
    """What the list asks its poll for, and what the poll found: calls that came since `newest`."""

    newest: str
    open: Sequence[int]
    wish: Wish
    came: int = 0
    etag: str = ""

    @property
    def url(self) -> str:
        """Return the poll's query string."""
        asked = {"newest": self.newest, "open": ",".join(map(str, self.open))}
        return self.wish.url() + "&" + urlencode(asked)


def views(wish: Wish) -> list[Link]:
    """Return the tabs: each a filter of its own."""
    blank = Wish(q=wish.q, sort=wish.sort)
    now = {name: getattr(wish, name) for name in _LABELS if getattr(wish, name)}
    return [Link(label, blank.url(**filters), now == filters) for label, filters in _VIEWS]


def menus(wish: Wish, order: Sequence[str]) -> list[Menu]:
    """Return the filters of the list; those of the CRMs are the tenant's."""
    crms = {slug: f"In {words.crm(slug)}" for slug in order} | {
        f"-{slug}": f"Not in {words.crm(slug)}" for slug in order
    }
    options = {
        "status": {word.value: word.value for word in Word},
        "band": words.BANDS,
        "kind": {kind: words.kind(kind) for kind in words.KINDS},
        "crm": crms,
    }
    return [_menu(wish, name, found) for name, found in options.items() if found]


def sorts(wish: Wish) -> dict[str, Link]:
    """Return the sort links: of the two column heads, and `now`, the one in force."""
    time, score = ("time" if wish.sort == "-time" else "-time"), ("score" if wish.sort == "-score" else "-score")
    return {
        "time": Link(_SORTS[time], wish.url(sort=time), wish.sort.endswith("time")),
        "score": Link(_SORTS[score], wish.url(sort=score), wish.sort.endswith("score")),
    }


def sort_menu(wish: Wish) -> Menu:
    """Return the sort order as a menu, for the narrow list without column heads."""
    links = tuple(Link(label, wish.url(sort=name), name == wish.sort) for name, label in _SORTS.items())
    return Menu(_SORTS[wish.sort], "", "", links)


def live(page: Page, wish: Wish) -> Live:
    """Return what a shown page asks its poll for."""
    is_first = not wish.after and wish.sort == "-time"
    newest = str(max((row.pk for row in page.rows), default=0)) if is_first else ""
    return Live(newest, [row.pk for row in page.rows if not row.status.has_ended], wish)


def stages() -> list[tuple[str, str]]:
    """Return the stages that a call can be replayed from, as (name, label)."""
    return [(name, "Delivery" if name == "call" else label) for name, label in words.STAGES.items()]


def _menu(wish: Wish, name: str, options: dict[str, str]) -> Menu:
    chosen = getattr(wish, name)
    links = tuple(Link(label, wish.url(**{name: value}), value == chosen) for value, label in options.items())
    return Menu(_LABELS[name], options.get(chosen, chosen), wish.url(**{name: ""}) if chosen else "", links)
