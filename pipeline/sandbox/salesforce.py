"""A Salesforce org to run against: leads by external id, tasks, describe, SOQL, OAuth and SOAP sign-in, limits.

The first sign-in with a consumer key (or a user name) makes its org, with the secret that came along; later ones must
bring the same. The org has the lead fields that our set-up text asks for.
"""

import base64
import html
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.sandbox import contract, soql
from pipeline.sandbox.server import Answer, Request
from pipeline.sandbox.store import Record, Taken, account_of
from pipeline.sandbox.vendor import CALL_KEY, Refused, Route, Vendor, Visit

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105  (a path)
SOAP_PATH = re.compile(r"/services/Soap/[uc]/(\d+)\.0")
LAST_SOAP_VERSION = 64
KEY_FIELD = "Pipeline_Lead_Key__c"
PREFIXES = {"Lead": "00Q", "Task": "00T", "Organization": "00D"}
_LEAD = (
    ("LastName", "string", "required"),
    ("Company", "string", "required"),
    *((name, "string", "") for name in ("FirstName", "Email", "Phone", "LeadSource", "Rating", "Status", "Title")),
    ("Description", "textarea", ""),
    ("DoNotCall", "boolean", ""),
    ("AnnualRevenue", "currency", ""),
    (KEY_FIELD, "string", "unique"),
    ("Pipeline_Primary_Id__c", "string", ""),
    ("Pipeline_Lead_Score__c", "double", ""),
)
_TASK = (
    *((name, "string", "") for name in ("WhoId", "Subject", "Status", "Priority", "TaskSubtype", "CallType")),
    *((name, "string", "") for name in ("CallObject", "ActivityDate")),
    ("Description", "textarea", ""),
    ("CallDurationInSeconds", "int", ""),
)
FIELDS = {
    "Lead": {name: (type_, mark) for name, type_, mark in _LEAD},
    "Task": {name: (type_, mark) for name, type_, mark in _TASK},
}
_NUMBERS = {"double", "int", "currency"}


