"""Pipedrive: persons with a lead each, notes as call log. No library is kept up, so it speaks through pipeline.net.

Pipedrive has no upsert, no unique field and refuses no duplicate: never twice is our work alone. A person is known by
its stored id, else by the lead key in a field of ours. Persons and search are v2; leads, notes, users/me only v1.
"""

import datetime as dt
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from crm.sync import wire
from crm.sync.provider import (
    LEAD_KEY,
    OWN_FIELDS,
    CallLog,
    ConfigField,
    Earlier,
    Keep,
    Known,
    Observe,
    Receipt,
    RemoteField,
)
from crm.sync.refusals import pipedrive as refusals
from crm.sync.wire import Reply
from pipeline import errors
from pipeline.net.client import Client

PAGE = 500
NOTES = 100
_COMPANY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PLAIN = {
    "name": RemoteField("name", "Name", "varchar", required=True),
    "email": RemoteField("email", "E-mail", "varchar"),
    "phone": RemoteField("phone", "Phone", "phone"),
    "title": RemoteField("title", "Title of the lead", "varchar", required=True),
}
_NUMBERS = {own.name for own in OWN_FIELDS if own.number}


class Pipedrive:
    """One Pipedrive company, by the API token of one of its users."""

    slug: ClassVar[str] = "pipedrive"
    label: ClassVar[str] = "Pipedrive"
    config_fields: ClassVar[tuple[ConfigField, ...]] = (
        ConfigField("domain", "Company domain", help="acme of https://acme.pipedrive.com"),
        ConfigField("api_token", "API token", secret=True, help="Pipedrive → Personal preferences → API"),
    )

    def __init__(self, config: Mapping[str, str], *, observe: Observe) -> None:
        self._config = config
        self._observe = observe
        self._site = f"https://{_company(config['domain'])}.pipedrive.com"
        self._http = Client(
            config.get("base_url") or self._site,
            private_hosts=wire.private_hosts(config),
            headers={"x-api-token": config["api_token"]},
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def verify(self) -> str:
        """Return the company's name."""
        return f"Pipedrive {self._checked(self._send('GET', '/v1/users/me')).body['data']['company_name']}"

    def prepare(self) -> Mapping[str, str]:
        """Make our person fields; returns the codes that this account gave them."""
        codes = {str(field["field_name"]): str(field["field_code"]) for field in self._person_fields()}
        made = {}
        for own in OWN_FIELDS:
            code = codes.get(own.label)
            if code is None:
                body = {"field_name": own.label, "field_type": "double" if own.number else "varchar"}
                reply = self._checked(self._send("POST", "/api/v2/personFields", body))
                code = str(reply.body["data"]["field_code"])
            made[f"field.{own.name}"] = code
        return made

    def fields(self) -> Sequence[RemoteField]:
        """Return the person's fields that a mapping may name: the plain ones, ours by our names, others by code."""
        ours = {code: name for name, code in self._codes().items()}
        own = [
            RemoteField(
                name=ours.get(str(field["field_code"]), str(field["field_code"])),
                label=str(field["field_name"]),
                type=str(field["field_type"]),
                required=bool((field.get("required_fields") or {}).get("enabled")),
                options=tuple(str(option["label"]) for option in field.get("options") or ()),
            )
            for field in self._person_fields()
            if field["is_custom_field"] and ours.get(str(field["field_code"])) != LEAD_KEY
        ]
        return [*_PLAIN.values(), *own]

    def upsert_lead(
        self,
        *,
        key: str,
        values: Mapping[str, str],
        if_new: Mapping[str, str],
        known: Known,
        earlier: Earlier | None,
        keep: Keep,
    ) -> Receipt:
        """Update the person, or make the person and then its lead, each id kept as soon as it is known."""
        fresh = {**if_new, **values}
        person_id = known.remote_id or self._find(key, earlier)
        created = not person_id
        if created:
            person_id = self._make_person(key, fresh)
        if not known.remote_id:
            keep(self._receipt(person_id, known.parts, created=created))
        if not created:
            self._update_person(person_id, values)
        lead_id = known.parts.get("lead", "") or ("" if created else self._lead_of(person_id, key))
        if not lead_id:
            # Only after the person's id was kept can a lead have gone out.
            wire.let_settle(self.label, earlier if known.remote_id else None)
            lead_id = self._make_lead(person_id, key, fresh)
        return self._receipt(person_id, {**known.parts, "lead": lead_id}, created=created)

    def log_call(self, *, known: Known, call: CallLog, earlier: Earlier | None) -> str:
        """Make a note on person and lead."""
        if earlier is not None:
            if found := self._noted(known.remote_id, call.mark):
                return found
            wire.let_settle(self.label, earlier)
        text = f"{call.title}\n\n{call.marked_body}"
        body: dict[str, object] = {
            "content": html.escape(text).replace("\n", "<br>"),
            "person_id": int(known.remote_id),
        }
        if lead_id := known.parts.get("lead"):
            body["lead_id"] = lead_id
        return str(self._made(self._send("POST", "/v1/notes", body))["id"])

    def _find(self, key: str, earlier: Earlier | None) -> str:
        """Return the id of the person with this lead key, empty: there is none, for certain enough to make one."""
        params = {"term": key, "fields": "custom_fields", "exact_match": "true"}
        reply = self._checked(self._send("GET", "/api/v2/persons/search", params=params))
        hits = [int(hit["item"]["id"]) for hit in reply.body["data"]["items"]]
        if hits:
            return str(min(hits))
        if earlier is None:
            return ""
        # Search is an index that lags; the list of what changed since is not.
        found = self._changed_since(earlier.first_ago + wire.SETTLE_SECONDS, key)
        if not found:
            wire.let_settle(self.label, earlier)
        return found

    def _changed_since(self, seconds: float, key: str) -> str:
        code = self._codes()[LEAD_KEY]
        since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)
        params = {"updated_since": since.isoformat(timespec="seconds").replace("+00:00", "Z"), "custom_fields": code}
        for person in self._pages("/api/v2/persons", params):
            if (person.get("custom_fields") or {}).get(code) == key:
                return str(int(person["id"]))
        return ""

    def _make_person(self, key: str, values: Mapping[str, str]) -> str:
        person = self._made(self._send("POST", "/api/v2/persons", self._person({**values, LEAD_KEY: key})))
        return str(int(person["id"]))

    def _update_person(self, person_id: str, values: Mapping[str, str]) -> None:
        """Write what the mapping gives; numbers and addresses that a person added in Pipedrive stay."""
        path = f"/api/v2/persons/{person_id}"
        reply = self._send("GET", path)
        if reply.status == 404 or (not reply.is_error and reply.body["data"].get("is_deleted")):  # noqa: PLR2004
            raise refusals.gone(person_id)
        there = self._checked(reply).body["data"]
        body = self._person(values)
        for field in ("emails", "phones"):
            if field in body:
                body[field] = _merged(there.get(field) or [], body[field])
        if body:
            self._checked(self._send("PATCH", path, body))

    def _make_lead(self, person_id: str, key: str, values: Mapping[str, str]) -> str:
        title = values.get("title") or values.get("name") or "Phone call"
        body = {"title": title.strip(": ")[:255], "person_id": int(person_id), "origin_id": key}
        return str(self._made(self._send("POST", "/v1/leads", body))["id"])

    def _lead_of(self, person_id: str, key: str) -> str:
        """Return the id of the person's lead that carries the key, empty: none."""
        params: dict[str, str | int] = {"person_id": person_id, "limit": PAGE}
        reply = self._checked(self._send("GET", "/v1/leads", params=params))
        return next((str(lead["id"]) for lead in reply.body["data"] or [] if lead.get("origin_id") == key), "")

    def _noted(self, person_id: str, mark: str) -> str:
        params: dict[str, str | int] = {"person_id": person_id, "limit": NOTES, "sort": "add_time DESC"}
        reply = self._checked(self._send("GET", "/v1/notes", params=params))
        return next((str(note["id"]) for note in reply.body["data"] or [] if mark in note["content"]), "")

    def _person(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Return a person as v2 takes it: lists of addresses, our fields and others by their code."""
        body: dict[str, Any] = {}
        custom: dict[str, object] = {}
        codes = self._codes()
        for name, value in values.items():
            match name:
                case "name":
                    body["name"] = value
                case "email" | "phone":
                    body[f"{name}s"] = [{"value": value, "primary": True, "label": "work"}]
                case "title":
                    continue
                case _:
                    custom[codes.get(name, name)] = float(value) if name in _NUMBERS else value
        return {**body, "custom_fields": custom} if custom else body

    def _codes(self) -> dict[str, str]:
        """Return the codes of our fields in this account, as `prepare` found them."""
        marked = {name: code for name, code in self._config.items() if name.startswith("field.")}
        return {name.removeprefix("field."): code for name, code in marked.items()}

    def _person_fields(self) -> Iterator[Mapping[str, Any]]:
        return self._pages("/api/v2/personFields", {})

    def _pages(self, path: str, params: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Yield the entries of a list of v2, page by page."""
        cursor = ""
        while True:
            page: dict[str, str | int] = {**params, "limit": PAGE, **({"cursor": cursor} if cursor else {})}
            reply = self._checked(self._send("GET", path, params=page))
            yield from reply.body["data"] or []
            cursor = (reply.body.get("additional_data") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _receipt(self, person_id: str, parts: Mapping[str, str], *, created: bool) -> Receipt:
        url = wire.page_url(self._config, f"{self._site}/person/{person_id}")
        return Receipt(person_id, url, created=created, parts=parts)

    def _send(
        self, method: str, path: str, body: object = None, *, params: Mapping[str, str | int] | None = None
    ) -> Reply:
        return wire.exchange(self._http, method, path, crm=self.label, observe=self._observe, json=body, params=params)

    def _made(self, reply: Reply) -> Mapping[str, Any]:
        """Return what a POST made."""
        made: Mapping[str, Any] = self._checked(reply, may_have_stored=True).body["data"]
        return made

    @staticmethod
    def _checked(reply: Reply, *, may_have_stored: bool = False) -> Reply:
        if reply.is_error or not isinstance(reply.body, dict) or not reply.body.get("success", True):
            raise refusals.of(reply, may_have_stored=may_have_stored)
        return reply


def _merged(there: Sequence[Mapping[str, Any]], ours: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    values = {str(entry.get("value", "")).lower() for entry in there}
    new = [dict(entry, primary=not there) for entry in ours if str(entry["value"]).lower() not in values]
    return [*there, *new]


def _company(text: str) -> str:
    """Return acme of acme, acme.pipedrive.com or its URL. Raises Parked: any other host is refused."""
    name = text.strip().lower().removeprefix("https://").split("/")[0].removesuffix(".pipedrive.com")
    if not _COMPANY.fullmatch(name):
        raise errors.Parked(
            "crm.setup", "The company domain is not one of Pipedrive's. Enter acme of https://acme.pipedrive.com."
        )
    return name
