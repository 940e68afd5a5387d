"""A column that holds a sealed text: its value opens in its own tenant, table, row and column only."""

from typing import Any

from django.db import connection, models

from tenants import secrets


class SealedField(models.TextField):  # type: ignore[type-arg]  # Django's is not subscriptable
    """A text sealed by tenants.secrets; reading the attribute gives the sealed form, which says nothing."""

    def __init__(self, *args: Any, table: str = "", row: str = "pk", column: str = "", **kwargs: Any) -> None:  # noqa: ANN401  (a field's)
        """`table` and `column` are the names that the seal is bound to, `row` the attribute that tells the row."""
        self.table, self.row, self.place_column = table, row, column
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Be a text to migrations: what is sealed where is the code's business."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", [*args], {**kwargs}

    def place(self, row: models.Model) -> tuple[object, ...]:
        """Return what a value of this row is bound to. Raises TypeError outside a tenant's scope."""
        return (_tenant_id(row), self.table, getattr(row, self.row), self.place_column or self.name)


def sealed_fields(model: type[models.Model]) -> list[SealedField]:
    """Return the sealed columns of a model."""
    return [field for field in model._meta.concrete_fields if isinstance(field, SealedField)]  # noqa: SLF001  (documented by Django)


def seal(row: models.Model, name: str, value: str) -> None:
    """Give a row's attribute a value, sealed; store the row after it."""
    setattr(row, name, secrets.seal(value, *_field(row, name).place(row)))


def opened(row: models.Model, name: str) -> str:
    """Return a row's value in the clear. Raises secrets.Unreadable."""
    return secrets.unseal(getattr(row, name), *_field(row, name).place(row))


def _field(row: models.Model, name: str) -> SealedField:
    return next(field for field in sealed_fields(type(row)) if field.name == name)


def _tenant_id(row: models.Model) -> object:
    """Return the tenant that a row belongs to: its own column, itself, or the one whose scope this is."""
    if hasattr(row, "tenant_id"):
        return row.tenant_id
    if hasattr(row, "schema_name"):
        return row.pk
    tenant = getattr(connection, "tenant", None)
    if not isinstance(tenant, models.Model):
        raise TypeError("A tenant's secret is only sealed and opened inside the tenant's scope.")
    return tenant.pk
