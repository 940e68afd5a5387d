"""A HubSpot account to run against: contacts, calls, notes, properties, associations, limits.

A Service Key or private-app token (`pat-…`) opens an account of its own.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.sandbox import contract
from pipeline.sandbox.server import Answer, Request
from pipeline.sandbox.store import Record, Taken, account_of, moment
from pipeline.sandbox.vendor import CALL_KEY, Refused, Route, Vendor, Visit

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
CORRELATION = "00000000-0000-0000-0000-000000000000"
STAGES = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist")
_STANDARD: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "contacts": {
        "email": ("Email", "string"),
        "firstname": ("First name", "string"),
        "lastname": ("Last name", "string"),
        "phone": ("Phone number", "string"),
        "company": ("Company name", "string"),
        "lifecyclestage": ("Lifecycle stage", "enumeration"),
        "hs_lead_status": ("Lead status", "string"),
        "hs_object_id": ("Record ID", "number"),
    },
    "calls": {
        "hs_timestamp": ("Activity date", "datetime"),
        "hs_call_title": ("Call title", "string"),
        "hs_call_body": ("Call notes", "string"),
        "hs_call_duration": ("Call duration", "number"),
        "hs_call_direction": ("Call direction", "string"),
        "hs_call_status": ("Call status", "string"),
        "hs_call_from_number": ("From number", "string"),
        "hs_call_to_number": ("To number", "string"),
    },
    "notes": {"hs_timestamp": ("Activity date", "datetime"), "hs_note_body": ("Note body", "string")},
}


class HubSpot(Vendor):
    """HubSpot's API of one date version."""

    name = "hubspot"
    person_page = (re.compile(r"/contacts/[^/]+/record/0-1/([^/]+)"), "contacts")
    knobs = {"requests": 190, "seconds": 10, "required": []}
    """Requests in so many seconds an account; contact properties that its admin has made required."""

    def __init__(self, folder: Path, *, time_scale: float = 1, version: str = "2026-09") -> None:
        document = contract.Document(
            "hubspot/hubspot-crm-2026-03-leadsync.openapi.json", written="2026-03", version=version
        )
        self.version = version
        super().__init__(folder, time_scale=time_scale, documents=[document])

    def paths(self) -> Sequence[Route]:
        """Return the paths of the date version."""
        crm, properties = f"/crm/objects/{self.version}", f"/crm/properties/{self.version}"
        kinds = "(contacts|calls|notes)"
        return [
            ("GET", re.compile(f"/account-info/{self.version}/details"), self._details),
            ("POST", re.compile(f"{crm}/contacts/batch/upsert"), self._upsert),
            ("POST", re.compile(f"{crm}/contacts/search"), self._search),
            ("POST", re.compile(f"{crm}/{kinds}"), self._create),
            ("GET", re.compile(f"{crm}/{kinds}/([^/]+)"), self._read),
            ("PATCH", re.compile(f"{crm}/{kinds}/([^/]+)"), self._update),
            ("DELETE", re.compile(f"{crm}/(contacts)/([^/]+)"), self._delete),
            ("PUT", re.compile(f"{crm}/{kinds}/([^/]+)/associations/default/{kinds}/([^/]+)"), self._associate),
            ("GET", re.compile(f"{crm}/{kinds}/([^/]+)/associations/{kinds}"), self._associations),
            ("GET", re.compile(f"{properties}/{kinds}"), self._properties),
            ("POST", re.compile(f"{properties}/{kinds}"), self._create_property),
            ("GET", re.compile(f"{properties}/{kinds}/([^/]+)"), self._property),
        ]

    def account(self, request: Request) -> str:
        """Take a bearer token that begins with `pat-`."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not token.startswith("pat-") or account_of(token) in self.refused:
            raise Refused(self.script.shape("auth_invalid"))
        return account_of(token)

    def limit(self, visit: Visit) -> dict[str, str]:
        """Count the request in the account's rolling window."""
        most, seconds = self.knobs["requests"], self.knobs["seconds"]
        left = self.windows.spend(visit.account, most=most, seconds=seconds / self.time_scale, now=visit.now)
        if left is None:
            raise Refused(self.script.shape("rate_burst"))
        prefix = "X-HubSpot-RateLimit-"
        return {
            f"{prefix}Max": str(most),
            f"{prefix}Remaining": str(math.floor(left)),
            f"{prefix}Interval-Milliseconds": str(seconds * 1000),
        }

    def invalid(self, why: str) -> Answer:
        """Return HubSpot's 400."""
        return _error(400, f"Invalid input JSON: {why}", "VALIDATION_ERROR")

    def missing(self) -> Answer:
        """Return HubSpot's 404."""
        return _error(404, "resource not found", "OBJECT_NOT_FOUND")

    # --- contacts, calls, notes ---------------------------------------------------------------------

    def _create(self, visit: Visit) -> Answer:
        kind, asked = visit.parts[0], visit.request.json()
        record = self._add(visit, kind, asked["properties"])
        for association in asked["associations"]:
            self.found(visit.account, "contacts", association["to"]["id"])
            self._link(visit, kind, record.id, "contacts", association["to"]["id"])
        return Answer(201, _shown(record))

    def _upsert(self, visit: Visit) -> Answer:
        results = []
        for entry in visit.request.json()["inputs"]:
            field = entry.get("idProperty", "hs_object_id")
            if field != "email" and not self._is_unique(visit.account, field):
                text = f"Unable to perform update/upsert by non-unique 0-1 property {field} in portal ID 1"
                raise Refused(_error(400, text, "VALIDATION_ERROR"))
            holder = self.store.holder(visit.account, "contacts", field, entry["id"].lower())
            values = {**entry["properties"], field: entry["id"]}
            if holder:
                record = self._change(visit, self.found(visit.account, "contacts", holder), values)
            else:
                record = self._add(visit, "contacts", values)
            results.append({**_shown(record), "new": not holder})
        return Answer(200, {**_batch(visit.now), "results": results})

    def _read(self, visit: Visit) -> Answer:
        return Answer(200, _shown(self._by_id(visit), visit.request.query.get("properties", "")))

    def _update(self, visit: Visit) -> Answer:
        return Answer(200, _shown(self._change(visit, self._by_id(visit), visit.request.json()["properties"])))

    def _delete(self, visit: Visit) -> Answer:
        record = self._by_id(visit)
        self.store.remove(record)
        self.store.note(record, "deleted", "", now=visit.now)
        return Answer(204)

    def _search(self, visit: Visit) -> Answer:
        groups = visit.request.json()["filterGroups"]
        hits = [
            record
            for record in self.store.all("contacts", visit.account)
            if any(all(_fits(record, rule) for rule in group["filters"]) for group in groups)
        ]
        return Answer(200, {"total": len(hits), "results": [_shown(record) for record in hits]})

    def _by_id(self, visit: Visit) -> Record:
        kind, record_id = visit.parts[:2]
        field = visit.request.query.get("idProperty", "")
        if field:
            record_id = self.store.holder(visit.account, kind, field, record_id.lower())
        return self.found(visit.account, kind, record_id)

    def _add(self, visit: Visit, kind: str, values: Mapping[str, str]) -> Record:
        self._check(visit, kind, values, required=self.knobs["required"] if kind == "contacts" else ["hs_timestamp"])
        if kind == "contacts" and not any(values.get(name) for name in ("email", "firstname", "lastname")):
            text = "A contact needs one of email, firstname or lastname."
            raise Refused(_error(400, text, "VALIDATION_ERROR"))
        record = self.store.add(visit.account, kind, dict(values), now=visit.now)
        return self._keep(visit, record, "created")

    def _change(self, visit: Visit, record: Record, values: Mapping[str, str]) -> Record:
        self._check(visit, record.kind, values, required=[])
        merged = {**record.body, **values}
        if _is_backward(record.body.get("lifecyclestage", ""), merged.get("lifecyclestage", "")):
            merged["lifecyclestage"] = record.body["lifecyclestage"]
        return self._keep(visit, self.store.replace(record, merged, now=visit.now), "updated")

    def _keep(self, visit: Visit, record: Record, action: str) -> Record:
        unique = [name for name in record.body if name == "email" or self._is_unique(visit.account, name)]
        try:
            self.store.claim(record, {name: record.body[name].lower() for name in unique if record.kind == "contacts"})
        except Taken as taken:
            shape = self.script.shape("conflict")
            text = f"Contact already exists. Existing ID: {taken.record_id}"
            raise Refused(Answer(shape.status, {**shape.body, "message": text})) from taken
        marked = CALL_KEY.search(record.body.get("hs_call_body", ""))
        key = marked[1] if marked else record.body.get("pipeline_lead_key", "")
        self.store.note(record, action, key, now=visit.now)
        return record

    def _check(self, visit: Visit, kind: str, values: Mapping[str, str], *, required: Sequence[str]) -> None:
        known = self._types(visit.account, kind)
        wrong = [_wrong(name, f"{name} is required", "REQUIRED_FIELD") for name in required if not values.get(name)]
        for name, value in values.items():
            if name not in known:
                wrong.append(_wrong(name, f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST"))
            elif name == "email" and value and not EMAIL.fullmatch(value):
                wrong.append(_wrong(name, f"Email address {value} is invalid", "INVALID_EMAIL"))
            elif known[name] == "number" and value and not _is_number(value):
                wrong.append(_wrong(name, f"{value} was not a valid number.", "INVALID_NUMBER"))
            elif name == "lifecyclestage" and value and value not in STAGES:
                text = f"{value} was not one of the allowed options: {list(STAGES)}"
                wrong.append(_wrong(name, text, "INVALID_OPTION"))
        if wrong:
            raise Refused(_error(400, f"Property values were not valid: {json.dumps(wrong)}", "VALIDATION_ERROR"))

    # --- associations -------------------------------------------------------------------------------

    def _associate(self, visit: Visit) -> Answer:
        kind, record_id, to_kind, to_id = visit.parts
        self.found(visit.account, kind, record_id)
        self.found(visit.account, to_kind, to_id)
        self._link(visit, kind, record_id, to_kind, to_id)
        return Answer(200, {**_batch(visit.now), "results": []})

    def _link(self, visit: Visit, kind: str, record_id: str, to_kind: str, to_id: str) -> None:
        for ours, own_id, theirs, other_id in ((kind, record_id, to_kind, to_id), (to_kind, to_id, kind, record_id)):
            link = f"{ours}/{own_id}/{theirs}/{other_id}"
            if self.store.get(visit.account, "association", link) is None:
                parent = f"{ours}/{own_id}/{theirs}"
                self.store.add(
                    visit.account, "association", {"to": other_id}, now=visit.now, record_id=link, parent=parent
                )

    def _associations(self, visit: Visit) -> Answer:
        kind, record_id, to_kind = visit.parts
        self.found(visit.account, kind, record_id)
        limit, after = int(visit.request.query.get("limit", 500)), int(visit.request.query.get("after", 0))
        links = self.listed(self.store.under(visit.account, "association", f"{kind}/{record_id}/{to_kind}"), visit.now)
        types = [{"category": "HUBSPOT_DEFINED", "typeId": 193, "label": None}]
        page = links[after : after + limit]
        body: dict[str, Any] = {
            "results": [{"toObjectId": link.body["to"], "associationTypes": types} for link in page]
        }
        if after + limit < len(links):
            body["paging"] = {"next": {"after": str(after + limit)}}
        return Answer(200, body)

    # --- account and properties ---------------------------------------------------------------------

    def _details(self, visit: Visit) -> Answer:
        body = {
            "portalId": int(visit.account[:7], 16),
            "accountType": "STANDARD",
            "timeZone": "US/Eastern",
            "companyCurrency": "USD",
            "additionalCurrencies": [],
            "utcOffset": "-05:00",
            "utcOffsetMilliseconds": -18_000_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
        return Answer(200, body)

    def _properties(self, visit: Visit) -> Answer:
        kind = visit.parts[0]
        listed = [_property(name, label, type_) for name, (label, type_) in _STANDARD[kind].items()]
        return Answer(
            200, {"results": listed + [own.body for own in self.store.under(visit.account, "property", kind)]}
        )

    def _create_property(self, visit: Visit) -> Answer:
        kind, asked = visit.parts[0], visit.request.json()
        place = f"{kind}/{asked['name']}"
        if asked["name"] in _STANDARD[kind] or self.store.get(visit.account, "property", place):
            raise Refused(_error(409, f"A property named '{asked['name']}' already exists.", "CONFLICT"))
        body = {**_property(asked["name"], asked["label"], asked["type"]), **asked, "hubspotDefined": False}
        record = self.store.add(visit.account, "property", body, now=visit.now, record_id=place, parent=kind)
        self.store.note(record, "created", "", now=visit.now)
        return Answer(201, body)

    def _property(self, visit: Visit) -> Answer:
        kind, name = visit.parts
        if name in _STANDARD[kind]:
            return Answer(200, _property(name, *_STANDARD[kind][name]))
        return Answer(200, self.found(visit.account, "property", f"{kind}/{name}").body)

    def _types(self, account: str, kind: str) -> dict[str, str]:
        own = {record.body["name"]: record.body["type"] for record in self.store.under(account, "property", kind)}
        return {name: type_ for name, (_, type_) in _STANDARD[kind].items()} | own

    def _is_unique(self, account: str, name: str) -> bool:
        own = self.store.get(account, "property", f"contacts/{name}")
        return own is not None and own.body.get("hasUniqueValue", False)


def _error(status: int, message: str, category: str) -> Answer:
    return Answer(status, {"status": "error", "message": message, "correlationId": CORRELATION, "category": category})


def _wrong(name: str, message: str, error: str) -> dict[str, Any]:
    return {"isValid": False, "message": message, "error": error, "name": name}


def _is_number(value: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


def _is_backward(old: str, new: str) -> bool:
    """Return whether a lifecycle stage would move back, which HubSpot's never do."""
    return old in STAGES and new in STAGES and STAGES.index(new) < STAGES.index(old)


def _fits(record: Record, rule: Mapping[str, Any]) -> bool:
    value = record.body.get(rule["propertyName"], "")
    match rule["operator"]:
        case "EQ":
            return bool(value == rule["value"])
        case "CONTAINS_TOKEN":
            return rule["value"].strip("*") in value
        case "HAS_PROPERTY":
            return bool(value)
        case operator:
            raise Refused(_error(400, f"The sandbox has no operator {operator}.", "VALIDATION_ERROR"))


def _batch(now: float) -> dict[str, Any]:
    return {"status": "COMPLETE", "startedAt": moment(now), "completedAt": moment(now)}


def _property(name: str, label: str, type_: str) -> dict[str, Any]:
    options = [{"label": stage, "value": stage, "hidden": False} for stage in STAGES]
    return {
        "name": name,
        "label": label,
        "type": type_,
        "fieldType": "select" if type_ == "enumeration" else "number" if type_ == "number" else "text",
        "description": "",
        "groupName": "contactinformation",
        "options": options if type_ == "enumeration" else [],
        "hubspotDefined": True,
        "hasUniqueValue": name == "email",
        "modificationMetadata": {
            "archivable": False,
            "readOnlyDefinition": True,
            "readOnlyValue": name == "hs_object_id",
        },
    }


def _shown(record: Record, properties: str = "") -> dict[str, Any]:
    names = [name for name in properties.split(",") if name] or list(record.body)
    return {
        "id": record.id,
        "properties": {**{name: record.body.get(name) for name in names}, "hs_object_id": record.id},
        "createdAt": moment(record.created),
        "updatedAt": moment(record.updated),
        "archived": False,
    }
