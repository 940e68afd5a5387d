"""`manage.py check` and `check --deploy` refuse what would mix tenants up."""

import psycopg
import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models
from pytest_django import Settings

from pipeline.local import processes
from tenants.models import Tenant
from tests.tenants.pooler import pooled


def found(*, deploy: bool = False, database: bool = False) -> dict[str | None, str]:
    """Return what the checks of tenancy find: id → text."""
    tags = ["tenancy", "database"]
    databases = ["default"] if database else None
    return {one.id: one.msg for one in run_checks(tags=tags, include_deployment_checks=deploy, databases=databases)}


def test_the_project_as_it_is_passes() -> None:
    assert found() == {}


def test_a_search_path_that_is_not_always_set_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django_tenants.postgresql_backend")

    assert found()["tenants.E001"].startswith("TENANT_LIMIT_SET_CALLS is on")


def test_a_second_schema_behind_every_tenants_is_refused(settings: Settings) -> None:
    settings.PG_EXTRA_SEARCH_PATHS = ["extensions"]

    assert list(found()) == ["tenants.E002"]


@pytest.mark.parametrize("process", [one.name for one in processes.LOCAL if one.name != "web"])
def test_a_pool_is_refused_in_every_process_but_web(process: str, settings: Settings) -> None:
    settings.DATABASE_POOL = True
    settings.PROCESS_NAME = process

    assert f"in the process {process!r}" in found()["tenants.E003"]


def test_the_web_process_may_have_a_pool_and_is_the_only_one_that_is_told_so(settings: Settings) -> None:
    settings.DATABASE_POOL = True
    settings.PROCESS_NAME = "web"

    assert found() == {}
    assert [one.name for one in processes.LOCAL if "DATABASE_POOL" in one.environment] == ["web"]


@pytest.mark.parametrize("name", ["TenantMainMiddleware", "TenantSubfolderMiddleware", "SuspiciousTenantMiddleware"])
def test_a_tenant_chosen_by_the_host_is_refused(name: str, settings: Settings) -> None:
    place = {"TenantMainMiddleware": "main", "TenantSubfolderMiddleware": "subfolder"}.get(name, "suspicious")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"django_tenants.middleware.{place}.{name}"]

    assert f"{name} chooses the tenant by the host's name" in found()["tenants.E004"]


@pytest.mark.parametrize("change", ["without", "late", "before sessions"])
def test_middleware_that_leaves_a_tenant_active_or_unknown_is_refused(change: str, settings: Settings) -> None:
    first, *others = settings.MIDDLEWARE
    membership = "tenants.middleware.MembershipMiddleware"
    settings.MIDDLEWARE = {
        "without": others,
        "late": [others[0], first, *others[1:]],
        "before sessions": [first, membership, *(name for name in others if name != membership)],
    }[change]

    assert list(found()) == ["tenants.E005"]


@pytest.mark.parametrize("engine", ["cache", "cached_db", "signed_cookies", "file"])
def test_sessions_that_may_come_back_after_logout_are_refused(engine: str, settings: Settings) -> None:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"

    assert list(found()) == ["tenants.E006"]


def test_a_cache_keyed_by_the_tenant_is_refused(settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_FUNCTION": "django_tenants.cache.make_key"}}

    assert list(found()) == ["tenants.E007"]


def test_an_app_in_both_lists_is_refused(settings: Settings) -> None:
    settings.SHARED_APPS = [*settings.SHARED_APPS, "calls"]

    assert list(found()) == ["tenants.E008"]


@pytest.mark.parametrize("app", ["calls", "tenants"])
def test_a_relation_out_of_a_schema_is_refused_in_both_directions(app: str) -> None:
    target = Tenant if app == "calls" else apps.get_model("calls", "Call")
    fields = {"__module__": f"{app}.models", "other": models.ForeignKey(target, models.CASCADE, related_name="+")}
    stray = type("Stray", (models.Model,), {**fields, "Meta": type("Meta", (), {"app_label": app})})
    try:
        assert "points out of its schema" in found()["tenants.E009"]
    finally:
        del apps.all_models[app]["stray"]
        apps.clear_cache()
        ContentType.objects.clear_cache()
    assert stray
    assert found() == {}


@pytest.mark.django_db
def test_postgres_itself_and_its_two_roles_pass() -> None:
    assert found(deploy=True, database=True) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_a_pooler_in_transaction_mode_is_refused_before_anything_is_migrated(name: str, settings: Settings) -> None:
    with pooled(getattr(settings, name)) as url:
        setattr(settings, name, url)

        with pytest.raises(SystemCheckError) as refused:
            call_command("migrate")

    assert f"(tenants.E010) {name} leads to a pooler in transaction mode" in str(refused.value)


@pytest.mark.django_db
def test_such_a_pooler_does_mix_search_paths(settings: Settings) -> None:
    with (
        pooled(settings.DATABASE_URL) as url,
        psycopg.connect(url, autocommit=True) as one,
        psycopg.connect(url, autocommit=True) as two,
    ):
        one.execute("SET search_path = t_cedar")
        two.execute("SET search_path = t_birch")

        assert one.execute("SHOW search_path").fetchone() == ("t_birch",)


@pytest.mark.django_db
def test_an_apps_role_that_may_change_tables_is_refused_for_a_deployment(settings: Settings) -> None:
    settings.DATABASE_URL = settings.DATABASE_OWNER_URL

    assert found(database=True) == {}
    assert found(deploy=True, database=True)["tenants.E011"].startswith("The role of DATABASE_URL may change tables")
