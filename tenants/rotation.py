"""Seals every secret anew under the ring's newest key: resumable, a batch a transaction, what is at head is skipped."""

import dataclasses
from collections.abc import Callable, Iterator

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q

from tenants import fields, secrets
from tenants.models import Tenant
from tenants.schemas import state
from tenants.scope import public, renew_worn_connection, scope

BATCH = 200
Report = Callable[[str], None]


@dataclasses.dataclass(slots=True)
class Resealed:
    """What a run came to: values sealed anew, places of those that no key opens, keys that still seal something."""

    count: int = 0
    unreadable: list[str] = dataclasses.field(default_factory=list)
    in_use: set[str] = dataclasses.field(default_factory=set)


def reseal(report: Report) -> Resealed:
    """Seal everything anew that an older key sealed, in `public` and in each tenant's schema."""
    found = Resealed()
    tenants_own = state.tenant_apps()
    with public():
        for model in _models(lambda label: label not in tenants_own):
            _model(model, found, "platform")
    for tenant in Tenant.objects.exclude(state=Tenant.State.PROVISIONING).order_by("pk"):
        renew_worn_connection()
        before = found.count
        with scope(tenant):
            for model in _models(lambda label: label in tenants_own):
                _model(model, found, tenant.slug)
        report(f"{tenant.slug}: {found.count - before} sealed anew")
    return found


def _models(wanted: Callable[[str], bool]) -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if wanted(model._meta.app_label) and fields.sealed_fields(model):  # noqa: SLF001  (documented by Django)
            yield model


def _model(model: type[models.Model], found: Resealed, where: str) -> None:
    """Go through the rows of one table that hold a value of an older key, by their primary keys."""
    newest = secrets.newest_key_id()
    names = [field.name for field in fields.sealed_fields(model)]
    old = Q()
    for name in names:
        old |= ~Q(**{name: ""}) & ~Q(**{f"{name}__startswith": f"{newest}:"})
    keys = list(model._base_manager.filter(old).order_by("pk").values_list("pk", flat=True))  # noqa: SLF001
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            rows = model._base_manager.select_for_update().filter(pk__in=keys[start : start + BATCH])  # noqa: SLF001
            for row in rows.order_by("pk"):
                _row(row, names, found, where)


def _row(row: models.Model, names: list[str], found: Resealed, where: str) -> None:
    changed = []
    for name in names:
        value = getattr(row, name)
        key_id = secrets.key_id_of(value)
        if not value or key_id == secrets.newest_key_id():
            continue
        try:
            fields.seal(row, name, fields.opened(row, name))
        except secrets.Unreadable as error:
            found.unreadable.append(f"{where}: {error}")
            found.in_use.add(key_id)
            continue
        changed.append(name)
    if changed:
        type(row)._base_manager.filter(pk=row.pk).update(**{name: getattr(row, name) for name in changed})  # noqa: SLF001
        found.count += len(changed)
