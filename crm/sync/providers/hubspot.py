"""HubSpot: contacts by a unique property of ours, call engagements, through hubspot-api-client's generic request.

The SDK's typed calls end at v3; its request builder reaches the date versions. Its own `send` has no time-outs and
follows redirects, so what it builds goes out through our session. Facts: developers.hubspot.com, usage guidelines
and error handling.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
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
    OwnField,
    Receipt,
    RemoteField,
)
from crm.sync.wire import Reply
from pipeline import errors
from pipeline.errors import StepError

CALL_TO_CONTACT = 194
"""HubSpot's own association type, call to contact (knowledge.hubspot.com, association type ids)."""
NEWEST_CALLS = 100
WAITS = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
"""HubSpot promises no Retry-After on 429; its policy's name says how long its window is."""
QUOTA_LOOK_SECONDS = 3600.0
FORWARD_ONLY = frozenset({"lifecyclestage"})
"""HubSpot never moves these back: they are written when the contact is made, not after."""
_SOON: dict[int, float | None] = {423: 2.0, 477: None}
"""Locked for a moment, moving to another data centre: seconds to wait where HubSpot names them."""
_EXISTING = re.compile(r"Existing ID:\s*(\d+)")


class HubSpot:
    """One HubSpot account, by a Service Key or the token of a private app."""

    slug: ClassVar[str] = "hubspot"
    label: ClassVar[str] = "HubSpot"
    config_fields: ClassVar[tuple[ConfigField, ...]] = (
        ConfigField(
            "access_token",
            "Service Key",
            secret=True,
            help="HubSpot → Settings → Integrations → Service Keys: pat-… with contacts read and write, schemas write",
        ),
    )

    def __init__(self, config: Mapping[str, str], *, observe: Observe) -> None:
        from hubspot import HubSpot as Client  # noqa: PLC0415  (a vendor's SDK: only who syncs loads it)

        self._config = config
        self._version = config["version"]
        self._portal = config.get("portal_id", "")
        self._ui = config.get("ui_domain", "app.hubspot.com")
        self._client = Client(access_token=config["access_token"], base_url=config["base_url"].rstrip("/"))
        self._session = wire.Session(config, crm=self.label, observe=observe)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def verify(self) -> str:
        """Return the account's number and domain."""
        details = self._details()
        return f"HubSpot {details['portalId']} ({details['uiDomain']})"

    def prepare(self) -> Mapping[str, str]:
        """Make our properties, the lead key a unique one."""
        details = self._details()
        there = {entry["name"]: entry for entry in self._properties()}
        if LEAD_KEY in there and not there[LEAD_KEY].get("hasUniqueValue"):
            raise errors.Parked(
                "crm.setup",
                f"HubSpot has a contact property {LEAD_KEY} that does not require unique values. Delete it in HubSpot "
                "(Settings → Properties) and test the connection: it is then made as it must be.",
            )
        for own in OWN_FIELDS:
            if own.name not in there:
                self._make_property(own)
        return {"portal_id": str(details["portalId"]), "ui_domain": str(details["uiDomain"])}

    def fields(self) -> Sequence[RemoteField]:
        """Return the contact properties that can be written. HubSpot doesn't say which are required."""
        return [
            RemoteField(
                name=entry["name"],
                label=entry["label"],
                type=entry["type"],
                options=tuple(option["value"] for option in entry["options"]),
            )
            for entry in self._properties()
            if not entry.get("modificationMetadata", {}).get("readOnlyValue") and not entry.get("calculated")
        ]

    def upsert_lead(
        self,
        *,
        key: str,
        values: Mapping[str, str],
        if_new: Mapping[str, str],
        known: Known,
        earlier: Earlier | None,  # noqa: ARG002  (an upsert by key is its own look-up)
        keep: Keep,  # noqa: ARG002  (one write makes all of it)
    ) -> Receipt:
        """Update the contact by its id, else upsert by the lead key: safe to repeat, so nothing is looked up."""
        if known.remote_id:
            return self._update(known.remote_id, values)
        entry = {"id": key, "idProperty": LEAD_KEY, "properties": {**if_new, **values}}
        path = f"/crm/objects/{self._version}/contacts/batch/upsert"
        reply = self._send("POST", path, {"inputs": [entry]})
        if reply.status == 409:  # noqa: PLR2004  (HTTP's own number)
            return self._adopt(reply, key, values)
        contact = self._result(self._checked(reply))
        return self._receipt(contact["id"], created=bool(contact.get("new")))

    def log_call(self, *, known: Known, call: CallLog, earlier: Earlier | None) -> str:
        """Make a call engagement that hangs on the contact from the start."""
        if earlier is not None:
            if found := self._logged(known.remote_id, call.mark):
                return found
            wire.let_settle(self.label, earlier)
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": CALL_TO_CONTACT}]
        body = {"properties": _call(call), "associations": [{"to": {"id": known.remote_id}, "types": types}]}
        reply = self._send("POST", f"/crm/objects/{self._version}/calls", body)
        return str(self._checked(reply, may_have_stored=True).body["id"])

    def _update(self, remote_id: str, values: Mapping[str, str]) -> Receipt:
        sent = {name: value for name, value in values.items() if name not in FORWARD_ONLY}
        reply = self._send("PATCH", f"/crm/objects/{self._version}/contacts/{remote_id}", {"properties": sent})
        if reply.status == 404:  # noqa: PLR2004  (HTTP's own number)
            raise _gone(remote_id)
        if reply.status == 409 and "email" in sent:  # noqa: PLR2004  (HTTP's own number)
            # The address is another contact's, say a couple's: this one goes on without it.
            return self._update(remote_id, {name: value for name, value in sent.items() if name != "email"})
        return self._receipt(str(self._checked(reply).body["id"]), created=False)

    def _adopt(self, reply: Reply, key: str, values: Mapping[str, str]) -> Receipt:
        """Update the contact that has this e-mail address already, and give it the lead key."""
        found = _EXISTING.search(reply.text("message"))
        if not found:
            raise _duplicate("HubSpot has this contact already and does not say which.")
        return self._update(found[1], {**values, LEAD_KEY: key})

    def _logged(self, contact_id: str, mark: str) -> str:
        """Return the id of the call engagement with this mark among the contact's newest, empty: none."""
        path = f"/crm/objects/{self._version}/contacts/{contact_id}/associations/calls"
        ids: list[str] = []
        after: str | None = None
        while True:
            page = self._checked(self._send("GET", path, params={"limit": 500, **({"after": after} if after else {})}))
            ids += [str(entry["toObjectId"]) for entry in page.body["results"]]
            after = ((page.body.get("paging") or {}).get("next") or {}).get("after")
            if not after:
                break
        for call_id in sorted(ids, key=int, reverse=True)[:NEWEST_CALLS]:
            path = f"/crm/objects/{self._version}/calls/{call_id}"
            entry = self._checked(self._send("GET", path, params={"properties": "hs_call_body"})).body
            if mark in str(entry["properties"].get("hs_call_body") or ""):
                return call_id
        return ""

    def _details(self) -> Mapping[str, Any]:
        details: Mapping[str, Any] = self._checked(self._send("GET", f"/account-info/{self._version}/details")).body
        return details

    def _properties(self) -> Sequence[Mapping[str, Any]]:
        reply = self._checked(self._send("GET", f"/crm/properties/{self._version}/contacts"))
        results: Sequence[Mapping[str, Any]] = reply.body["results"]
        return results

    def _make_property(self, own: OwnField) -> None:
        body = {
            "name": own.name,
            "label": own.label,
            "groupName": "contactinformation",
            "type": "number" if own.number else "string",
            "fieldType": "number" if own.number else "text",
            "hasUniqueValue": own.name == LEAD_KEY,
        }
        reply = self._send("POST", f"/crm/properties/{self._version}/contacts", body)
        if reply.status != 409:  # noqa: PLR2004  (made meanwhile)
            self._checked(reply)

    def _result(self, reply: Reply) -> Mapping[str, Any]:
        """Return the one result of a batch; a batch can fail inside a 2xx."""
        results: Sequence[Mapping[str, Any]] = reply.body.get("results") or []
        if not results:
            raise _refusal(Reply(400, reply.headers, (reply.body.get("errors") or [{}])[0]), may_have_stored=False)
        return results[0]

    def _receipt(self, remote_id: str, *, created: bool) -> Receipt:
        url = f"https://{self._ui}/contacts/{self._portal}/record/0-1/{remote_id}" if self._portal else ""
        return Receipt(remote_id, wire.page_url(self._config, url), created=created)

    def _send(
        self, method: str, path: str, body: object = None, *, params: Mapping[str, str | int] | None = None
    ) -> Reply:
        from hubspot.utils.requests.http_request_builder import Request  # noqa: PLC0415  (as in __init__)

        options: dict[str, Any] = {"method": method, "path": path, "qs": dict(params or {})}
        if body is not None:
            options["body"] = body
        built = Request(self._client.config, options)
        return wire.reply(self._session.request(built.get_method(), built.get_url(), **built.get_options_for_sending()))

    @staticmethod
    def _checked(reply: Reply, *, may_have_stored: bool = False) -> Reply:
        if reply.is_error or not isinstance(reply.body, dict):
            raise _refusal(reply, may_have_stored=may_have_stored)
        return reply


