"""The list of calls: what the URL asks for, the rows that answer it, the way to the older ones."""

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from calls.models import Call, CallDelivery
from crm.models import LoggedCall
from crm.sync import plan, registry
from pipeline.dashboard import facts, meter, words
from pipeline.dashboard.tags import phone
from pipeline.steps import status
from scoring.extraction import evidence
from scoring.models import LeadScore
from tenants.models import Tenant

PAGE = 50
COUNTED = 1000
"""Calls are counted up to here; beyond it the list says "more than"."""
SORTS = {"-time": "-started_at", "time": "started_at", "-score": "-rank", "score": "rank"}
NAMES = ("q", "status", "band", "kind", "crm", "sort")
FEWEST_DIGITS = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What the URL asks for; what it can't mean is dropped."""

    q: str = ""
    status: str = ""
    band: str = ""
    kind: str = ""
    crm: str = ""
    """A CRM's slug: calls logged there; with a minus: those that are not."""
    sort: str = "-time"
    after: str = ""
    """The last row of the page before, as `<its sort value>~<its id>`."""

    def url(self, **changes: str) -> str:
        """Return the list's query string with these changes, from its first page on."""
        asked = {name: getattr(self, name) for name in NAMES} | changes
        kept = {name: value for name, value in asked.items() if value and (name, value) != ("sort", "-time")}
        return "?" + urlencode(kept)

    @property
    def is_narrow(self) -> bool:
        """Return whether anything is left out."""
        return any((self.q, self.status, self.band, self.kind, self.crm))


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One call of the list."""

    pk: int
    external_id: str
    started_at: dt.datetime
    duration: int
    caller: str
    number: str
    score: int | None
    band: str
    caller_kind: str
    kind: str
    """The same in words."""
    project: str
    terms: str
    source: str
    status: status.Status
    brief: words.Brief
    cells: Sequence[str]
    marks: Sequence[meter.Mark]


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """A page of the list."""

    rows: Sequence[Row]
    count: int
    """Calls that match, at most COUNTED + 1."""
    older: str
    """The next page's query string; empty: there is none."""

    @property
    def is_uncounted(self) -> bool:
        """Return whether more calls match than were counted."""
        return self.count > COUNTED


def read(query: Mapping[str, str]) -> Wish:
    """Read the URL's query."""
    allowed: dict[str, Sequence[str]] = {
        "status": list(status.Word),
        "band": list(words.BANDS),
        "kind": words.KINDS,
        "crm": [sign + slug for slug in registry.PROVIDERS for sign in ("", "-")],
        "sort": list(SORTS),
    }
    given = {name: query.get(name, "").replace("\0", "").strip()[:200] for name in (*NAMES, "after")}
    kept = {name: value for name, value in given.items() if value and value in allowed.get(name, (value,))}
    return Wish(**kept)


def page(tenant: Tenant, wish: Wish, *, now: dt.datetime) -> Page:
    """Return the page of calls that the wish names: the same number of queries for any number of calls."""
    matching = _matching(tenant, wish, now=now)
    count = matching[: COUNTED + 1].count()
    calls = list(_beyond(ranked(matching), wish).order_by(*_order(wish))[: PAGE + 1])
    shown, more = calls[:PAGE], len(calls) > PAGE
    older = wish.url(after=_cursor(shown[-1], wish)) if more else ""
    return Page(rows(tenant, shown, now=now), count, older)


def rows_of(tenant: Tenant, call_ids: Sequence[int], *, now: dt.datetime) -> list[Row]:
    """Return the rows of these calls, as far as the tenant has them."""
    return rows(tenant, list(ranked(Call.objects.filter(pk__in=call_ids))), now=now)


def newer(tenant: Tenant, wish: Wish, *, than: int, now: dt.datetime) -> int:
    """Return how many matching calls have come since the one with this id, at most COUNTED."""
    return _matching(tenant, wish, now=now).filter(pk__gt=than)[:COUNTED].count()


def version(rows: Sequence[Row], came: int) -> str:
    """Return the ETag of a poll's answer: it changes with the rows, not with the clock."""
    return f'"{hashlib.sha256(repr((came, rows)).encode()).hexdigest()[:32]}"'


def _matching(tenant: Tenant, wish: Wish, *, now: dt.datetime) -> QuerySet[Call]:
    return narrowed(Call.objects.all(), tenant, wish, now=now)


