"""Django's system checks of what runs in a deployment: real time, and engines of the product's own."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db.models import Q

from calls.transcript import registry as speech
from crm.sync import registry as crms
from scoring.extraction import registry as analyzers
from tenants.models import TenantConfig

TAG = "pipeline"
OURS = ("pipeline", "tenants", "calls", "scoring", "crm")


@register(TAG, deploy=True)
def check_time(**_: Any) -> list[CheckMessage]:  # noqa: ANN401  (Django passes what a check may ask for)
    """Refuse a time that runs faster than the vendors'."""
    if settings.TIME_SCALE == 1:
        return []
    text = f"TIME_SCALE is {settings.TIME_SCALE:g}: retries would not wait as the call source and the CRMs expect."
    return [Error(text, hint="Unset it: other values are for tests.", id="pipeline.E001")]


@register(TAG)
def check_engines(**_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """Refuse the name of an engine that there is not."""
    chosen = (
        ("SPEECH_ENGINE", settings.SPEECH_ENGINE, speech.PROVIDERS),
        ("ANALYZER", settings.ANALYZER, analyzers.PROVIDERS),
    )
    return [
        Error(
            f"{name} is {slug!r}: there is no such engine, every call would stop there.",
            hint=f"Set it to one of: {', '.join(sorted(known))}.",
            id="pipeline.E002",
        )
        for name, slug, known in chosen
        if slug not in known
    ]


@register(TAG, deploy=True)
def check_stand_ins(**_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """Refuse a stage or a provider that is not the product's own: a benchmark's stand-in invents its answers."""
    from pipeline.stages import STAGES  # noqa: PLC0415  (the worker's libraries; other commands need none of them)

    parts = {f"stage {name}": stage.work.__module__ for name, stage in STAGES.items()}
    for registry in (speech, analyzers, crms):
        parts |= {f"provider {slug}": path for slug, path in registry.PROVIDERS.items()}
    return [
        Error(
            f"The {part} is {path}, which is no part of the product.",
            hint="Start the workers with `celery -A pipeline.celery:app`.",
            id="pipeline.E003",
        )
        for part, path in parts.items()
        if path.partition(".")[0] not in OURS
    ]


@register(Tags.database, deploy=True)
def check_tenants_engines(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """Refuse an engine that a tenant chose and that there is not."""
    if not databases:
        return []
    unknown = ~Q(speech_engine__in=["", *speech.PROVIDERS]) | ~Q(analyzer__in=["", *analyzers.PROVIDERS])
    return [
        Error(
            f"Tenant {row.tenant.slug} chose the engines {row.speech_engine or '-'} and {row.analyzer or '-'}: "
            "one of them is not there, every call of it would stop.",
            hint=f"There are: {', '.join([*speech.PROVIDERS, *analyzers.PROVIDERS])}.",
            id="pipeline.E004",
        )
        for row in TenantConfig.objects.select_related("tenant").filter(unknown).order_by("pk")
    ]
