"""Django's system checks of what would mix tenants up.

Those of Postgres run with `migrate` and `check --deploy --database default`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.module_loading import import_string
from django_tenants.middleware import TenantMainMiddleware

from tenants.schemas import state

TAG = "tenancy"
ENGINE = "tenants.postgres"
ROUNDS = 3
ORDER = (
    "tenants.middleware.PublicSchemaMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.MembershipMiddleware",
)
"""What a request passes, in this order, before a page may know its tenant."""

_POWERS = """
SELECT rolsuper OR has_database_privilege(current_database(), 'CREATE') OR has_schema_privilege('public', 'CREATE')
    OR EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_has_role(relowner, 'USAGE'))
FROM pg_roles WHERE rolname = current_user
"""


@register(TAG)
def check_search_path(**_: Any) -> list[CheckMessage]:  # noqa: ANN401  (Django passes what a check may ask for)
    """Refuse settings that leave a tenant's schema active, or a second one reachable."""
    found: list[CheckMessage] = []
    engine = settings.DATABASES["default"]["ENGINE"]
    if getattr(settings, "TENANT_LIMIT_SET_CALLS", False) and engine != ENGINE:
        text = (
            f"TENANT_LIMIT_SET_CALLS is on with the engine {engine}: after a rollback it reads another tenant's rows."
        )
        found.append(Error(text, hint=f"Set ENGINE to {ENGINE}.", id="tenants.E001"))
    if getattr(settings, "PG_EXTRA_SEARCH_PATHS", []):
        text = "PG_EXTRA_SEARCH_PATHS puts a further schema behind every tenant's: a missing table would be read there."
        found.append(Error(text, hint="Remove it.", id="tenants.E002"))
    return found


@register(TAG)
def check_pool(**_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """Refuse Django's pool outside the web process."""
    if not settings.DATABASE_POOL or settings.PROCESS_NAME == "web":
        return []
    text = (
        f"DATABASE_POOL is on in the process {settings.PROCESS_NAME!r}: a pool is for the web process only, it is "
        "unsafe across forks."
    )
    hint = "Take DATABASE_POOL out of this process's environment. In the web process set PROCESS_NAME=web beside it."
    return [Error(text, hint=hint, id="tenants.E003")]


@register(TAG)
def check_routing(**_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """Refuse a tenant that is chosen by host name, and middleware in an order in which the tenant is not known."""
    found: list[CheckMessage] = []
    by_host = [name for name in settings.MIDDLEWARE if _is_by_host(name)]
    if by_host:
        text = f"{by_host[0]} chooses the tenant by the host's name: whoever sends a Host header would choose it."
        found.append(Error(text, hint="Take it out of MIDDLEWARE; one host serves all tenants.", id="tenants.E004"))
    if [name for name in settings.MIDDLEWARE if name in ORDER] != list(ORDER) or settings.MIDDLEWARE[0] != ORDER[0]:
        text = "MIDDLEWARE lacks what ends a request in `public` and finds its tenant, or has it in another order."
        hint = f"It must hold, in this order and the first one as its first: {', '.join(ORDER)}."
        found.append(Error(text, hint=hint, id="tenants.E005"))
    return found


@register(TAG)
def check_sessions(**_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """Refuse sessions outside Postgres, and cache keys that change with the tenant."""
    found: list[CheckMessage] = []
    if settings.SESSION_ENGINE != "django.contrib.sessions.backends.db":
        text = f"SESSION_ENGINE is {settings.SESSION_ENGINE}: a session that is kept elsewhere can outlive its logout."
        hint = "Set it to django.contrib.sessions.backends.db."
        found.append(Error(text, hint=hint, id="tenants.E006"))
    keyed = [name for name, cache in settings.CACHES.items() if "django_tenants" in str(cache)]
    if keyed:
        text = f"The cache {keyed[0]!r} has keys by tenant: what is written in one schema can't be deleted in another."
        hint = "Remove KEY_FUNCTION; name the tenant in the key."
        found.append(Error(text, hint=hint, id="tenants.E007"))
    return found


@register(TAG)
def check_models(**_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """Refuse tables that lie in public and in the tenants' schemas, and relations between the two."""
    both = sorted(set(settings.SHARED_APPS) & set(settings.TENANT_APPS))
    found: list[CheckMessage] = [
        Error(
            f"The app {name} is in SHARED_APPS and in TENANT_APPS: without a tenant its rows would go to public.",
            hint="Leave it in one of the two.",
            id="tenants.E008",
        )
        for name in both
    ]
    return [*found, *_relations_out_of_a_schema()]


@register(Tags.database)
def check_pooler(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """Refuse a pooler that gives one server connection to several of ours in turn."""
    if not databases:
        return []
    return [
        Error(
            f"{name} leads to a pooler in transaction mode: one tenant's search path would be used for another.",
            hint="Set the pooler to session mode, or connect to Postgres itself.",
            id="tenants.E010",
        )
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
        if _shares_backends(getattr(settings, name))
    ]


@register(Tags.database, deploy=True)
def check_role(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:  # noqa: ANN401
    """Refuse an app's role that may do what only the owner should."""
    if not databases:
        return []
    with _connect(settings.DATABASE_URL) as app:
        row = app.execute(_POWERS).fetchone()
    if row is None or not row[0]:
        return []
    text = "The role of DATABASE_URL may change tables: a fault in the app could drop them or rewrite a history."
    hint = "Make two roles (docs/how-to/run-on-your-own-postgres.md) and give the owner's URL to `migrate` only."
    return [Error(text, hint=hint, id="tenants.E011")]


def _is_by_host(name: str) -> bool:
    middleware = import_string(name)
    return isinstance(middleware, type) and issubclass(middleware, TenantMainMiddleware)


def _relations_out_of_a_schema() -> Iterator[CheckMessage]:
    within = {model for app in state.tenant_apps() for model in apps.get_app_config(app).get_models(True)}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():  # noqa: SLF001  (Django's documented way)
            if field.concrete and field.related_model and (model in within) != (field.related_model in within):
                text = f"{field} points out of its schema: a tenant's schema could not be dumped or restored alone."
                yield Error(text, hint="Keep the id in a plain field.", obj=model, id="tenants.E009")


def _shares_backends(url: str) -> bool:
    """Say whether two connections that are both open speak to one server process, or one of them to several."""
    with _connect(url) as one, _connect(url) as two:
        pairs = {(_backend(one), _backend(two)) for _ in range(ROUNDS)}
    first, second = pairs.pop()
    return bool(pairs) or first == second


def _backend(connected: "psycopg.Connection[tuple[Any, ...]]") -> int:
    row = connected.execute("SELECT pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0


def _connect(url: str) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(url, autocommit=True, connect_timeout=2)
