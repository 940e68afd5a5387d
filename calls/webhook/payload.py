"""What the guide's door takes: JSON read strictly, then typed (row I4). More fields are left unread in the raw body."""

import dataclasses
import datetime as dt
import json
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, NoReturn

MAX_BYTES = 1 << 20
MAX_DEPTH = 100
MAX_PARTS = 20_000
"""Brackets, braces and commas that a body may have: what they cost to read is bounded before a signature is."""
MAX_DIGITS = 400
MAX_ITEMS = 1000
MAX_UTM = 30
MAX_SECONDS = 86_400
FIRST_YEAR = 2000
AHEAD = dt.timedelta(days=1)
"""How far a clock may be ahead of ours; a call of the far future would stand on top of every list for ever."""
BOM = b"\xef\xbb\xbf"
EVENT = "call_completed"
LIMITS = {
    "caller_id": 64,
    "caller_name": 255,
    "caller_email": 254,
    "tracking_number": 64,
    "source": 255,
    "medium": 255,
    "campaign": 255,
    "keyword": 255,
    "gclid": 255,
    "landing_page_url": 16_384,
    "recording_url": 16_384,
    "recording": 16_384,
}
"""Characters a text may have, by field."""
_NO_TEXTS = dict.fromkeys([name for name in LIMITS if name not in {"caller_id", "recording_url", "recording"}], "")
_CALL_ID = 255
_DIGITS = re.compile(r"[0-9]{1,6}")
_EVENT = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_UTM = re.compile(r"utm_[a-z0-9_]{1,60}")
_WEB = re.compile(r"https?://[^/\s]", re.IGNORECASE)
_BREAKS = {"Cc", "Zl", "Zp"}
_HIDDEN = _BREAKS | {"Cf"}
_JOINERS = {"\u200c", "\u200d"}
"""Invisible, and a part of names in Persian and Hindi and of emoji."""


class Malformed(Exception):
    """The body is not one JSON object that can be stored: 400. The text says why, and holds nothing of the body."""


class Invalid(Exception):
    """A field has a value that makes no sense: 422. The text names the field and what it must be."""


@dataclasses.dataclass(frozen=True, slots=True)
class Payload:
    """One delivery of the guide's door; texts not given are empty."""

    call_id: str
    event: str
    caller_id: str
    duration: int
    """Seconds."""
    start_time: dt.datetime | None
    direction: str
    """`inbound`, `outbound`, or empty: not said."""
    recording_url: str
    texts: Mapping[str, str]
    """caller_name, caller_email, tracking_number, source, medium, campaign, keyword, gclid, landing_page_url."""
    utm: Mapping[str, str]


def parse(body: bytes) -> dict[str, Any]:
    """Return the object in a body of at most 1 MiB. Raises Malformed. Anyone may send it: it must be cheap.

    Stricter than Python: UTF-8 only, no key twice, no NaN or infinity, no NUL or lone surrogate (Postgres takes
    neither), at most 100 levels. A byte order mark is looked through here; `typed` refuses it, so that a signed
    body that a proxy marked gets the answer of a wrong signature.
    """
    if len(body) > MAX_PARTS and sum(map(body.count, (b"[", b"{", b","))) > MAX_PARTS:
        raise Malformed(f"The body has more than {MAX_PARTS} brackets, braces and commas: too much for one call.")
    try:
        text = body.removeprefix(BOM).decode()
        parsed = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    except RecursionError as error:
        raise Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error.msg} at character {error.pos}.") from error
    if not isinstance(parsed, dict):
        raise Malformed("The body must be one JSON object.")
    if "\\u" in text or text.count("[") + text.count("{") > MAX_DEPTH:
        _look_through(parsed)
    return parsed


def typed(fields: Mapping[str, Any], *, body: bytes, latest: dt.datetime | None = None) -> Payload:
    """Return the payload of a parsed body. Raises Malformed for a byte order mark, Invalid for a field.

    A call that began after `latest` is invalid; None: that was judged when the delivery came.
    """
    if body.startswith(BOM):
        raise Malformed("The body begins with a byte order mark. Send UTF-8 without it.")
    for name, value in fields.items():
        if isinstance(value, (list, dict)) and len(value) > MAX_ITEMS:
            raise Invalid(f"{_shown(name)} has more than {MAX_ITEMS} items.")
    texts = _NO_TEXTS | {name: _text(fields, name) for name in _NO_TEXTS if name in fields}
    if not _WEB.match(texts["landing_page_url"]):
        texts["landing_page_url"] = ""  # another scheme may do harm where it is clicked
    recording, alias = _text(fields, "recording_url"), _text(fields, "recording")
    return Payload(
        call_id=_call_id(fields),
        event=_event(fields.get("event")),
        caller_id=_caller_id(fields),
        duration=_duration(fields.get("duration")),
        start_time=_start_time(fields.get("start_time"), latest),
        direction=_direction(fields.get("direction")),
        recording_url=(recording or alias).strip(),
        texts=texts,
        utm=_utm(fields),
    )