def _call(call: CallLog) -> dict[str, str]:
    """Return the properties of a call engagement; all of HubSpot's values are texts."""
    number = "hs_call_from_number" if call.direction == "inbound" else "hs_call_to_number"
    return {
        "hs_timestamp": str(call.started_at_ms),
        "hs_call_title": call.title,
        "hs_call_body": html.escape(call.marked_body).replace("\n", "<br>"),
        "hs_call_duration": str(call.duration_seconds * 1000),
        "hs_call_direction": call.direction.upper(),
        "hs_call_status": "COMPLETED",
        **({number: call.phone} if call.phone else {}),
    }


def _refusal(reply: Reply, *, may_have_stored: bool) -> StepError:
    """Return what a refusal means for the step."""
    match reply.status:
        case 401:
            return errors.Parked(
                "crm.unauthorized",
                "HubSpot API key invalid. HubSpot does not take this connection's key: it was deleted, rotated or "
                "mistyped. Make a Service Key in HubSpot (Settings → Integrations → Service Keys) and connect "
                "HubSpot with it anew; waiting calls then go on.",
            )
        case 403:
            return errors.Parked(
                "crm.forbidden",
                f"HubSpot API key lacks rights. {_scopes(reply)} Add them to the key in HubSpot (Settings → "
                "Integrations → Service Keys) and test the connection.",
            )
        case 429:
            return _rate(reply)
        case 400 | 409:
            return _invalid(reply)
        case status if 400 < status < 500 and status not in wire.PASSING | _SOON.keys():  # noqa: PLR2004  (HTTP's own numbers)
            text = f"HubSpot refused the request ({status}): {reply.text('message')[:300]}"
            return errors.Permanent("crm.invalid", f"{text} Check the connection and the field mapping, then retry.")
        case status:  # 408, 5xx, and a 2xx that carries something else than HubSpot's answer
            unsure = status not in _SOON and (may_have_stored or not reply.is_error)
            wait = _number(reply, "Retry-After") or _SOON.get(status)
            return wire.unavailable("HubSpot", status, may_have_stored=unsure, wait=wait)


