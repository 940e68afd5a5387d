"""Salesforce: leads by an external id of ours, Tasks as call log, through simple-salesforce over our own session.

We sign in ourselves and hand the SDK the session it got: signing in by itself, it does so without end on a lasting
401 and forgets the duplicate-rule header (seen in 1.12.10). It writes https into every URL; the session sends to
`base_url` where there is one. Facts: REST API guide, upsert and error codes; Object reference, Task.
"""

import datetime as dt
import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

from crm.sync import wire
from crm.sync.provider import CallLog, ConfigField, Earlier, Keep, Known, Observe, Receipt, RemoteField
from crm.sync.refusals import salesforce as refusals
from pipeline import errors

KEY_FIELD = "Pipeline_Lead_Key__c"
SCORE_FIELD = "Pipeline_Lead_Score__c"
PRIMARY_FIELD = "Pipeline_Primary_Id__c"
NUMBERS = frozenset({"double", "int", "currency", "percent"})
TRUE_TEXTS = frozenset({"true", "1", "yes"})
MOST_SESSIONS = 1_000
_DOMAIN = re.compile(
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    r"(?:\.(?:sandbox|develop|scratch|demo|patch|stage|free|pc-rnd|trailblaze|wip))?"
)
"""A My Domain, and the partitions that orgs other than production lie in (Salesforce Help, My Domain URL Formats)."""
_sessions: dict[str, tuple[str, str]] = {}
_sessions_lock = threading.Lock()
_SET_UP = (
    f"In Salesforce → Setup → Object Manager → Lead → Fields, make three custom fields: {KEY_FIELD} (Text 64, External "
    f"ID, Unique, case sensitive), {SCORE_FIELD} (Number 3,0) and {PRIMARY_FIELD} (Text 64), and let the integration's "
    "user see and edit them. Then test the connection."
)


