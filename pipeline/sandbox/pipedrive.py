"""A Pipedrive company to run against: persons, person fields, leads, notes, limits.

Every API token of 8 to 64 letters and digits opens a company of its own. Nothing is unique and no duplicate is
refused, as in Pipedrive. Search sees a person only after `search_lag` seconds.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.sandbox import contract
from pipeline.sandbox.server import Answer, Request
from pipeline.sandbox.store import Record, account_of, moment
from pipeline.sandbox.vendor import CALL_KEY, Refused, Route, Vendor, Visit

TOKEN = re.compile(r"[0-9A-Za-z]{8,64}")
ERROR_INFO = "Please check developers.pipedrive.com for more information about Pipedrive API."
LEAD_KEY_LABEL = "Pipeline lead key"
_COSTS = {"GET search": 20, "GET": 1, "POST": 10, "PATCH": 5, "DELETE": 3}
"""Tokens of a request, roughly as Pipedrive counts them (core API concepts, rate limiting)."""
_STANDARD = (("name", "Name", "varchar"), ("phone", "Phone", "phone"), ("email", "Email", "varchar"))


class Pipedrive(Vendor):
    """Pipedrive's API v2 for persons and fields, v1 for leads, notes and the user."""

    name = "pipedrive"
    person_page = (re.compile(r"/person/(\d+)"), "person")
    knobs = {"requests": 100, "seconds": 2, "daily_tokens": 5_000_000, "search_lag": 0}
    """Requests in so many seconds a token; tokens of a day; seconds until search sees a person."""

    def __init__(self, folder: Path, *, time_scale: float = 1) -> None:
        documents = [
            contract.Document("pipedrive/pipedrive-v2-leadsync.openapi.json", prefix="/api/v2"),
            contract.Document("pipedrive/pipedrive-v1-leadsync.openapi.json", prefix="/v1"),
        ]
        super().__init__(folder, time_scale=time_scale, documents=documents)

    def paths(self) -> Sequence[Route]:
        """Return the paths of both versions."""
        return [
            ("GET", re.compile("/v1/users/me"), self._me),
            ("GET", re.compile("/api/v2/personFields"), self._fields),
            ("POST", re.compile("/api/v2/personFields"), self._make_field),
            ("GET", re.compile("/api/v2/persons/search"), self._search),
            ("GET", re.compile("/api/v2/persons"), self._persons),
            ("POST", re.compile("/api/v2/persons"), self._make_person),
            ("GET", re.compile(r"/api/v2/persons/(\d+)"), self._person),
            ("PATCH", re.compile(r"/api/v2/persons/(\d+)"), self._change_person),
            ("DELETE", re.compile(r"/api/v2/persons/(\d+)"), self._delete_person),
            ("GET", re.compile("/v1/leads"), self._leads),
            ("POST", re.compile("/v1/leads"), self._make_lead),
            ("GET", re.compile("/v1/leads/([0-9a-f-]+)"), self._lead),
            ("GET", re.compile("/v1/notes"), self._notes),
            ("POST", re.compile("/v1/notes"), self._make_note),
        ]

    def account(self, request: Request) -> str:
        """Take an API token in the header."""
        token = request.headers.get("x-api-token", "")
        if not TOKEN.fullmatch(token) or account_of(token) in self.refused:
            raise Refused(self.script.shape("auth_invalid"))
        return account_of(token)

    def limit(self, visit: Visit) -> dict[str, str]:
        """Count the request in the burst window and its cost in the day's tokens."""
        most, seconds, daily = self.knobs["requests"], self.knobs["seconds"], self.knobs["daily_tokens"]
        window, day = seconds / self.time_scale, 86_400 / self.time_scale
        left = self.windows.spend("burst", visit.account, most=most, seconds=window, now=visit.now)
        if left is None:
            raise Refused(self.script.shape("rate_burst", **{"x-ratelimit-reset": str(seconds)}))
        method = visit.request.method
        cost = _COSTS[f"{method} search" if visit.request.path.endswith("/search") else method]
        tokens = self.windows.spend("day", visit.account, cost=cost, most=daily, seconds=day, now=visit.now)
        if tokens is None:
            raise Refused(self.script.shape("rate_daily"))
        return {
            "x-ratelimit-limit": str(most),
            "x-ratelimit-remaining": f"{left:.0f}",
            "x-ratelimit-reset": str(seconds),
            "x-daily-ratelimit-token-limit": str(daily),
            "x-daily-ratelimit-token-remaining": f"{tokens:.0f}",
        }

    def invalid(self, why: str) -> Answer:
        """Return v2's 400."""
        shape = self.script.shape("validation_v2")
        return Answer(shape.status, {**shape.body, "error_info": why})

    def missing(self) -> Answer:
        """Return the 404 of both versions."""
        shape = self.script.shape("lead_not_found")
        return Answer(shape.status, {**shape.body, "error": "Not found."})

    # --- account and fields -------------------------------------------------------------------------

    def _me(self, visit: Visit) -> Answer:
        company = f"Company {visit.account[:6]}"
        return _ok({"id": 1, "name": "Sandbox User", "company_id": 1, "company_name": company, "is_you": True})

    def _fields(self, visit: Visit) -> Answer:
        own = [record.body for record in self.store.all("person_field", visit.account)]
        standard = [_field(code, label, type_, custom=False) for code, label, type_ in _STANDARD]
        return _ok(standard + own, additional_data={"next_cursor": None})

    def _make_field(self, visit: Visit) -> Answer:
        asked = visit.request.json()
        count = len(self.store.all("person_field", visit.account))
        code = hashlib.sha1(f"{visit.account}/{count}".encode(), usedforsecurity=False).hexdigest()
        body = _field(code, asked["field_name"], asked["field_type"], custom=True)
        record = self.store.add(visit.account, "person_field", body, now=visit.now, record_id=code)
        self.store.note(record, "created", "", now=visit.now)
        return _ok(body)

    # --- persons ------------------------------------------------------------------------------------

    def _make_person(self, visit: Visit) -> Answer:
        asked = visit.request.json()
        if not str(asked.get("name") or "").strip():
            raise Refused(self.script.shape("name_missing_v1"))
        self._check_custom(visit, asked)
        record = self.store.add(visit.account, "person", asked, now=visit.now)
        self.store.note(record, "created", self._key_of(record), now=visit.now)
        return _ok(_person(record))

    def _change_person(self, visit: Visit) -> Answer:
        record, asked = self.found(visit.account, "person", visit.parts[0]), visit.request.json()
        self._check_custom(visit, asked)
        custom = {**record.body.get("custom_fields", {}), **asked.get("custom_fields", {})}
        record = self.store.replace(record, {**record.body, **asked, "custom_fields": custom}, now=visit.now)
        self.store.note(record, "updated", self._key_of(record), now=visit.now)
        return _ok(_person(record))

    def _person(self, visit: Visit) -> Answer:
        return _ok(_person(self.found(visit.account, "person", visit.parts[0])))

    def _delete_person(self, visit: Visit) -> Answer:
        record = self.found(visit.account, "person", visit.parts[0])
        self.store.remove(record)
        self.store.note(record, "deleted", self._key_of(record), now=visit.now)
        return _ok({"id": int(record.id)})

    def _persons(self, visit: Visit) -> Answer:
        query = visit.request.query
        limit, start = int(query.get("limit", 100)), int(query.get("cursor") or 0)
        since = query.get("updated_since", "")
        found = [one for one in self.store.all("person", visit.account) if moment(one.updated) >= since]
        more = str(start + limit) if start + limit < len(found) else None
        page = [_person(record) for record in found[start : start + limit]]
        return _ok(page, additional_data={"next_cursor": more})

    def _search(self, visit: Visit) -> Answer:
        term, field = visit.request.query["term"].lower(), visit.request.query.get("fields", "")
        seen_until = visit.now - self.knobs["search_lag"] / self.time_scale
        hits = [
            {"result_score": 1, "item": {"id": int(one.id), "type": "person", "name": one.body["name"]}}
            for one in self.store.all("person", visit.account)
            if one.created <= seen_until and term in _searched(one, field)
        ]
        return _ok({"items": hits}, additional_data={"next_cursor": None})

    def _check_custom(self, visit: Visit, asked: Mapping[str, Any]) -> None:
        """Refuse custom fields that the account lacks or that have the wrong type; v2 answers 500 to those."""
        types = {one.id: one.body["field_type"] for one in self.store.all("person_field", visit.account)}
        for code, value in asked.get("custom_fields", {}).items():
            is_number = isinstance(value, int | float)
            if code not in types or (value is not None and is_number != (types[code] in {"int", "double"})):
                raise Refused(self.script.shape("bad_custom_fields_is_500"))

    def _key_of(self, person: Record) -> str:
        codes = [
            field.id
            for field in self.store.all("person_field", person.account)
            if field.body["field_name"] == LEAD_KEY_LABEL
        ]
        return str(person.body.get("custom_fields", {}).get(codes[0], "")) if codes else ""

    # --- leads and notes ----------------------------------------------------------------------------

    def _make_lead(self, visit: Visit) -> Answer:
        asked = visit.request.json()
        if not asked.get("person_id"):
            raise Refused(Answer(400, _refusal("Either person_id or organization_id must be given.")))
        person = self.found(visit.account, "person", str(asked["person_id"]))
        lead_id = str(uuid.uuid4())
        record = self.store.add(visit.account, "lead", asked, now=visit.now, record_id=lead_id, parent=person.id)
        self.store.note(record, "created", str(asked.get("origin_id", "")), now=visit.now)
        return Answer(201, {"success": True, "data": _lead(record)})

    def _lead(self, visit: Visit) -> Answer:
        return _ok(_lead(self.found(visit.account, "lead", visit.parts[0])))

    def _leads(self, visit: Visit) -> Answer:
        person = visit.request.query.get("person_id", "")
        found = self.store.under(visit.account, "lead", person) if person else self.store.all("lead", visit.account)
        return _ok([_lead(record) for record in found])

    def _make_note(self, visit: Visit) -> Answer:
        asked = visit.request.json()
        if not any(asked.get(name) for name in ("person_id", "lead_id", "deal_id", "org_id")):
            raise Refused(Answer(400, _refusal("One of lead_id, deal_id, person_id, org_id must be given.")))
        if asked.get("lead_id"):
            self.found(visit.account, "lead", asked["lead_id"])
        person = self.found(visit.account, "person", str(asked["person_id"])).id if asked.get("person_id") else ""
        record = self.store.add(visit.account, "note", asked, now=visit.now, parent=person)
        marked = CALL_KEY.search(asked["content"])
        self.store.note(record, "created", marked[1] if marked else "", now=visit.now)
        return _ok(_note(record))

    def _notes(self, visit: Visit) -> Answer:
        query = visit.request.query
        found = self.listed(self.store.under(visit.account, "note", query.get("person_id", "")), visit.now)
        newest = found[::-1] if "DESC" in query.get("sort", "") else found
        return _ok([_note(record) for record in newest[: int(query.get("limit", 100))]])