class Salesforce(Vendor):
    """Salesforce's REST API, and SOAP login() up to 64.0."""

    name = "salesforce"
    person_page = (re.compile("/lightning/r/Lead/([0-9A-Za-z]+)/view"), "Lead")
    knobs = {
        "daily_requests": 1_000_000,
        "soap": True,
        "session_seconds": 7200,
        "required": [],
        "absent": [],
        "duplicate_field": "",
        "duplicate_allows_save": True,
    }
    """`required`: more lead fields that must be given; `absent`: lead fields that the org lacks; `duplicate_field`: a
    duplicate rule compares it, as an alert or (`duplicate_allows_save` false) a block."""

    def __init__(self, folder: Path, *, time_scale: float = 1) -> None:
        documents = [contract.Document("salesforce/salesforce-rest-leadsync.openapi.json")]
        super().__init__(folder, time_scale=time_scale, documents=documents)
        self._sign_in = SignIn(self)

    def paths(self) -> Sequence[Route]:
        """Return the paths of the REST API."""
        base = r"/services/data/v\d{2}\.0"
        return [
            ("GET", re.compile(f"{base}/query/?"), self._query),
            ("GET", re.compile(f"{base}/sobjects/(Lead|Task)/describe"), self._describe),
            ("POST", re.compile(f"{base}/sobjects/(Lead|Task)/?"), self._create),
            ("GET", re.compile(f"{base}/sobjects/(Lead|Task)/([0-9A-Za-z]+)"), self._read),
            ("PATCH", re.compile(f"{base}/sobjects/(Lead|Task)/([0-9A-Za-z]+)"), self._update),
            ("DELETE", re.compile(f"{base}/sobjects/(Lead|Task)/([0-9A-Za-z]+)"), self._delete),
            ("PATCH", re.compile(f"{base}/sobjects/(Lead)/({KEY_FIELD})/([^/]+)"), self._upsert),
        ]

    def respond(self, request: Request) -> Answer:
        """Answer a request; those that sign in have no session yet."""
        if request.path == TOKEN_PATH or SOAP_PATH.fullmatch(request.path):
            fault = self.script.take(request, "")
            replaced = self.script.answer(fault) if fault else None
            return replaced or self._sign_in.respond(request)
        return super().respond(request)

    def account(self, request: Request) -> str:
        """Take the session of a sign-in."""
        _, _, token = request.headers.get("authorization", "").partition(" ")
        return self._sign_in.org(token)

    def limit(self, visit: Visit) -> dict[str, str]:
        """Count the request in the org's 24 hours."""
        most, day = self.knobs["daily_requests"], 86_400 / self.time_scale
        left = self.windows.spend(visit.account, most=most, seconds=day, now=visit.now)
        if left is None:
            raise Refused(self.script.shape("request_limit"))
        return {"Sforce-Limit-Info": f"api-usage={most - left:.0f}/{most}"}

    def invalid(self, why: str) -> Answer:
        """Return a 400 in Salesforce's form."""
        return _error(400, "JSON_PARSER_ERROR", why)

    def missing(self) -> Answer:
        """Return Salesforce's 404."""
        return self.script.shape("bad_external_id_field")

    # --- records ------------------------------------------------------------------------------------

    def _create(self, visit: Visit) -> Answer:
        record = self._add(visit, visit.parts[0], visit.request.json())
        return Answer(201, _saved(record, created=True))

    def _upsert(self, visit: Visit) -> Answer:
        kind, field, value = visit.parts
        holder = self.store.holder(visit.account, kind, field, value)
        if holder:
            record = self._change(visit, self.found(visit.account, kind, holder), visit.request.json())
            return Answer(200, _saved(record, created=False))
        return Answer(201, _saved(self._add(visit, kind, {**visit.request.json(), field: value}), created=True))

    def _read(self, visit: Visit) -> Answer:
        record = self.found(visit.account, *visit.parts)
        return Answer(200, {**record.body, "Id": record.id})

    def _update(self, visit: Visit) -> Answer:
        self._change(visit, self.found(visit.account, *visit.parts), visit.request.json())
        return Answer(204)

    def _delete(self, visit: Visit) -> Answer:
        record = self.found(visit.account, *visit.parts)
        self.store.remove(record)
        self.store.note(record, "deleted", "", now=visit.now)
        return Answer(204)

    def _add(self, visit: Visit, kind: str, values: Mapping[str, Any]) -> Record:
        self._check(kind, values)
        if kind == "Lead":
            required = [name for name, (_, mark) in FIELDS[kind].items() if mark == "required"]
            lacking = [name for name in (*required, *self.knobs["required"]) if values.get(name) in (None, "")]
            if lacking:
                text = f"Required fields are missing: [{', '.join(lacking)}]"
                raise Refused(_error(400, "REQUIRED_FIELD_MISSING", text, fields=lacking))
            self._apply_duplicate_rule(visit, values)
        elif values.get("WhoId"):
            self.found(visit.account, "Lead", values["WhoId"])
        record_id = PREFIXES[kind] + secrets.token_hex(6) + "AAA"
        parent = str(values.get("WhoId", ""))
        record = self.store.add(visit.account, kind, dict(values), now=visit.now, record_id=record_id, parent=parent)
        return self._keep(visit, record, "created")

    def _change(self, visit: Visit, record: Record, values: Mapping[str, Any]) -> Record:
        self._check(record.kind, values)
        return self._keep(visit, self.store.replace(record, {**record.body, **values}, now=visit.now), "updated")

    def _keep(self, visit: Visit, record: Record, action: str) -> Record:
        key = str(record.body.get(KEY_FIELD) or record.body.get("CallObject") or "")
        try:
            self.store.claim(record, {KEY_FIELD: key} if record.kind == "Lead" else {})
        except Taken as taken:
            text = f"duplicate value found: {taken.field} duplicates value on record with id: {taken.record_id}"
            raise Refused(_error(400, "DUPLICATE_VALUE", text, fields=[])) from taken
        marked = CALL_KEY.search(str(record.body.get("Description", "")))
        self.store.note(record, action, marked[1] if marked and record.kind == "Task" else key, now=visit.now)
        return record

    def _check(self, kind: str, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if name not in FIELDS[kind] or name in self.knobs["absent"]:
                raise Refused(_error(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}"))
            type_ = FIELDS[kind][name][0]
            fits = {True: isinstance(value, bool), False: isinstance(value, str)}[type_ == "boolean"]
            if type_ in _NUMBERS:
                fits = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not fits:
                raise Refused(_error(400, "JSON_PARSER_ERROR", f"Cannot deserialize instance of {type_} for {name}"))

    def _apply_duplicate_rule(self, visit: Visit, values: Mapping[str, Any]) -> None:
        field = self.knobs["duplicate_field"]
        header = visit.request.headers.get("sforce-duplicate-rule-header", "")
        allowed = "allowSave=true" in header and self.knobs["duplicate_allows_save"]
        if not field or not values.get(field) or allowed:
            return
        match = next(
            (lead for lead in self.store.all("Lead", visit.account) if lead.body.get(field) == values[field]), None
        )
        if match:
            shape = self.script.shape("duplicates_detected_old_spelling")
            entry = dict(shape.body[0])
            result = {**entry["duplicateResut"], "allowSave": self.knobs["duplicate_allows_save"]}
            found = {"record": {"attributes": {"type": "Lead"}, "Id": match.id}, "matchConfidence": 100.0}
            result["matchResults"] = [{**result["matchResults"][0], "matchRecords": [found]}]
            raise Refused(Answer(shape.status, [{**entry, "duplicateResut": result}]))

    # --- about the org ------------------------------------------------------------------------------

    def _query(self, visit: Visit) -> Answer:
        try:
            query = soql.read(visit.request.query["q"])
        except soql.BadQuery as error:
            raise Refused(_error(400, "MALFORMED_QUERY", str(error))) from error
        found = self._org(visit) if query.kind == "Organization" else self.store.all(query.kind, visit.account)
        shown = self.listed(found, visit.now) if query.kind == "Task" else found
        hits = [record for record in shown if query.fits({**record.body, "Id": record.id})]
        ordered = (hits[::-1] if query.newest_first else hits)[: query.limit]
        records = [
            {"attributes": {"type": query.kind}, **{name: _value(record, name) for name in query.fields}}
            for record in ordered
        ]
        return Answer(200, {"totalSize": len(records), "done": True, "records": records})

    def _describe(self, visit: Visit) -> Answer:
        kind = visit.parts[0]
        fields = [
            _described(name, *marks, more=name in self.knobs["required"])
            for name, marks in FIELDS[kind].items()
            if name not in self.knobs["absent"]
        ]
        return Answer(200, {"name": kind, "createable": True, "fields": fields})

    @staticmethod
    def _org(visit: Visit) -> list[Record]:
        body = {"Name": f"Org {visit.account[:6]}"}
        return [Record(visit.account, "Organization", f"00D{visit.account[:12]}AAA", "", body, visit.now, visit.now)]


class SignIn:
    """OAuth client credentials and SOAP login(); an org is known by its consumer key or user name."""

    def __init__(self, vendor: Salesforce) -> None:
        self._vendor = vendor

    def respond(self, request: Request) -> Answer:
        """Sign in."""
        return self._oauth(request) if request.path == TOKEN_PATH else self._soap(request)

    def org(self, token: str) -> str:
        """Return the org of a session. Raises Refused."""
        session = self._vendor.store.get("", "session", account_of(token))
        lasts = self._vendor.knobs["session_seconds"] / self._vendor.time_scale
        if session is None or session.created < time.time() - lasts or session.body["org"] in self._vendor.refused:
            raise Refused(self._vendor.script.shape("session_expired"))
        return str(session.body["org"])

    def _oauth(self, request: Request) -> Answer:
        form = request.form()
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            basic = base64.b64decode(encoded).decode() if scheme == "Basic" else ""
        except ValueError:
            basic = ""
        client_id, _, secret = (
            basic.partition(":") if basic else (form.get("client_id", ""), "", form.get("client_secret", ""))
        )
        if form.get("grant_type") != "client_credentials" or not client_id or not self._fits(client_id, secret):
            return self._vendor.script.shape("oauth_bad_client")
        host = request.headers.get("host", "")
        token = self._session(client_id)
        return Answer(200, {"access_token": token, "instance_url": f"https://{host}", "token_type": "Bearer"})

    def _soap(self, request: Request) -> Answer:
        version = SOAP_PATH.fullmatch(request.path)
        if not self._vendor.knobs["soap"]:
            return self._vendor.script.shape("soap_disabled")
        if version is None or int(version[1]) > LAST_SOAP_VERSION:
            return self._vendor.script.shape("soap_retired_version")
        text = request.body.decode("utf-8", "replace")
        name, password = (_element(text, tag) for tag in ("username", "password"))
        if not name or not self._fits(name, password):
            return self._vendor.script.shape("soap_invalid_login")
        server = f"https://{request.headers.get('host', '')}/services/Soap/u/{version[1]}.0/00D000000000001"
        result = f"<sessionId>{self._session(name)}</sessionId><serverUrl>{server}</serverUrl>"
        body = f"<Envelope><Body><loginResponse><result>{result}</result></loginResponse></Body></Envelope>"
        return Answer(200, body, content_type="text/xml")

    def _fits(self, name: str, secret: str) -> bool:
        """Return whether the secret is the org's; the first one that comes makes the org."""
        org, store = account_of(name), self._vendor.store
        if not secret or org in self._vendor.refused:
            return False
        with store.transaction():
            known = store.get("", "org", org)
            if known is None:
                store.add("", "org", {"secret": account_of(secret)}, now=0, record_id=org)
        return known is None or known.body["secret"] == account_of(secret)

    def _session(self, name: str) -> str:
        token = f"00D!{secrets.token_hex(24)}"
        with self._vendor.store.transaction():
            self._vendor.store.add(
                "", "session", {"org": account_of(name)}, now=time.time(), record_id=account_of(token)
            )
        return token


def _error(status: int, code: str, message: str, **more: object) -> Answer:
    return Answer(status, [{"message": message, "errorCode": code, **more}])


def _saved(record: Record, *, created: bool) -> dict[str, Any]:
    return {"id": record.id, "success": True, "errors": [], "created": created}


def _value(record: Record, name: str) -> object:
    return record.id if name == "Id" else record.body.get(name)


def _described(name: str, type_: str, mark: str, *, more: bool) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.removesuffix("__c").replace("_", " "),
        "type": type_,
        "nillable": mark != "required" and not more,
        "createable": True,
        "updateable": True,
        "defaultedOnCreate": type_ == "boolean",
        "externalId": mark == "unique",
        "unique": mark == "unique",
    }


def _element(text: str, tag: str) -> str:
    found = re.search(rf"<(?:\w+:)?{tag}>(.*?)</(?:\w+:)?{tag}>", text, re.DOTALL)
    return html.unescape(found[1]) if found else ""