def _call_id(fields: Mapping[str, Any]) -> str:
    value = fields.get("call_id")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # "1" and 1 are one call
    if not isinstance(value, str) or not value.strip() or len(value) > _CALL_ID:
        raise Invalid("call_id must be a text of 1 to 255 characters, or a whole number.")
    if not value.isprintable() and any(unicodedata.category(one) in _HIDDEN for one in value):
        raise Invalid("call_id must have no line breaks, tabs, or invisible characters.")
    return value.strip()


def _caller_id(fields: Mapping[str, Any]) -> str:
    value = fields.get("caller_id")
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return _text(fields, "caller_id")
    raise Invalid("caller_id must be the caller's number, as text or digits; empty if it was withheld.")


def _duration(value: object) -> int:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SECONDS:
        return value
    raise Invalid(f"duration must be whole seconds from 0 to {MAX_SECONDS}, as digits or a number.")


def _start_time(value: object, latest: dt.datetime | None) -> dt.datetime | None:
    """Return the moment in UTC: Postgres doesn't take every offset that Python does."""
    if value is None or value == "":
        return None
    try:
        moment = dt.datetime.fromisoformat(value if isinstance(value, str) else "")
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("start_time must be a moment such as 2026-03-01T14:00:00-05:00.") from error
    if moment.year < FIRST_YEAR:
        raise Invalid(f"start_time must not lie before the year {FIRST_YEAR}.")
    if latest and moment > latest:
        raise Invalid("start_time lies more than a day ahead of our clock. Send when the call began, with its offset.")
    return moment


def _direction(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, str) and value.lower() in {"inbound", "outbound"}:
        return value.lower()
    raise Invalid("direction must be inbound or outbound.")


def _event(value: object) -> str:
    if value is None or value == "":
        return EVENT
    if isinstance(value, str) and _EVENT.fullmatch(value):
        return value
    raise Invalid("event must be a name such as call_completed: small letters, digits, dots and _.")


def _utm(fields: Mapping[str, Any]) -> dict[str, str]:
    found = {name: _text(fields, name, limit=1024) for name in fields if name.startswith("utm_")}
    if not found:
        return found
    if len(found) > MAX_UTM or any(len(name) > 64 for name in found):  # noqa: PLR2004
        raise Invalid(f"At most {MAX_UTM} utm_ fields are taken, with names of up to 64 characters.")
    return {name: value for name, value in found.items() if value}


def _text(fields: Mapping[str, Any], name: str, *, limit: int = 0) -> str:
    value = fields.get(name)
    limit = limit or LIMITS[name]
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Invalid(f"{_shown(name)} must be a text.")
    if len(value) > limit:
        raise Invalid(f"{_shown(name)} may have at most {limit} characters.")
    return value if value.isprintable() else _printable(value)


def _printable(text: str) -> str:
    """Return a text that can't break or turn round a line that shows it."""
    kinds = [(one, unicodedata.category(one)) for one in text]
    return "".join(" " if kind in _BREAKS else one for one, kind in kinds if kind != "Cf" or one in _JOINERS)


def _shown(name: str) -> str:
    """Return a field's name as an answer may show it: names we know, nothing that was made up by the sender."""
    is_known = name in LIMITS or name in {"tags", "call_id", "tenant_id"} or _UTM.fullmatch(name)
    return name if is_known else "A field"


def _look_through(parsed: dict[str, Any]) -> None:
    """Refuse what nests too deep, and texts that Postgres can't hold."""
    level: list[Any] = [parsed]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.keys()
                below += value.values()
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str):
                _storable(value)
        if not below:
            return
        level = below
    raise Malformed(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _storable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Malformed("The body holds half of a surrogate pair.") from error
    if "\0" in text:
        raise Malformed("The body holds a NUL character.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed("The body names a key twice.")
    return made


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise Malformed(f"The body holds a number of more than {MAX_DIGITS} digits.")
    return int(text)


def _finite(text: str) -> float:
    if len(text) > MAX_DIGITS:
        raise Malformed(f"The body holds a number of more than {MAX_DIGITS} digits.")
    number = float(text)
    if not math.isfinite(number):
        raise Malformed("The body holds a number that is too large.")
    return number


def _no_constant(text: str) -> NoReturn:
    raise Malformed(f"The body holds {text}, which is not JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_finite, parse_constant=_no_constant
)