class Salesforce:
    """One Salesforce org, by OAuth client credentials, or by user name, password and security token."""

    slug: ClassVar[str] = "salesforce"
    label: ClassVar[str] = "Salesforce"
    config_fields: ClassVar[tuple[ConfigField, ...]] = (
        ConfigField("domain", "My Domain", help="acme of https://acme.my.salesforce.com"),
        ConfigField("client_id", "Consumer key", required=False, help="Of an External Client App with a run-as user"),
        ConfigField("client_secret", "Consumer secret", secret=True, required=False),
        ConfigField("username", "User name", required=False, help="The old way: off in new orgs"),
        ConfigField("password", "Password", secret=True, required=False),
        ConfigField("security_token", "Security token", secret=True, required=False),
        ConfigField(
            "allow_save_on_duplicate_rule_warning",
            "Save in spite of a duplicate alert",
            required=False,
            help="true or false",
        ),
        ConfigField("include_duplicates_header", "Have the duplicates named", required=False, help="true or false"),
    )

    def __init__(self, config: Mapping[str, str], *, observe: Observe) -> None:
        self._config = config
        self._domain = _my_domain(config["domain"])
        self._version = config["version"].lstrip("v")
        self._session = wire.Session(config, crm=self.label, observe=observe, base_url=config.get("base_url", ""))
        way = {field.name: config.get(field.name, "") for field in self.config_fields}
        self._session_key = hashlib.sha256(json.dumps([way, config.get("base_url")]).encode()).hexdigest()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def verify(self) -> str:
        """Return the org's name."""
        found = self._query("SELECT Id, Name FROM Organization LIMIT 1")
        return f"Salesforce {found[0]['Name']}" if found else "Salesforce"

    def prepare(self) -> Mapping[str, str]:
        """Check that the org has our fields, and note which fields take numbers or yes and no."""
        fields = {field["name"]: field for field in self._describe()}
        key = fields.get(KEY_FIELD, {})
        if not (key.get("externalId") and key.get("unique")) or not {SCORE_FIELD, PRIMARY_FIELD} <= set(fields):
            raise errors.Parked("crm.setup", f"Salesforce lacks fields that leads are recognised by. {_SET_UP}")
        by_type = {name: field["type"] for name, field in fields.items()}
        return {
            "numbers": ",".join(name for name, type_ in by_type.items() if type_ in NUMBERS),
            "booleans": ",".join(name for name, type_ in by_type.items() if type_ == "boolean"),
        }

    def fields(self) -> Sequence[RemoteField]:
        """Return the Lead's fields that can be written, with those that it can't be made without."""
        return [
            RemoteField(
                name=field["name"],
                label=field.get("label", field["name"]),
                type=field["type"],
                required=field["createable"] and not field["nillable"] and not field["defaultedOnCreate"],
                options=tuple(str(option.get("value")) for option in field.get("picklistValues", [])),
            )
            for field in self._describe()
            if field["createable"] and field["name"] != KEY_FIELD
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
        """Update the lead by its id, else upsert by the external id: safe to repeat, so nothing is looked up."""
        if known.remote_id:
            self._write("PATCH", f"sobjects/Lead/{known.remote_id}", self._typed(values), gone=known.remote_id)
            return self._receipt(known.remote_id, created=False)
        body = self._typed({**if_new, **values})
        saved = self._write("PATCH", f"sobjects/Lead/{KEY_FIELD}/{quote(key, safe='')}", body)
        return self._receipt(str(saved["id"]) if saved else self._id_of(key), created=bool(saved.get("created")))

    def log_call(self, *, known: Known, call: CallLog, earlier: Earlier | None) -> str:
        """Make a completed Task of the lead; its call object id, a field that can be searched, carries the key."""
        if earlier is not None:
            where = f"WhoId = '{known.remote_id}' AND CallObject = '{call.key}'"
            if found := self._query(f"SELECT Id FROM Task WHERE {where} LIMIT 1"):  # noqa: S608  (SOQL of our own ids)
                return str(found[0]["Id"])
            wire.let_settle(self.label, earlier)
        saved = self._write("POST", "sobjects/Task", _task(call, known.remote_id), may_have_stored=True)
        return str(saved["id"])

    def _write(
        self, method: str, path: str, body: Mapping[str, object], *, gone: str = "", may_have_stored: bool = False
    ) -> Mapping[str, Any]:
        """Send a write with the duplicate-rule header; a 204 comes back as an empty mapping."""
        headers = self._duplicate_rule()
        saved = self._ask(
            lambda client: client.restful(path, method=method, json=dict(body), headers=headers),
            gone=gone,
            may_have_stored=may_have_stored,
        )
        return saved if isinstance(saved, dict) else {}

    def _query(self, soql: str) -> Sequence[Mapping[str, Any]]:
        records: Sequence[Mapping[str, Any]] = self._ask(
            lambda client: client.restful("query", params={"q": soql})["records"]
        )
        return records

    def _describe(self) -> Sequence[Mapping[str, Any]]:
        path = "sobjects/Lead/describe"
        fields: Sequence[Mapping[str, Any]] = self._ask(lambda client: client.restful(path)["fields"])
        return fields

    def _ask(self, do: Callable[[Any], Any], *, gone: str = "", may_have_stored: bool = False) -> Any:  # noqa: ANN401
        """Do one thing with the SDK; a kept session that has ended is renewed, once. Raises StepError kinds."""
        kept = _sessions.get(self._session_key)
        try:
            return do(self._client(kept or self._sign_in()))
        except errors.StepError:
            raise
        except Exception as error:
            if not (kept and getattr(error, "status", None) == 401):  # noqa: PLR2004  (HTTP's own number)
                raise refusals.of(error, gone=gone, may_have_stored=may_have_stored) from error
        try:
            return do(self._client(self._sign_in()))
        except errors.StepError:
            raise
        except Exception as error:
            raise refusals.of(error, gone=gone, may_have_stored=may_have_stored) from error

    def _id_of(self, key: str) -> str:
        """Return the id of the lead with this key: older versions answer an update with 204 and no body."""
        found = self._query(f"SELECT Id FROM Lead WHERE {KEY_FIELD} = '{key}'")  # noqa: S608  (a hex key of our own)
        if not found:
            raise errors.Transient("crm.unavailable", "Salesforce stored a lead and does not find it yet.")
        return str(found[0]["Id"])

    def _client(self, signed_in: tuple[str, str]) -> Any:  # noqa: ANN401  (the SDK ships no types)
        """Return the SDK on a session that is signed in; it has no way to sign in again by itself."""
        from simple_salesforce.api import Salesforce as Client  # noqa: PLC0415  (a vendor's SDK: only who syncs loads it)

        session_id, instance = signed_in
        return Client(session_id=session_id, instance=instance, session=self._session, version=self._version)

    def _sign_in(self) -> tuple[str, str]:
        """Sign in and keep the session for this process; its end is told by a 401."""
        from simple_salesforce.login import SalesforceLogin  # noqa: PLC0415  (as above)

        config = self._config
        if config.get("client_id") and config.get("client_secret"):
            way: dict[str, Any] = {"consumer_key": config["client_id"], "consumer_secret": config["client_secret"]}
        elif config.get("username") and config.get("password"):
            way = {name: config.get(name, "") for name in ("username", "password", "security_token")}
            way["sf_version"] = refusals.LAST_SOAP_VERSION
        else:
            raise errors.Parked(
                "crm.unauthorized",
                "INVALID_LOGIN: the connection has neither consumer key and secret nor user name and password. Enter "
                "one of the two in the tenant's connection.",
            )
        try:
            signed_in: tuple[str, str] = SalesforceLogin(session=self._session, domain=self._domain, **way)
        except errors.StepError as error:
            raise refusals.not_signed_in(error) from error
        except Exception as error:
            raise refusals.of(error) from error
        with _sessions_lock:
            _sessions.pop(self._session_key, None)
            while len(_sessions) >= MOST_SESSIONS:
                _sessions.pop(next(iter(_sessions)))
            _sessions[self._session_key] = signed_in
        return signed_in

    def _duplicate_rule(self) -> dict[str, str]:
        """Return Salesforce's header for the guide's keys; `duplicate_rule_id` has no meaning in REST."""
        allow = _word(_is_true(self._config.get("allow_save_on_duplicate_rule_warning", "")))
        details = _word(_is_true(self._config.get("include_duplicates_header", "true")))
        return {"Sforce-Duplicate-Rule-Header": f"allowSave={allow}; includeRecordDetails={details}"}

    def _typed(self, values: Mapping[str, str]) -> dict[str, object]:
        """Return the values as JSON types: Salesforce takes no text for a number or for yes and no."""
        numbers = self._config.get("numbers", "").split(",")
        booleans = self._config.get("booleans", "").split(",")
        typed: dict[str, object] = {}
        for name, value in values.items():
            if name in numbers:
                typed[name] = _number(name, value)
            else:
                typed[name] = _is_true(value) if name in booleans else value
        return typed

    def _receipt(self, remote_id: str, *, created: bool) -> Receipt:
        url = f"https://{self._domain.removesuffix('.my')}.lightning.force.com/lightning/r/Lead/{remote_id}/view"
        return Receipt(remote_id, wire.page_url(self._config, url), created=created)


def _task(call: CallLog, lead_id: str) -> dict[str, object]:
    started = dt.datetime.fromtimestamp(call.started_at_ms / 1000, dt.UTC)
    return {
        "WhoId": lead_id,
        "Subject": call.title[:255],
        "Description": call.marked_body,
        "Status": "Completed",
        "TaskSubtype": "Call",
        "CallType": call.direction.capitalize(),
        "CallDurationInSeconds": call.duration_seconds,
        "CallObject": call.key,
        "ActivityDate": started.date().isoformat(),
    }


def _my_domain(text: str) -> str:
    """Return `acme.my` of acme, acme.my.salesforce.com or its URL: what the SDK puts before .salesforce.com.

    Raises Parked: the consumer secret goes to this host, so any other is refused.
    """
    host = text.strip().lower().removeprefix("https://").split("/")[0].removesuffix(".salesforce.com")
    name = host.removesuffix(".my")
    if not _DOMAIN.fullmatch(name):
        raise errors.Parked(
            "crm.setup", "My Domain is not one of Salesforce's. Enter acme of https://acme.my.salesforce.com."
        )
    return f"{name}.my"


def _number(name: str, value: str) -> float | int:
    try:
        number = float(value)
    except ValueError:
        raise errors.Permanent(
            "crm.invalid",
            f"{name} takes numbers and the mapping gives it something else. Correct the field mapping, then retry.",
        ) from None
    return int(number) if number.is_integer() else number


def _is_true(text: str) -> bool:
    return text.strip().lower() in TRUE_TEXTS


def _word(value: object) -> str:
    return "true" if value else "false"