def _rate(reply: Reply) -> StepError:
    policy = reply.text("policyName")
    if policy == "DAILY":
        return errors.Parked(
            "crm.quota_spent",
            "Rate limit exceeded. The HubSpot account's daily limit is used up; it starts anew at midnight in the "
            "account's time zone, and the calls go on by themselves. Other apps of the account use the same limit.",
            wait=QUOTA_LOOK_SECONDS,
        )
    wait = _number(reply, "Retry-After") or WAITS.get(policy, WAITS["TEN_SECONDLY_ROLLING"])
    text = "Rate limit exceeded. HubSpot takes no more requests for some seconds; the call goes on by itself."
    return errors.RateLimited("crm.rate_limited", text, wait=wait)


def _invalid(reply: Reply) -> StepError:
    """Name the properties of a 400 or the duplicate of a 409; the details are JSON inside the message."""
    message = reply.text("message")
    if reply.status == 409:  # noqa: PLR2004  (HTTP's own number)
        return _duplicate(message[:300])
    named = _named(message)
    required = [entry["name"] for entry in named if "REQUIRED" in str(entry.get("error", ""))]
    if required:
        return errors.Permanent(
            "crm.required_missing",
            f"Required property missing: {', '.join(required)}. HubSpot's admin has made it required. Map it in "
            "the tenant's field mapping, then retry the call.",
        )
    reasons = "; ".join(f"{entry.get('name')}: {entry.get('error') or 'not valid'}" for entry in named)
    return errors.Permanent(
        "crm.invalid",
        f"HubSpot refused a value. {reasons or message[:300]}. Correct the field mapping, then retry the call.",
    )


def _named(message: str) -> Sequence[Mapping[str, Any]]:
    start = message.find("[{")
    try:
        entries = json.loads(message[start:]) if start >= 0 else []
    except ValueError:
        return []
    return [entry for entry in entries if isinstance(entry, dict) and "name" in entry]


def _scopes(reply: Reply) -> str:
    details = reply.body.get("errors") if isinstance(reply.body, dict) else None
    context = details[0].get("context", {}) if details and isinstance(details[0], dict) else {}
    scopes = context.get("requiredScopes") or []
    return f"It needs: {', '.join(map(str, scopes))}." if scopes else "It may not write contacts or calls."


def _number(reply: Reply, header: str) -> float | None:
    value = reply.headers.get(header, "")
    return float(value) if value.isdigit() else None


def _duplicate(reason: str) -> StepError:
    text = f"Duplicate rule violation. {reason} Merge the duplicates in HubSpot, then retry the call."
    return errors.Permanent("crm.duplicate", text)


def _gone(remote_id: str) -> StepError:
    return errors.Permanent(
        "crm.record_gone",
        f"HubSpot has no contact {remote_id} any more: someone deleted it there. It is not made again by itself. "
        "Restore it in HubSpot (Contacts → Actions → Restore), then retry the call.",
    )
