"""Two tenants with the same keys and different contents: what belongs to one carries a word that the other lacks."""

import json
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat

from calls.models import Call, Recording, Transcript, Utterance, WebhookDelivery
from calls.recording import storage
from crm.models import CrmConnection, Exchange, FieldMapping, LeadSync, LoggedCall
from pipeline.steps.history.models import Attempt
from pipeline.steps.models import Step
from scoring.models import Extraction, Lead, LeadScore, ScoringProfile
from tenants.audit import trail
from tenants.audit.actor import SYSTEM
from tenants.models import Tenant
from tenants.schemas import state
from tenants.scope import scope
from tests.web.scenes import Scene

WORDS = {"cedar": "Cedarwood", "birch": "Birchwood"}
KINDS = ("done", "refused", "missed")
"""Calls of both tenants, with the ids 1, 2, 3 in each."""
ONLY_BIRCHS = 4
"""The id of a call that only birch has."""
TENANT_MODELS = [
    model for label in sorted(state.tenant_apps()) for model in apps.get_app_config(label).get_models(True)
]
TEXTS: dict[type[models.Model], tuple[str, ...]] = {
    Call: ("caller_name", "caller_email", "marketing_source", "medium", "campaign", "landing_page_url"),
    Utterance: ("text",),
    Transcript: ("model",),
    Lead: ("first_name", "last_name", "email"),
    Extraction: ("summary",),
    LeadSync: ("remote_id", "remote_url"),
    LoggedCall: ("remote_id",),
    Exchange: ("path",),
    CrmConnection: ("reason",),
}
JSONS: dict[type[models.Model], tuple[str, ...]] = {
    Extraction: ("facts",),
    LeadScore: ("parts", "contact"),
    Exchange: ("request", "answer"),
}


def fill(tenant: Tenant) -> None:
    """Give a tenant its calls, each text of which holds the tenant's word."""
    word = WORDS[tenant.slug]
    with scope(tenant):
        scene = Scene(tenant)
        scene.connect()
        for kind in (*KINDS, "parked") if tenant.slug == "birch" else KINDS:
            getattr(scene, kind)(f"CAL-{kind}")
        ScoringProfile.objects.create(version=1, scoring_config={"note": word}, quality_thresholds={})
        connection = CrmConnection.objects.get(slug="hubspot")
        CrmConnection.objects.filter(slug="pipedrive").update(config={"domain": word})
        FieldMapping.objects.create(connection=connection, version=1, rows={"company": word})
        trail.record("thing.changed", by=SYSTEM, tenant=tenant, word=word)
        _mark(word)
        for attempt in Attempt.objects.order_by("pk"):  # a history only grows: another line of the same
            attempt.pk, attempt.text = None, f"{attempt.text} {word}"
            attempt.save()


def _mark(word: str) -> None:
    """Write the word into every text that a person could see."""
    for model, names in TEXTS.items():
        for name in names:
            model._base_manager.exclude(**{name: ""}).update(**{name: Concat(name, Value(f" {word}"))})
    for model, names in JSONS.items():
        for row in model._base_manager.all():
            for name in names:
                setattr(row, name, _marked(getattr(row, name), word))
            row.save()
    for delivery in WebhookDelivery.objects.all():
        delivery.body = json.dumps({**json.loads(bytes(delivery.body or b"{}")), "note": word}).encode()
        delivery.save()
    for recording in Recording.objects.all():
        place = Path(storage.storage()._place(recording.storage_key))  # type: ignore[attr-defined]  # a folder in tests
        place.write_bytes(place.read_bytes() + word.encode())


def _marked(value: Any, word: str) -> Any:
    """Return JSON with the word behind every text that is no name of something."""
    match value:
        case dict():
            kept = {"name", "key"}
            return {key: one if key in kept else _marked(one, word) for key, one in value.items()}
        case list():
            return [_marked(one, word) for one in value]
        case str() if " " in value or value.istitle():
            return f"{value} {word}"
        case _:
            return value


def snapshot(tenant: Tenant) -> dict[str, list[Any]]:
    """Return every row of a tenant's tables, and its steps."""
    with scope(tenant):
        rows: dict[str, list[Any]] = {
            model._meta.label: list(model._base_manager.order_by("pk").values()) for model in TENANT_MODELS
        }
    return rows | {"steps": list(Step.objects.filter(tenant=tenant).order_by("pk").values())}