def _ok(data: object, **more: object) -> Answer:
    return Answer(200, {"success": True, "data": data, **more})


def _refusal(error: str) -> dict[str, Any]:
    return {"success": False, "error": error, "error_info": ERROR_INFO, "data": None, "additional_data": None}


def _field(code: str, label: str, type_: str, *, custom: bool) -> dict[str, Any]:
    return {
        "field_name": label,
        "field_code": code,
        "field_type": type_,
        "is_custom_field": custom,
        "is_optional_response_field": False,
        "options": None,
    }


def _searched(person: Record, field: str) -> list[str]:
    """Return the texts of a person that a search of one field compares, in small letters."""
    match field:
        case "custom_fields":
            values = list(person.body.get("custom_fields", {}).values())
        case "email" | "phone":
            values = [entry.get("value") for entry in person.body.get(f"{field}s", [])]
        case _:
            values = [person.body["name"]]
    return [str(value).lower() for value in values]


def _person(record: Record) -> dict[str, Any]:
    first, _, last = record.body["name"].partition(" ")
    times = {"add_time": moment(record.created), "update_time": moment(record.updated)}
    lists: dict[str, Any] = {"emails": [], "phones": [], "custom_fields": {}}
    return {**lists, **record.body, **times, "id": int(record.id), "first_name": first, "last_name": last}


def _lead(record: Record) -> dict[str, Any]:
    unset = ("organization_id", "channel", "channel_id", "source_deal_id", "value", "expected_close_date")
    return {
        **dict.fromkeys((*unset, "next_activity_id", "origin_id")),
        **json.loads(json.dumps(record.body)),
        "id": record.id,
        "owner_id": 1,
        "creator_id": 1,
        "label_ids": [],
        "source_name": "API",
        "origin": "API",
        "is_archived": False,
        "was_seen": False,
        "visible_to": "3",
        "cc_email": "",
        "add_time": moment(record.created),
        "update_time": moment(record.updated),
    }


def _note(record: Record) -> dict[str, Any]:
    return {**record.body, "id": int(record.id), "active_flag": True, "add_time": moment(record.created)}