def narrowed(found: QuerySet[Call], tenant: Tenant, wish: Wish, *, now: dt.datetime) -> QuerySet[Call]:
    """Leave the calls that the wish names; its order and cursor are not looked at."""
    if wish.q:
        found = found.filter(_words(wish.q))
    if wish.status:
        word, merged = status.Word(wish.status), CallDelivery.objects.all()
        found = found.filter(status.matching(word, tenant=tenant, merged=merged, stages=list(words.STAGES), now=now))
    if wish.band:
        found = found.alias(band=_newest("band")).filter(band=wish.band)
    if wish.kind:
        found = found.alias(kind=_newest("caller_kind")).filter(kind=wish.kind)
    if wish.crm:
        slug = wish.crm.removeprefix("-")
        logged = Exists(LoggedCall.objects.filter(call=OuterRef("pk"), crm=slug).exclude(remote_id=""))
        found = found.filter(~logged if wish.crm.startswith("-") else logged)
    return found


def _words(text: str) -> Q:
    """Return the filter of a search: a name, a number (three digits or more of it) or a call's id."""
    scores = LeadScore.objects.filter(call=OuterRef("pk"))
    name = Concat("lead__first_name", Value(" "), "lead__last_name")
    heard = Q(Exists(scores.alias(name=name).filter(name__icontains=text)))
    found = Q(external_id__icontains=text) | Q(caller_name__icontains=text) | heard
    digits = "".join(letter for letter in text if letter.isdecimal())
    if len(digits) >= FEWEST_DIGITS and not any(letter.isalpha() for letter in text):
        found |= Q(phone__contains=digits)
    return found


def _newest(field: str) -> Subquery:
    return Subquery(LeadScore.objects.filter(call=OuterRef("pk")).order_by("-pk").values(field)[:1])


def ranked(calls: QuerySet[Call]) -> QuerySet[Call]:
    """Add what `rows` needs: `rank` (the score, -1: none yet), `score_id` and `delivery_ids`."""
    deliveries = CallDelivery.objects.filter(call=OuterRef("pk")).order_by("delivery_id").values("delivery_id")
    return calls.annotate(
        rank=Coalesce(_newest("score"), -1), score_id=_newest("pk"), delivery_ids=ArraySubquery(deliveries)
    )


def _beyond(calls: QuerySet[Call], wish: Wish) -> QuerySet[Call]:
    """Leave what comes after the cursor; one that can't be read is the first page."""
    value, _, last = wish.after.rpartition("~")
    name, step = SORTS[wish.sort].removeprefix("-"), "lt" if wish.sort.startswith("-") else "gt"
    try:
        edge: dt.datetime | int = _moment(value) if name == "started_at" else int(value)
        pk = int(last)
    except (ValueError, OverflowError):
        return calls
    beyond: dict[str, Any] = {f"{name}__{step}": edge}
    level: dict[str, Any] = {name: edge, f"pk__{step}": pk}
    return calls.filter(Q(**beyond) | Q(**level))


def _moment(text: str) -> dt.datetime:
    """Read a time with its zone. Raises ValueError, OverflowError (before the year 1)."""
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(dt.UTC)


def _order(wish: Wish) -> tuple[str, str]:
    return SORTS[wish.sort], "-pk" if wish.sort.startswith("-") else "pk"


def _cursor(call: Any, wish: Wish) -> str:  # noqa: ANN401  (a Call with the annotations of ranked)
    value = call.started_at.isoformat() if wish.sort.endswith("time") else call.rank
    return f"{value}~{call.pk}"


def rows(tenant: Tenant, calls: Sequence[Any], *, now: dt.datetime) -> list[Row]:
    """Return the rows of these calls (of `ranked`), in their order."""
    order = plan.in_order(tenant)
    steps = status.of_calls(tenant, {call.pk: call.delivery_ids for call in calls}, stages=list(words.STAGES))
    ids = [call.score_id for call in calls if call.score_id]
    scores = {score.call_id: score for score in LeadScore.objects.select_related("extraction").filter(pk__in=ids)}
    return [_row(call, scores.get(call.pk), steps[call.pk], order, now) for call in calls]


def _row(
    call: Call, score: LeadScore | None, steps: Sequence[status.Passage], order: Sequence[str], now: dt.datetime
) -> Row:
    stands = status.derive(steps, now=now)
    found = evidence.from_json(score.extraction.facts) if score and score.extraction else {}
    project, terms = facts.wants(found)
    name, number = facts.caller(call, score), phone(call.phone) or call.caller_id
    return Row(
        pk=call.pk,
        external_id=call.external_id,
        started_at=call.started_at,
        duration=call.duration,
        caller=name,
        number="" if number == name else number,
        score=score.score if score else None,
        band=score.band if score else "",
        caller_kind=score.caller_kind if score else "",
        kind=words.kind(score.caller_kind) if score else "",
        project=project,
        terms=terms,
        source=call.marketing_source,
        status=stands,
        brief=words.brief(stands),
        cells=meter.cells(steps, stands, now=now),
        marks=meter.marks(steps, order),
    )
